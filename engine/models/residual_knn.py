"""What a viewer's errors on like movies say: neighbours that correct the network's predictions.

A network of some hundred hidden units knows tastes, not that a viewer who loved one part of a trilogy will love the
next. For movie i, with the network's errors `e_j` (stars less predicted stars) on the viewer's ratings,
`d_i = weight · Σ_j s_ij e_j / (Σ_j |s_ij| + shrink)`, over the `neighbours` movies j most alike to i. The likeness
`s_ij = c_ij³` is the cube, sign kept, of the shrunk correlation c_ij of what viewers' ratings leave over the offsets.
Neighbours on the residuals of another model are from Bell & Koren (ICDM 2007); a power that favours the nearest ones is
the case amplification of Breese, Heckerman & Kadie (UAI 1998).

Letters beside those of `engine.data.interactions`: K columns, the movies that have neighbours; P places in lists of
neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from scipy.sparse import csr_matrix

from engine.config import Config
from engine.data.csr import Rows
from engine.data.interactions import Array, RatingMatrix, concat_ranges
from engine.models import gram
from engine.models.autoencoder import Offsets

POWER = 3
"""Of the correlation; 2 and 2.5 were worse on MovieLens 1M and 100K."""


class Near(NamedTuple):
    """Pairs of a wanted movie and a rated one among its neighbours."""

    row_R: Array
    """Number of the wanted movie."""
    at_R: Array
    """Number of the rated one."""
    like_R: Array
    """s_ij."""


@dataclass(frozen=True)
class Neighbours:
    """For each movie j the movies i that have it among their neighbours, in compressed rows."""

    start_M: Array
    """Where each movie's places begin (M + 1)."""
    movie_P: Array
    """The movie i of each place."""
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
        """With room for new movies: they have no neighbours yet."""
        more = n_padded + 1 - len(self.start_M)
        return replace(self, start_M=np.append(self.start_M, np.full(more, self.start_M[-1])))

    def correct(self, stars_BxM: Array, rows: Rows) -> None:
        """Add the corrections to the viewers' predicted stars in place."""
        movie_N, start_P = rows.movie_N, rows.start_P
        error_N = rows.half_N * np.float32(0.5) - stars_BxM[rows.row_N, movie_N]
        shape = (rows.n_rows, len(self.start_M) - 1)
        like, size = self._tables
        sum_BxM = (csr_matrix((error_N, movie_N, start_P), shape) @ like).toarray()
        sum_BxM /= (csr_matrix((np.ones_like(error_N), movie_N, start_P), shape) @ size).toarray() + self.shrink
        stars_BxM[: len(sum_BxM)] += self.weight * sum_BxM

    def correct_one(self, stars_M: Array, movies: Array, half: Array) -> None:
        """The same for one viewer, whose ratings alone are looked at."""
        error_N = half * np.float32(0.5) - stars_M[movies]
        lengths = self.start_M[movies + 1] - self.start_M[movies]
        places = concat_ranges(self.start_M[movies], lengths)
        movie_P, like_P = self.movie_P[places], self.like_P[places]
        sum_M = np.bincount(movie_P, like_P * np.repeat(error_N, lengths), len(stars_M))
        size_M = np.bincount(movie_P, np.abs(like_P), len(stars_M))
        stars_M += (self.weight * sum_M / (size_M + self.shrink)).astype(np.float32)

    def near(self, wanted: Array, movies: Array) -> Near:
        """The rated movies among the neighbours of some movies; `movies`, the rated ones, are in rising order."""
        start_M, movie_P, like_P = self._lists
        lengths = start_M[wanted + 1] - start_M[wanted]
        places = concat_ranges(start_M[wanted], lengths)
        near_P = movie_P[places]
        at_P = np.minimum(np.searchsorted(movies, near_P), max(len(movies) - 1, 0))
        rated = np.flatnonzero(movies[at_P] == near_P) if len(movies) else np.zeros(0, np.int64)
        return Near(np.repeat(np.arange(len(wanted)), lengths)[rated], at_P[rated], like_P[places[rated]])

    def corrections(self, near: Near, error_R: Array, n: int) -> Array:
        """What `correct_one` adds to the stars of n wanted movies, to the bit; the errors on each of the near ones."""
        sum_W = np.bincount(near.row_R, near.like_R * error_R, n)
        size_W = np.bincount(near.row_R, np.abs(near.like_R), n)
        corrected_W: Array = (self.weight * sum_W / (size_W + self.shrink)).astype(np.float32)
        return corrected_W


def fit(matrix: RatingMatrix, offsets: Offsets, user_U: Array, config: Config, n_padded: int) -> Neighbours:
    """From the training ratings. Releases the interpreter's lock for nearly all of its time."""
    movie_K = gram.most_rated(matrix, config.linear_max_movies, n_padded)
    mean, movie_M = float(offsets.mean), np.asarray(offsets.movie_M)
    over_N = matrix.half_N * 0.5 - mean - movie_M[matrix.movie_N] - user_U[matrix.user_N]
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


def _inverted(movie_K: Array, near_KxL: Array, like_KxL: Array, n_padded: int, config: Config) -> Neighbours:
    to_P = np.repeat(movie_K, near_KxL.shape[1])
    from_P, like_P = movie_K[near_KxL.ravel()], like_KxL.ravel()
    used = np.flatnonzero(like_P)
    order = used[np.lexsort((to_P[used], from_P[used]))]
    start_M = np.concatenate(([0], np.cumsum(np.bincount(from_P[used], minlength=n_padded))))
    return Neighbours(
        start_M, to_P[order].astype(np.int32), like_P[order].astype(np.float32), config.neighbour_shrink,
        config.neighbour_weight,
    )  # fmt: skip
