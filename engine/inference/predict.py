"""Predicted stars of pairs of known viewers and movies, at a point in time where one is given."""

from __future__ import annotations

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.matrix import RatingMatrix
from engine.inference.model_state import ModelState
from engine.inference.serving import BLOCK
from engine.models.temporal_bias import local_bias


def predict(state: ModelState, user_Q: Array, movie_Q: Array, at_Q: Array | None = None) -> Array:
    """Predicted stars of pairs of rows and columns; -1 stands for an unknown viewer or movie.

    With `at_Q` (seconds) as the viewer gives them at that time.
    """
    serving = state.serving
    order = np.argsort(user_Q, kind="stable")
    distinct, start = np.unique(user_Q[order], return_index=True)
    start = np.append(start, len(user_Q))
    stars_Q = np.zeros(len(user_Q))
    for first in range(0, len(distinct), BLOCK):
        users_B = distinct[first : first + BLOCK]
        pairs = order[start[first] : start[first + len(users_B)]]
        half_BxM = _whole_rows(state.matrix, users_B, state.n_padded)
        row_Q = np.searchsorted(users_B, user_Q[pairs])
        stars_BxM = np.array(serving.network.stars(half_BxM))
        bias_Q = 0.0 if at_Q is None else _local_biases(state, users_B, stars_BxM, row_Q, at_Q[pairs])
        known_Q = serving.corrected(stars_BxM, CsrRatings.of_dense(half_BxM))[row_Q, movie_Q[pairs]]
        unknown_Q = serving.network.viewer_means(half_BxM)[row_Q]
        stars_Q[pairs] = np.where(movie_Q[pairs] >= 0, known_Q, unknown_Q) + bias_Q
    return stars_Q if at_Q is None else serving.network.clip(stars_Q)


def _whole_rows(matrix: RatingMatrix, users_B: Array, n_padded: int) -> Array:
    """All ratings of a block of users (-1: unknown, an empty row), held-out ones included."""
    half_BxM = np.zeros((BLOCK, n_padded), np.uint8)
    rows, cells = matrix.cells(users_B)
    half_BxM[rows, matrix.movie_N[cells]] = matrix.half_N[cells]
    return half_BxM


def _local_biases(state: ModelState, users_B: Array, stars_BxM: Array, row_Q: Array, at_Q: Array) -> Array:
    """The viewers' biases at the times of some pairs, whose rows in the block are in rising order.

    From the network's stars, whose errors the neighbours have not explained away.
    """
    matrix, bias_Q = state.matrix, np.zeros(len(at_Q))
    ends = np.searchsorted(row_Q, np.arange(len(users_B) + 1))
    for row, user in enumerate(users_B.tolist()):
        cells = slice(*matrix.start_U[[user, user + 1]]) if user >= 0 else slice(0, 0)
        error_N = matrix.half_N[cells] * 0.5 - stars_BxM[row, matrix.movie_N[cells]]
        pairs = slice(ends[row], ends[row + 1])
        bias_Q[pairs] = local_bias(at_Q[pairs], matrix.at_N[cells], error_N, state.config)
    return bias_Q
