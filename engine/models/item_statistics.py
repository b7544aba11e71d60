"""Sums over the training ratings of each movie, kept so that a delta need not go through all ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from engine.data.arrays import Array
from engine.data.delta import RatingDelta
from engine.data.matrix import RatingMatrix


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """Sums for each movie (padded)."""

    matrix: RatingMatrix
    """The ratings that they are sums of."""
    user_U: Array
    """The users' biases in them."""
    mean: float
    count_M: Array
    """Training ratings."""
    above_M: Array
    """Their stars less the mean and the users' biases."""
    preference_M: Array
    """Their preferences, which makes popularity."""

    @classmethod
    def of(cls, matrix: RatingMatrix, mean: float, user_U: Array, preference_of_half: Array, n_padded: int) -> Self:
        """Sum over all ratings."""
        train_N = ~matrix.held_N
        movie_N, half_N, user_N = matrix.movie_N[train_N], matrix.half_N[train_N], matrix.user_N[train_N]
        above_N = half_N * 0.5 - mean - user_U[user_N]
        sums = (np.bincount(movie_N, value_N, n_padded) for value_N in (None, above_N, preference_of_half[half_N]))
        return cls(matrix, user_U, mean, *sums)

    def fits(self, matrix: RatingMatrix, user_U: Array, n_padded: int) -> bool:
        """Whether they are of this split of these ratings, with these biases."""
        same = self.matrix.held_N is matrix.held_N and self.user_U is user_U
        return same and len(self.count_M) == n_padded

    def changed(self, delta: RatingDelta, matrix: RatingMatrix, user_U: Array, preference_of_half: Array) -> Self:
        """The sums after some viewers' ratings changed, and their biases."""
        parts = []
        for half_N, bias_U in ((delta.old_half_N, self.user_U), (delta.new_half_N, user_U)):
            rated_N = half_N > 0
            bias_B = np.pad(bias_U, (0, len(user_U) - len(bias_U)))[delta.user_B]
            above_N = (half_N * 0.5 - self.mean - bias_B[delta.viewer_N]) * rated_N
            parts.append((rated_N.astype(np.float64), above_N, preference_of_half[half_N]))
        sums = (
            kept_M + np.bincount(delta.movie_N, new_N - old_N, len(kept_M))
            for kept_M, old_N, new_N in zip((self.count_M, self.above_M, self.preference_M), *parts, strict=True)
        )
        return type(self)(matrix, user_U, self.mean, *sums)
