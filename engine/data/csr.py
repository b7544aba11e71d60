"""Ratings of some viewers in compressed rows (CSR): what every model that answers viewers is given."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from engine.data.arrays import Array, concat_ranges, starts_of


class CsrRatings(NamedTuple):
    """One row a viewer, one cell a rating. No viewer rates a movie twice."""

    start_B: Array
    """Where each row's cells begin, and the number of cells."""
    movie_N: Array
    half_N: Array
    """Half stars, 1 to 10."""
    n_movies: int
    """Width of a row."""

    @classmethod
    def of_one(cls, movie_L: Array, half_L: Array, n_movies: int) -> Self:
        """One viewer's history."""
        return cls(np.array([0, len(movie_L)]), movie_L, half_L, n_movies)

    @classmethod
    def of_dense(cls, half_BxM: Array) -> Self:
        """Rows of half stars, 0 where there is no rating."""
        row_N, movie_N = np.nonzero(half_BxM)
        start_B = np.searchsorted(row_N, np.arange(len(half_BxM) + 1))
        return cls(start_B, movie_N, half_BxM[row_N, movie_N], half_BxM.shape[1])

    @property
    def n_rows(self) -> int:
        """Number of viewers."""
        return len(self.start_B) - 1

    @property
    def lengths(self) -> Array:
        """Ratings of each viewer."""
        return np.diff(self.start_B)

    @property
    def row_N(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Row of each cell."""
        return np.repeat(np.arange(self.n_rows, dtype=np.int32), self.lengths)

    def take(self, rows_B: Array) -> Self:
        """Some of the rows, in this order."""
        lengths_B = self.lengths[rows_B]
        cells = concat_ranges(self.start_B[rows_B], lengths_B)
        return self._replace(start_B=starts_of(lengths_B), movie_N=self.movie_N[cells], half_N=self.half_N[cells])

    def dense(self, n_rows: int, n_padded: int) -> Array:
        """Half stars written out (uint8, n_rows × n_padded), filled up with empty rows and movies."""
        half_BxM = np.zeros((n_rows, n_padded), np.uint8)
        half_BxM[self.row_N, self.movie_N] = self.half_N
        return half_BxM
