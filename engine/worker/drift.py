"""Whether the model that serves has drifted from the last full training, and whether a new one may take its place.

Drift is the network's alone, as is the acceptance check of incremental runs: it is measured after each of them and must
be quick. The judgement of a new model is over all that makes the stars on the screen: network, neighbours, cold start.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.training.validation import at_once, held_out_rmse, sample_viewers
from engine.worker.checkpoints import finite

if TYPE_CHECKING:
    from engine.data.arrays import Array
    from engine.inference.model_state import ModelState
    from engine.recommender import Recommender

REST_SHARE = 0.01
"""Drift asks for nothing before the log has grown by so much of itself since the last full training, used or not."""
LEAST_REST = 20
"""And by so many ratings at least."""


def retraining_is_due(drift: float | None, limit: float, seq: int, full_seq: int) -> bool:
    """Whether a full training is to be started: a function of the ratings and the weights, not of the clock.

    `seq` is the last rating event, `full_seq` the last one that the last full training learned from.
    """
    rests = seq - full_seq < max(LEAST_REST, REST_SHARE * full_seq)
    return drift is not None and drift > limit and not rests


def drift_of(model: Recommender) -> float | None:
    """See `EngineStatus.drift`."""
    return finite(model.state.continuation.drift)


def drift_words(drift: float | None) -> str:
    """The notice of a full training that drift starts."""
    return f"Held-out RMSE rose by {drift or 0.0:.4f} since the last full training: another one runs beside the lists."


def errors(serving: Recommender, candidate: Recommender) -> tuple[float, float]:
    """RMSE of both recommenders as a whole on the ratings that neither was trained on; NaN when there are none."""
    to_serving_U = serving.users.indices(candidate.users)
    to_serving_M = serving.movies.indices(candidate.movies)
    n_movies = len(serving.movies)
    ours_N = _keys(serving.state, np.arange(len(serving.users)), np.arange(n_movies), n_movies)
    theirs_N = _keys(candidate.state, to_serving_U, to_serving_M, n_movies)
    both_N = np.intersect1d(ours_N[ours_N >= 0], theirs_N[theirs_N >= 0])
    return _rmse(serving.state, np.isin(ours_N, both_N)), _rmse(candidate.state, np.isin(theirs_N, both_N))


def _keys(state: ModelState, row_U: Array, column_M: Array, n_movies: int) -> Array:
    """One number for each cell: that of its viewer and movie in another model, -1 for cells that are not held out."""
    row_N, column_N = row_U[state.matrix.user_N].astype(np.int64), column_M[state.matrix.movie_N]
    known_N = state.matrix.held_N & (row_N >= 0) & (column_N >= 0)
    return np.where(known_N, row_N * n_movies + column_N, -1)


def _rmse(state: ModelState, held_N: Array) -> float:
    """RMSE with these cells held out, all others known."""
    matrix = replace(state.matrix, held_N=held_N)
    everyone = sample_viewers(matrix, matrix.n_users, state.seed)
    return at_once(held_out_rmse(matrix, state.serving.stars_of_rows, state.n_padded, everyone))
