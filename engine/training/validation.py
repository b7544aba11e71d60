"""Step 5, validate: predict the held-out ratings and compare. Validation changes no weight.

RMSE is over the held-out ratings, each predicted from its viewer's training ratings. NDCG@10 is that of the list's
order: all movies that the viewer did not rate in training, by ranking score; a held-out rating of four stars or more is
a hit, viewers without one don't count.

Both are generators that pause (yield None) after each block of viewers, so that a run can answer requests in between;
their value is what they return: `rmse = yield from held_out_rmse(...)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.matrix import RatingMatrix
from engine.inference.serving import BLOCK, BY_RELEVANCE, ServingModel
from engine.metrics import POSITIVE, ndcg_rows

Predict = Callable[[Array], Array]
"""Rows of half stars to predicted stars (both B × M, padded): the network alone, or the whole model."""


def at_once(work: Generator[None, None, float]) -> float:
    """Run a validation to its end and return its value."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return float(ended.value)


def is_no_worse(after: float, before: float) -> bool:
    """Whether what has one RMSE may take the place of what has another: NaN may where both had nothing to predict.

    >>> is_no_worse(0.9, 0.9), is_no_worse(math.nan, 0.9), is_no_worse(math.nan, math.nan), is_no_worse(0.9, math.nan)
    (True, False, True, True)
    """
    return not after > before and (math.isnan(before) or not math.isnan(after))


def sample_viewers(matrix: RatingMatrix, limit: int, seed: int) -> Array:
    """Viewers with held-out and training ratings: all of them, or a seeded sample of `limit`, in random order."""
    held_U = np.bincount(matrix.user_N[matrix.held_N], minlength=matrix.n_users)
    able = np.flatnonzero((held_U > 0) & (matrix.train_counts() > 0))
    return np.random.default_rng(seed).permutation(able)[:limit].astype(np.int64)


def monitor_viewers(matrix: RatingMatrix, limit: int) -> Array:
    """The viewers with the most held-out ratings."""
    held_U = np.bincount(matrix.user_N[matrix.held_N], minlength=matrix.n_users)
    order = np.argsort(-held_U, kind="stable")[:limit]
    return order[held_U[order] > 0].astype(np.int64)


def held_out_rmse(
    matrix: RatingMatrix, predict: Predict, n_padded: int, viewers: Array, block: int = BLOCK
) -> Generator[None, None, float]:
    """RMSE in stars over these viewers' held-out ratings; NaN when there are none. Rows hold `n_padded` movies."""
    squares, count = 0.0, 0
    for users_B in _blocks(viewers, block):
        stars_BxM = predict(_seen(matrix, users_B, block, n_padded))
        rows, movies, half = matrix.held_cells(users_B)
        error_N = stars_BxM[rows, movies].astype(np.float64) - half * 0.5
        squares += float(error_N @ error_N)
        count += len(error_N)
        yield
    return (squares / count) ** 0.5 if count else float("nan")


def held_out_ndcg(
    matrix: RatingMatrix, serving: ServingModel, viewers: Array, k: int = 10
) -> Generator[None, None, float]:
    """NDCG@k of these viewers' lists; NaN when nobody has a held-out rating of four stars or more."""
    total, count = 0.0, 0
    for users_B in _blocks(viewers, BLOCK):
        seen_BxM = _seen(matrix, users_B, BLOCK, serving.network.n_padded)
        score_BxM, seen_BxM = _scores(serving, seen_BxM, len(users_B)), seen_BxM[: len(users_B)]
        unseen_BxM = np.where(seen_BxM > 0, -np.inf, score_BxM)[:, : matrix.n_movies]
        hit_BxM = np.zeros(unseen_BxM.shape, bool)
        rows, movies, half = matrix.held_cells(users_B)
        hit_BxM[rows, movies] = half >= 2 * POSITIVE
        counted_B = hit_BxM.any(1)
        total += float(ndcg_rows(unseen_BxM, hit_BxM, k)[counted_B].sum())
        count += int(counted_B.sum())
        yield
    return total / count if count else float("nan")


def _scores(serving: ServingModel, seen_BxM: Array, n: int) -> Array:
    """Ranking scores of the first n rows; where stars rank, those of the network alone, as while it trains."""
    if serving.order(BY_RELEVANCE) == "stars":
        return serving.network.stars(seen_BxM)[:n]
    return serving.scores(CsrRatings.of_dense(seen_BxM[:n]))


def _blocks(viewers: Array, block: int) -> list[Array]:
    return [viewers[start : start + block] for start in range(0, len(viewers), block)]


def _seen(matrix: RatingMatrix, users_B: Array, block: int, n_padded: int) -> Array:
    """Training rows of a block, filled up with empty rows to the one shape that is compiled."""
    half_BxM = np.zeros((block, n_padded), np.uint8)
    matrix.dense(users_B, n_padded, out=half_BxM)
    return half_BxM
