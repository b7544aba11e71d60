"""What a viewer's errors on like movies say: neighbours that correct the network's predictions.

A network of some hundred hidden units knows tastes, not that a viewer who loved one part of a trilogy will love the
next. For movie i, with the network's errors `e_j` (stars less predicted stars) on the viewer's ratings,
`d_i = weight · Σ_j s_ij e_j / (Σ_j |s_ij| + shrink)`, over the `neighbours` movies j most alike to i. The likeness
`s_ij = c_ij³` is the cube, sign kept, of the shrunk correlation c_ij of what the biases leave of viewers' ratings.
Neighbours on the residuals of another model are from Bell & Koren (ICDM 2007); a power that favours the nearest ones is
the case amplification of Breese, Heckerman & Kadie (UAI 1998).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from scipy.sparse import csr_matrix

from engine.config import Config
from engine.data.arrays import Array, concat_ranges, starts_of
from engine.data.csr import CsrRatings
from engine.data.matrix import RatingMatrix
from engine.models import gram
from engine.models.biases import HALF, Biases, residuals

POWER = 3
"""Of the correlation; 2 and 2.5 were worse on MovieLens 1M and 100K."""


class RatedNeighbours(NamedTuple):
    """Pairs of a chosen movie and a rated one among its neighbours."""

    chosen_P: Array
    """The chosen movie, as a position among the chosen ones."""
    rated_P: Array
    """The rated one, as a position in the history."""
    like_P: Array
    """s_ij."""


@dataclass(frozen=True)
class ResidualKNN:
    """For each movie j the movies i that have it among their neighbours, in compressed rows."""

    start_M: Array
    """Where each movie's pairs begin."""
    movie_P: Array
    """The movie i of each pair."""
    like_P: Array
    """s_ij (float32)."""
    shrink: float
    weight: float

    @cached_property
    def _tables(self) -> tuple[csr_matrix, csr_matrix]:
        shape = (len(self.start_M) - 1,) * 2
        made = (csr_matrix((like_P, self.movie_P, self.start_M), shape) for like_P in (self.like_P, abs(self.like_P)))
        return next(made), next(made)

    @cached_property
    def _lists(self) -> tuple[Array, Array, Array]:
        """For each movie i its neighbours j: where each list begins, the movies j in rising order, s_ij."""
        by_movie = self._tables[0].tocsc()
        by_movie.sort_indices()
        return by_movie.indptr, by_movie.indices, by_movie.data

    def grown(self, n_padded: int) -> Self:
        """The same with new movies, which have no neighbours yet."""
        more = n_padded + 1 - len(self.start_M)
        return replace(self, start_M=np.append(self.start_M, np.full(more, self.start_M[-1])))

    def correct(self, stars_BxM: Array, ratings: CsrRatings) -> None:
        """Add the corrections to the viewers' predicted stars, in place."""
        if ratings.n_rows == 1:
            stars_BxM[0] += self._of_one(stars_BxM[0], ratings.movie_N, ratings.half_N)
            return
        movie_N, start_B = ratings.movie_N, ratings.start_B
        error_N = ratings.half_N * HALF - stars_BxM[ratings.row_N, movie_N]
        shape = (ratings.n_rows, len(self.start_M) - 1)
        like, size = self._tables
        sum_BxM = (csr_matrix((error_N, movie_N, start_B), shape) @ like).toarray()
        sum_BxM /= (csr_matrix((np.ones_like(error_N), movie_N, start_B), shape) @ size).toarray() + self.shrink
        stars_BxM[: len(sum_BxM)] += self.weight * sum_BxM

    def _of_one(self, stars_M: Array, movie_L: Array, half_L: Array) -> Array:
        """One viewer's corrections (M), from the lists of the rated movies alone."""
        error_L = half_L * HALF - stars_M[movie_L]
        lengths = self.start_M[movie_L + 1] - self.start_M[movie_L]
        pairs = concat_ranges(self.start_M[movie_L], lengths)
        return self._mean(self.movie_P[pairs], self.like_P[pairs], np.repeat(error_L, lengths), len(stars_M))

    def _mean(self, movie_P: Array, like_P: Array, error_P: Array, n: int) -> Array:
        """The formula for n movies, from pairs in order of the rated movie."""
        sum_M = np.bincount(movie_P, like_P * error_P, n)
        size_M = np.bincount(movie_P, np.abs(like_P), n)
        correction_M: Array = (self.weight * sum_M / (size_M + self.shrink)).astype(np.float32)
        return correction_M

    def rated_neighbours(self, chosen: Array, movie_L: Array) -> RatedNeighbours:
        """The rated movies, which are in rising order, among the neighbours of some movies."""
        start_M, neighbour_P, like_P = self._lists
        lengths = start_M[chosen + 1] - start_M[chosen]
        pairs = concat_ranges(start_M[chosen], lengths)
        near_P = neighbour_P[pairs]
        at_P = np.minimum(np.searchsorted(movie_L, near_P), max(len(movie_L) - 1, 0))
        rated = np.flatnonzero(movie_L[at_P] == near_P) if len(movie_L) else np.zeros(0, np.int64)
        return RatedNeighbours(np.repeat(np.arange(len(chosen)), lengths)[rated], at_P[rated], like_P[pairs[rated]])

    def parts(self, chosen: Array, movie_L: Array, error_L: Array) -> Array:
        """What each rated movie, with the network's error on it, gives to the corrections of chosen movies (L × C)."""
        near, n = self.rated_neighbours(chosen, movie_L), len(chosen)
        size_C = np.bincount(near.chosen_P, np.abs(near.like_P), n) + self.shrink
        part_LxC = np.zeros((len(movie_L), n))
        part_LxC[near.rated_P, near.chosen_P] = near.like_P * error_L[near.rated_P]
        part_LxC *= self.weight / size_C
        return part_LxC


