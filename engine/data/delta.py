"""A delta: the ratings of some viewers before and after new ratings came in."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from engine.data.arrays import Array
from engine.data.matrix import RatingMatrix


class RatingDelta(NamedTuple):
    """All training cells of the changed viewers, in order of viewer and movie.

    Half stars are 0 on the side where there is no rating.
    """

    user_B: Array
    """The viewers' rows in the matrix."""
    viewer_N: Array
    """The cell's viewer, as a position in `user_B`."""
    movie_N: Array
    old_half_N: Array
    new_half_N: Array

    @classmethod
    def between(cls, before: RatingMatrix, after: RatingMatrix, user_B: Array) -> Self:
        """What differs for some users between two matrices."""
        n_movies = after.n_movies
        known = np.flatnonzero(user_B < before.n_users)
        sides = [
            _keyed(before, user_B[known], known, n_movies),
            _keyed(after, user_B, np.arange(len(user_B)), n_movies),
        ]
        both_N = np.sort(np.concatenate([key_N for key_N, _ in sides]), kind="stable")  # two sorted runs: one merge
        key_N = both_N[np.diff(both_N, prepend=-1) > 0]
        old_half_N, new_half_N = (np.zeros(len(key_N), np.uint8) for _ in sides)
        for half_N, (side_N, side_half_N) in zip((old_half_N, new_half_N), sides, strict=True):
            half_N[np.searchsorted(key_N, side_N)] = side_half_N
        return cls(user_B, key_N // n_movies, key_N % n_movies, old_half_N, new_half_N)


def _keyed(matrix: RatingMatrix, user_B: Array, viewer_B: Array, n_movies: int) -> tuple[Array, Array]:
    """Training cells of users as one number each, made of viewer and movie, and their half stars."""
    rows = matrix.training_rows(user_B, n_movies)
    return viewer_B[rows.row_N] * n_movies + rows.movie_N, rows.half_N
