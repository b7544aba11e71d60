"""Ranking scores and the best movies of many viewers at once.

Nearly all of the work is the product of the viewers' sparse rows with EDLAE's matrix, which no cache holds. So viewers
are taken in the order of how much they rated, and what many of a block rated, the head, is multiplied as a dense
matrix, on all cores by BLAS; what is left are sparse rows, some of the block on each core. The two never overlap, since
threads that wait for each other's threads are worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.relevance import Ranking
from engine.inference.serving import BLOCK, BY_RELEVANCE, ServingModel
from engine.metrics import top_k
from engine.models.edlae import Edlae, PreferenceCells

THREADS = 2
"""Parts of a block that are worked on at the same time."""
CELLS = 2**21
"""Scores of a block."""
DENSE = 0.125
"""Share of a block's viewers who rated a movie from which on the dense product is the faster one."""
MOST_DENSE = 1536
"""Movies of the head at most: their rows are copied side by side."""


def best_of_many(
    serving: ServingModel,
    viewers: CsrRatings,
    n: int,
    ranking: Ranking = BY_RELEVANCE,
    *,
    cells: int = CELLS,
    dense: float = DENSE,
) -> tuple[Array, Array]:
    """Columns and scores of each viewer's n best movies that are not rated yet, best first (both B × n).

    -1 and -inf where there are fewer. The scores are those of one viewer's list up to rounding, whatever the size of a
    block and of its head.
    """
    n = min(n, viewers.n_movies)
    movie_BxL = np.full((viewers.n_rows, n), -1)
    score_BxL = np.full((viewers.n_rows, n), -np.inf, np.float32)
    with ThreadPoolExecutor(THREADS) as pool:
        for users, ratings, score_BxM in _scored(serving, viewers, ranking, pool, cells, dense):
            score_BxM[ratings.row_N, ratings.movie_N] = -np.inf
            best_BxL = np.concatenate(list(pool.map(partial(top_k, k=n), np.array_split(score_BxM, THREADS))))
            movie_BxL[users], score_BxL[users] = best_BxL, np.take_along_axis(score_BxM, best_BxL, 1)
    movie_BxL[np.isneginf(score_BxL)] = -1
    return movie_BxL, score_BxL


def scores_of_many(serving: ServingModel, viewers: CsrRatings, ranking: Ranking = BY_RELEVANCE) -> Array:
    """Ranking scores (B × M, unpadded) of each viewer."""
    score_BxM = np.empty((viewers.n_rows, viewers.n_movies), np.float32)
    with ThreadPoolExecutor(THREADS) as pool:
        for users, _, block_BxM in _scored(serving, viewers, ranking, pool, CELLS, DENSE):
            score_BxM[users] = block_BxM
    return score_BxM


def _scored(
    serving: ServingModel, viewers: CsrRatings, ranking: Ranking, pool: ThreadPoolExecutor, cells: int, dense: float
) -> Iterator[tuple[Array, CsrRatings, Array]]:
    """Viewers by blocks: their numbers, their ratings and their scores (B × M, unpadded)."""
    product = None if serving.edlae is None else BatchProduct.prepare(serving.edlae, viewers, pool, dense)
    order = np.argsort(-viewers.lengths, kind="stable")
    size = BLOCK if serving.order(ranking) != "choice" else max(cells // serving.network.n_padded, 1)
    for first in range(0, viewers.n_rows, size):
        users = order[first : first + size]
        ratings = viewers.take(users)
        yield users, ratings, serving.scores(ratings, ranking, product)[:, : viewers.n_movies]


@dataclass(frozen=True, slots=True)
class BatchProduct:
    """EDLAE's product for blocks of viewers, the head as a dense matrix."""

    rank_K: Array
    """Rank of each column by how many of all the viewers rated its movie."""
    inverse_HxK: Array
    """Rows of the matrix that may be in the head, in that order."""
    pool: ThreadPoolExecutor
    dense: float
    """See `DENSE`."""

    @classmethod
    def prepare(cls, edlae: Edlae, viewers: CsrRatings, pool: ThreadPoolExecutor, dense: float) -> BatchProduct:
        """Rank the columns by these viewers' ratings."""
        column_N = edlae.column_M[viewers.movie_N]
        count_K = np.bincount(column_N[column_N >= 0], minlength=len(edlae.movie_K))
        order = np.argsort(-count_K, kind="stable")
        rank_K = np.empty(len(order), np.int64)
        rank_K[order] = np.arange(len(order))
        return cls(rank_K, edlae.inverse_KxK[order[:MOST_DENSE]], pool, dense)

    def __call__(self, edlae: Edlae, x: PreferenceCells) -> Array:
        """Multiply preferences with the matrix (B × K)."""
        rank_N = self.rank_K[x.column_N]
        dense_N = rank_N < self._head(x)
        x_BxH = np.zeros((x.shape[0], int(rank_N[dense_N].max(initial=-1)) + 1), np.float32)
        x_BxH[x.row_N[dense_N], rank_N[dense_N]] = x.x_N[dense_N]
        product_BxK: Array = x_BxH @ self.inverse_HxK[: x_BxH.shape[1]]
        rest_BxK = x.csr(~dense_N)

        def add_the_rest(part: Array) -> None:
            slab = slice(part[0], part[-1] + 1)
            product_BxK[slab] += rest_BxK[slab] @ edlae.inverse_KxK

        parts = [part for part in np.array_split(np.arange(x.shape[0]), THREADS) if len(part)]
        list(self.pool.map(add_the_rest, parts))
        return product_BxK

    def _head(self, x: PreferenceCells) -> int:
        """Size of the block's head: as many movies as have enough raters in it."""
        enough = np.bincount(x.column_N, minlength=x.shape[1]) > self.dense * x.shape[0]
        return min(int(np.count_nonzero(enough)), MOST_DENSE)
