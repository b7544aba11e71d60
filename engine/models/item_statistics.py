"""Sums over the training ratings of each movie, kept so that news need not go through all ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from engine.data.interactions import Array, RatingMatrix
from engine.models.edlae import Changes


@dataclass(frozen=True, slots=True)
class Tallies:
    """Sums for each movie (padded)."""

    matrix: RatingMatrix
    """What they are sums of."""
    user_U: Array
    """The raters' offsets in them."""
    mean: float
    count_M: Array
    """Training ratings."""
    above_M: Array
    """Their stars less the mean and the raters' offsets."""
    graded_M: Array
    """Their grades: what they count for in popularity."""

    @classmethod
    def of(cls, matrix: RatingMatrix, mean: float, user_U: Array, grade_of_half: Array, n_padded: int) -> Self:
        """From all ratings."""
        train_N = ~matrix.held_N
        movie_N, half_N, user_N = matrix.movie_N[train_N], matrix.half_N[train_N], matrix.user_N[train_N]
        above_N = half_N * 0.5 - mean - user_U[user_N]
        sums = (np.bincount(movie_N, value_N, n_padded) for value_N in (None, above_N, grade_of_half[half_N]))
        return cls(matrix, user_U, mean, *sums)

    def fits(self, matrix: RatingMatrix, user_U: Array, n_padded: int) -> bool:
        """Whether they are of this split of these ratings, with these offsets."""
        same = self.matrix.held_N is matrix.held_N and self.user_U is user_U
        return same and len(self.count_M) == n_padded

    def changed(
        self, changes: Changes, matrix: RatingMatrix, users: Array, user_U: Array, grade_of_half: Array
    ) -> Self:
        """After the ratings of some viewers (rows `users`) changed, and their offsets."""
        parts = []
        sides = ((changes.old_half_N, self.user_U), (changes.new_half_N, user_U))
        for half_N, offset_U in sides:
            rated_N = half_N > 0
            offset_B = np.pad(offset_U, (0, len(user_U) - len(offset_U)))[users]
            above_N = (half_N * 0.5 - self.mean - offset_B[changes.viewer_N]) * rated_N
            parts.append((rated_N.astype(np.float64), above_N, grade_of_half[half_N]))
        sums = (
            kept_M + np.bincount(changes.movie_N, new_N - old_N, len(kept_M))
            for kept_M, old_N, new_N in zip((self.count_M, self.above_M, self.graded_M), *parts, strict=True)
        )
        return type(self)(matrix, user_U, self.mean, *sums)
