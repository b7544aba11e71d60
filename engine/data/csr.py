"""Ratings of some viewers in compressed rows."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from engine.data.interactions import Array, RatingMatrix, concat_ranges


class Rows(NamedTuple):
    """One row a viewer, one cell a rating."""

    start_P: Array
    """First cell of each row, and the number of cells at the end."""
    movie_N: Array
    half_N: Array
    n_movies: int
    """Width of a row."""

    @classmethod
    def of_dense(cls, half_BxM: Array) -> Self:
        """Rows of half stars, 0 where there is no rating."""
        row_N, movie_N = np.nonzero(half_BxM)
        start_P = np.searchsorted(row_N, np.arange(len(half_BxM) + 1))
        return cls(start_P, movie_N, half_BxM[row_N, movie_N], half_BxM.shape[1])

    @classmethod
    def of_matrix(cls, matrix: RatingMatrix) -> Self:
        """All of its ratings, held-out ones included."""
        return cls(matrix.start_U, matrix.movie_N, matrix.half_N, matrix.n_movies)

    @property
    def n_rows(self) -> int:
        """Viewers."""
        return len(self.start_P) - 1

    @property
    def lengths(self) -> Array:
        """Ratings of each viewer."""
        return np.diff(self.start_P)

    @property
    def row_N(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Row of each cell."""
        return np.repeat(np.arange(self.n_rows, dtype=np.int32), self.lengths)

    def some(self, rows_B: Array) -> Self:
        """Some of the rows, in this order."""
        lengths_B = self.lengths[rows_B]
        cells = concat_ranges(self.start_P[rows_B], lengths_B)
        start_P = np.concatenate(([0], np.cumsum(lengths_B)))
        return self._replace(start_P=start_P, movie_N=self.movie_N[cells], half_N=self.half_N[cells])

    def dense(self, n_rows: int, width: int) -> Array:
        """Written out as half stars (uint8, n_rows × width), filled up with empty rows and movies."""
        half_BxM = np.zeros((n_rows, width), np.uint8)
        half_BxM[self.row_N, self.movie_N] = self.half_N
        return half_BxM
