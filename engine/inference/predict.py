"""Predicted stars of pairs of known viewers and movies, at a point in time where one is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.matrix import RatingMatrix
from engine.inference.model_state import ModelState
from engine.inference.serving import BLOCK
from engine.models.temporal_bias import local_bias


class _Block(NamedTuple):
    """The pairs of some viewers."""

    users_B: Array
    pairs: Array
    """Numbers of the pairs."""
    row_Q: Array
    """Row in the block of each pair."""
    network_BxM: Array
    """The network's stars, whose errors the neighbours have not explained away."""
    ratings: CsrRatings
    stars_Q: Array
    """Predicted stars of the pairs, as asked for."""
    model_Q: Array
    """The same without the correction for selection."""


def predict(
    state: ModelState, user_Q: Array, movie_Q: Array, at_Q: Array | None = None, *, shown: bool = False
) -> Array:
    """Predicted stars of pairs of rows and columns; -1 stands for an unknown viewer or movie.

    With `at_Q` (seconds) as the viewer gives them at that time. With `shown` as lists show them: those of movies that
    the viewer did not rate are corrected for selection.
    """
    stars_Q = np.zeros(len(user_Q))
    for block in _blocks(state, user_Q, movie_Q, shown=shown):
        stars_Q[block.pairs] = block.stars_Q
        if at_Q is not None:
            bias_Q = _local_biases(state, block.users_B, block.network_BxM, block.row_Q, at_Q[block.pairs])
            stars_Q[block.pairs] += bias_Q
    return stars_Q if at_Q is None else state.serving.network.clip(stars_Q)


def intervals(state: ModelState, user_Q: Array, movie_Q: Array, *, shown: bool = False) -> tuple[Array, Array]:
    """Both ends of the intervals around the stars that `predict` gives without times."""
    low_Q, high_Q = np.zeros(len(user_Q)), np.zeros(len(user_Q))
    for block in _blocks(state, user_Q, movie_Q, shown=shown):
        rows = block.ratings.take(block.row_Q)
        columns = movie_Q[block.pairs][:, None]
        ends = state.serving.interval(rows, block.model_Q[:, None], block.stars_Q[:, None], columns)
        low_Q[block.pairs], high_Q[block.pairs] = (end_Qx1[:, 0] for end_Qx1 in ends)
    return low_Q, high_Q


def _blocks(state: ModelState, user_Q: Array, movie_Q: Array, *, shown: bool) -> Iterator[_Block]:
    """The pairs by blocks of viewers. The last column is padding, so it is as good as an unknown movie."""
    serving = state.serving
    order = np.argsort(user_Q, kind="stable")
    distinct, start = np.unique(user_Q[order], return_index=True)
    start = np.append(start, len(user_Q))
    for first in range(0, len(distinct), BLOCK):
        users_B = distinct[first : first + BLOCK]
        pairs = order[start[first] : start[first + len(users_B)]]
        half_BxM = _whole_rows(state.matrix, users_B, state.n_padded)
        row_Q, ratings = np.searchsorted(users_B, user_Q[pairs]), CsrRatings.of_dense(half_BxM)
        network_BxM = np.array(serving.network.stars(half_BxM))
        stars_BxM = serving.corrected(network_BxM.copy(), ratings)
        unknown_Q = serving.network.viewer_means(half_BxM)[row_Q]

        def of_pairs(stars_BxM: Array, row_Q: Array = row_Q, at: Array = pairs, unknown_Q: Array = unknown_Q) -> Array:
            return np.where(movie_Q[at] >= 0, stars_BxM[row_Q, movie_Q[at]], unknown_Q)

        model_Q = stars_Q = of_pairs(stars_BxM)
        if shown:
            stars_Q = of_pairs(serving.shown_stars(ratings, stars_BxM, serving.choice_scores(ratings)))
        yield _Block(users_B, pairs, row_Q, network_BxM, ratings, stars_Q, model_Q)


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
