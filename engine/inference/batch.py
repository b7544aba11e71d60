"""Ranking scores and the best movies of many viewers at once.

Nearly all of the work is the product of the viewers' sparse rows with the linear path's matrix, which no cache holds.
So viewers are taken in the order of how much they rated, and what many of a block rated is multiplied as a dense
matrix, on all cores by BLAS; what is left are sparse rows, some of the block on each core. The two never overlap, since
threads that wait for each other's threads are worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from engine.data.csr import Rows
from engine.data.interactions import Array
from engine.inference.model_state import BLOCK, Learned
from engine.metrics import top_k
from engine.models.edlae import LinearPath

THREADS = 2
"""Parts of a block that are worked on at the same time."""
CELLS = 2**21
"""Scores of a block."""
DENSE = 0.125
"""Share of a block's viewers who rated a movie from which on the dense product is the faster one."""
MOST_DENSE = 1536
"""Movies that may be dense in any block: their rows are copied side by side."""


def best_of_many(learned: Learned, viewers: Rows, n: int) -> tuple[Array, Array]:
    """Columns and scores of each viewer's n best movies that are not rated yet, best first (both U × n).

    -1 and -inf where there are fewer. The scores are those of one viewer's list up to rounding.
    """
    n = min(n, learned.matrix.n_movies)
    movie_UxN = np.full((viewers.n_rows, n), -1)
    score_UxN = np.full((viewers.n_rows, n), -np.inf, np.float32)
    with ThreadPoolExecutor(THREADS) as pool:
        for users_B, rows, score_BxM in _scored(learned, viewers, pool):
            score_BxM[rows.row_N, rows.movie_N] = -np.inf
            best_BxN = np.concatenate(list(pool.map(partial(top_k, k=n), np.array_split(score_BxM, THREADS))))
            movie_UxN[users_B], score_UxN[users_B] = best_BxN, np.take_along_axis(score_BxM, best_BxN, 1)
    movie_UxN[np.isneginf(score_UxN)] = -1
    return movie_UxN, score_UxN


def scores_of_many(learned: Learned, viewers: Rows) -> Array:
    """Ranking scores (U × M, unpadded) of each viewer."""
    score_UxM = np.empty((viewers.n_rows, learned.matrix.n_movies), np.float32)
    with ThreadPoolExecutor(THREADS) as pool:
        for users_B, _, score_BxM in _scored(learned, viewers, pool):
            score_UxM[users_B] = score_BxM
    return score_UxM


def _scored(learned: Learned, viewers: Rows, pool: ThreadPoolExecutor) -> Iterator[tuple[Array, Rows, Array]]:
    """Viewers by blocks: their numbers, their ratings and their scores (B × M, unpadded)."""
    crowd = Crowd(learned, pool, _prepared(learned.linear, viewers))
    order = np.argsort(-viewers.lengths, kind="stable")
    size = BLOCK if learned.by_stars else max(CELLS // learned.n_padded, 1)
    for first in range(0, viewers.n_rows, size):
        users_B = order[first : first + size]
        rows = viewers.some(users_B)
        yield users_B, rows, crowd.scores(rows)[:, : learned.matrix.n_movies]


class Popular(NamedTuple):
    """The rows of the linear path's matrix that may be multiplied as a dense one."""

    rank_K: Array
    """Place of each column by how many of the viewers rated its movie."""
    row_DxK: Array
    """The rows of the first ones, in that order."""


def _prepared(linear: LinearPath | None, viewers: Rows) -> Popular | None:
    if linear is None:
        return None
    column_N = linear.column_M[viewers.movie_N]
    count_K = np.bincount(column_N[column_N >= 0], minlength=len(linear.movie_K))
    order = np.argsort(-count_K, kind="stable")
    rank_K = np.empty(len(order), np.int64)
    rank_K[order] = np.arange(len(order))
    return Popular(rank_K, linear.inverse_KxK[order[:MOST_DENSE]])


@dataclass(frozen=True, slots=True)
class Crowd:
    """Scores viewers block by block."""

    learned: Learned
    pool: ThreadPoolExecutor
    popular: Popular | None

    def scores(self, rows: Rows) -> Array:
        """Ranking scores (B × M, padded) of a block of viewers."""
        learned = self.learned
        if learned.by_stars:
            return learned.stars(rows.dense(BLOCK, learned.n_padded))[: rows.n_rows]
        if learned.linear is None or self.popular is None:
            score_BxM = np.zeros((rows.n_rows, learned.n_padded), np.float32)
        else:
            score_BxM = self._linear(learned.linear, self.popular, rows)
        learned.finish_scores(score_BxM)
        return score_BxM

    def _linear(self, path: LinearPath, popular: Popular, rows: Rows) -> Array:
        """As `LinearPath.scores_of`."""
        column_N, x_N = path.column_M[rows.movie_N], path.grades[rows.half_N]
        given = np.flatnonzero((column_N >= 0) & (x_N != 0))
        row_N, column_N, x_N = rows.row_N[given], column_N[given], x_N[given]
        shape = (rows.n_rows, len(path.movie_K))
        rank_N = popular.rank_K[column_N]
        dense_N = rank_N < self._width(column_N, shape)
        x_BxD = np.zeros((shape[0], int(rank_N[dense_N].max(initial=-1)) + 1), np.float32)
        x_BxD[row_N[dense_N], rank_N[dense_N]] = x_N[dense_N]
        score_BxK = x_BxD @ popular.row_DxK[: x_BxD.shape[1]]
        if len(path.factor_RxK):
            score_BxK -= (_sparse(row_N, column_N, x_N, shape) @ path.factor_RxK.T) @ path.scaled_RxK
        rest_BxK = _sparse(row_N[~dense_N], column_N[~dense_N], x_N[~dense_N], shape)

        def add_the_rest(part: Array) -> None:
            slab = slice(part[0], part[-1] + 1)
            score_BxK[slab] += rest_BxK[slab] @ path.inverse_KxK
            score_BxK[slab] *= -1 / path.diagonal_K

        parts = [part for part in np.array_split(np.arange(shape[0]), THREADS) if len(part)]
        list(self.pool.map(add_the_rest, parts))
        score_BxK[row_N, column_N] += x_N  # B = I - P / diag(P)
        return path.spread(score_BxK)

    def _width(self, column_N: Array, shape: tuple[int, int]) -> int:
        """How many of the most popular movies are dense in a block: as many as have that many raters in it."""
        return min(int(np.count_nonzero(np.bincount(column_N, minlength=shape[1]) > DENSE * shape[0])), MOST_DENSE)


def _sparse(row_N: Array, column_N: Array, x_N: Array, shape: tuple[int, int]) -> csr_matrix:
    """Cells in order of their rows as sparse rows."""
    return csr_matrix((x_N, column_N, np.searchsorted(row_N, np.arange(shape[0] + 1))), shape=shape)
