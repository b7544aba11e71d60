"""New movies and viewers: arrays are padded in blocks, and only a full block makes them grow.

Grown parts are fresh where they are weights and zero where they are moments, so old outputs stay as they were.
"""

from __future__ import annotations

import jax
import numpy as np

from engine.data.interactions import Array
from engine.inference.model_state import MOVIE_BLOCK, USER_BLOCK, Learned, padded
from engine.inference.network import Serving
from engine.training import steps as train


def grow(learned: Learned, n_users: int, n_movies: int) -> None:
    """Make room for so many users and movies; does nothing while the padding has room."""
    n_padded = learned.n_padded if n_movies <= learned.n_padded else padded(n_movies, MOVIE_BLOCK)
    rows = learned.rater_rows if n_users <= learned.rater_rows else padded(n_users, USER_BLOCK)
    if (n_padded, rows) == (learned.n_padded, learned.rater_rows):
        return
    graphs, fresh = train.init(learned.config, n_padded, rows, learned.seed)
    fresh = learned.put(fresh)
    old = learned.serving
    empty_M = np.zeros(n_padded, np.float32)
    offsets = old.offsets._replace(
        movie_M=learned.put(_grown(old.offsets.movie_M, empty_M)),
        known_M=learned.put(_grown(old.offsets.known_M, empty_M)),
    )
    weights = jax.tree.map(_grown, old.weights, fresh.weights)
    learned.serving = Serving(graphs, learned.put(weights), offsets, old.trained)
    if learned.state is not None:
        learned.state = learned.put(jax.tree.map(_grown, learned.state, fresh))
    learned.prior_M = _grown(learned.prior_M, np.zeros(n_padded, np.float32))
    learned.graphs, learned.n_padded, learned.rater_rows, learned.warm = graphs, n_padded, rows, False
    if learned.neighbours is not None:
        learned.neighbours = learned.neighbours.grown(n_padded)
    if learned.linear is not None:
        learned.linear = learned.linear.grown(n_padded, learned.config.linear_ridge)


def _grown(old: jax.Array | Array, fresh: jax.Array | Array) -> Array:
    """The old array in the upper left corner of the fresh one."""
    array = np.array(fresh)
    array[tuple(slice(0, size) for size in np.shape(old))] = np.asarray(old)
    return array