def fit(matrix: RatingMatrix, biases: Biases, user_U: Array, config: Config, n_padded: int) -> ResidualKNN:
    """Find the neighbours by the training ratings. Releases the interpreter's lock for nearly all of its time."""
    movie_K = gram.most_rated(matrix, config.edlae_max_movies, n_padded)
    over_N = residuals(matrix, biases, user_U)
    like_KxK = gram.product(matrix, over_N.astype(np.float32), movie_K, n_padded).astype(np.float32)
    scale_K = 1 / np.sqrt(like_KxK.diagonal() + config.neighbour_prior)
    like_KxK *= scale_K[:, None] * scale_K
    np.fill_diagonal(like_KxK, 0)
    near_KxL = _nearest(like_KxK, config.neighbours)
    like_KxL = np.take_along_axis(like_KxK, near_KxL, axis=1) ** POWER
    return _inverted(movie_K, near_KxL, like_KxL, n_padded, config)


def _nearest(like_KxK: Array, n: int) -> Array:
    """Columns of each row's n largest sizes."""
    n = min(n, len(like_KxK))
    return np.argpartition(-np.abs(like_KxK), n - 1, axis=1)[:, :n]


def _inverted(movie_K: Array, near_KxL: Array, like_KxL: Array, n_padded: int, config: Config) -> ResidualKNN:
    to_P = np.repeat(movie_K, near_KxL.shape[1])
    from_P, like_P = movie_K[near_KxL.ravel()], like_KxL.ravel()
    used = np.flatnonzero(like_P)
    order = used[np.lexsort((to_P[used], from_P[used]))]
    start_M = starts_of(np.bincount(from_P[used], minlength=n_padded))
    return ResidualKNN(
        start_M, to_P[order].astype(np.int32), like_P[order].astype(np.float32), config.neighbour_shrink,
        config.neighbour_weight,
    )  # fmt: skip
