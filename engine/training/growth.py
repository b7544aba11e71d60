"""New movies and viewers: arrays are padded in blocks, and only a full block makes them grow.

Grown parts are fresh where they are weights and zero where they are the optimiser's state, so old outputs stay as they
were.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np

from engine.data.arrays import Array
from engine.inference.model_state import MOVIE_BLOCK, USER_BLOCK, ModelState, padded
from engine.inference.network import FrozenNetwork
from engine.inference.serving import ServingModel
from engine.models.autoencoder import Graphs, Tree
from engine.models.choice import log_count
from engine.training import steps


def grown(state: ModelState, n_users: int, n_movies: int) -> ModelState:
    """A state with room for so many users and movies; the same one while the padding has room."""
    n_padded = state.n_padded if n_movies <= state.n_padded else padded(n_movies, MOVIE_BLOCK)
    user_rows = state.user_rows if n_users <= state.user_rows else padded(n_users, USER_BLOCK)
    if (n_padded, user_rows) == (state.n_padded, state.user_rows):
        return state
    graphs, fresh = steps.init(state.config, n_padded, user_rows, state.seed)
    fresh = state.put(fresh)
    old = state.continuation.train_state
    continued = old if old is None else state.put(jax.tree.map(_grown, old, fresh))
    serving = _grown_serving(state, graphs, fresh.weights, n_padded)
    state = state.with_continuation(train_state=continued, compiled=False)
    return replace(state, user_rows=user_rows, serving=serving)


def _grown_serving(state: ModelState, graphs: Graphs, fresh_weights: Tree, n_padded: int) -> ServingModel:
    old, empty_M = state.serving, np.zeros(n_padded, np.float32)
    weights = jax.tree.map(_grown, old.network.weights, fresh_weights)
    biases = old.network.biases
    biases = biases._replace(
        movie_M=state.put(_grown(biases.movie_M, empty_M)), known_M=state.put(_grown(biases.known_M, empty_M))
    )
    return replace(
        old,
        network=FrozenNetwork(graphs, state.put(weights), biases, old.network.trained),
        popularity_M=_grown(old.popularity_M, empty_M),
        log_count_M=_grown(old.log_count_M, log_count(empty_M)),
        edlae=old.edlae.grown(n_padded, state.config.edlae_ridge) if old.edlae else None,
        residual_knn=old.residual_knn.grown(n_padded) if old.residual_knn else None,
    )


def _grown(old: jax.Array | Array, fresh: jax.Array | Array) -> Array:
    """The old array in the upper left corner of the fresh one."""
    array = np.array(fresh)
    array[tuple(slice(0, size) for size in np.shape(old))] = np.asarray(old)
    return array
