"""Movies that hardly anybody rated: what their genres and their decade say.

For each viewer a ridge regression from features to the values of the rated movies (stars, or ranking scores) is read
at the thin ones, and a movie's own value counts the more the more it was rated: n / (n + κ). So a new movie gets
the stars and the place that its kind has with this viewer, without a step of training. The regression's matrix does
not depend on the viewer: it costs two small products a list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np

from engine.data.arrays import Array

STARS_KAPPA = 1.0
"""Ratings that a movie's features are worth, for its stars; chosen on validation (ML-100K)."""
SCORE_KAPPA = 0.1
"""The same for its ranking score: only movies that nobody rated."""
THICK = 0.95
"""Movies whose own value counts for at least this much are left alone."""
RIDGE = 1.0
SPAN = 8192
"""Movies of one dot product."""
SLOW = 10.0
"""A movie with n ratings weighs n / (n + this) in the regression."""


class Thin(NamedTuple):
    """The movies whose features have a say in their values."""

    movies: Array
    pull_C: Array
    """Weight of what the features say, 0 to 1."""
    feature_FxC: Array


@dataclass(frozen=True)
class ColdStart:
    """The ridge regression from features to values, ready for any viewer."""

    feature_MxF: Array
    solve_FxM: Array
    """Values of all movies to the regression's coefficients."""
    count_M: Array
    """Training ratings of each movie."""
    _thin: dict[float, Thin] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def fit(cls, feature_MxF: Array, count_M: Array) -> Self:
        """The regression's matrix for these features and rating counts."""
        features = feature_MxF.astype(np.float64)
        weighted_FxM = features.T * (count_M / (count_M + SLOW))
        ridge_F = np.full(features.shape[1], RIDGE)
        ridge_F[0] = 1e-3  # the constant is hardly shrunk
        solve_FxM = np.linalg.solve(weighted_FxM @ features + np.diag(ridge_F), weighted_FxM)
        return cls(features.astype(np.float32), solve_FxM.astype(np.float32), count_M.astype(np.float32))

    def counted(self, movies: Array, counts: Array, n_movies: int) -> Self:
        """The same regression with some movies' rating counts changed, and new movies without features."""
        new = n_movies - len(self.count_M)
        feature_MxF = np.pad(self.feature_MxF, ((0, new), (0, 0)))
        feature_MxF[len(self.count_M) :, 0] = 1
        count_M = np.pad(self.count_M, (0, new))
        count_M[movies] = counts
        return type(self)(feature_MxF, np.pad(self.solve_FxM, ((0, 0), (0, new))), count_M)

    def smooth(self, value_BxM: Array, kappa: float) -> None:
        """Move the thin movies' values (B × M, perhaps padded), in place, towards what their features say."""
        movies, pull_C, feature_FxC = self.thin(kappa)
        if not len(movies):
            return
        if len(value_BxM) == 1:
            value_M = value_BxM[0]
            value_M[movies] += pull_C * (self._said_to_one(value_M, feature_FxC) - value_M[movies])
            return
        known_BxM = value_BxM[:, : len(self.count_M)]
        said_BxC = (known_BxM @ self.solve_FxM.T) @ feature_FxC
        known_BxM[:, movies] += pull_C * (said_BxC - known_BxM[:, movies])

    def _said_to_one(self, value_M: Array, feature_FxC: Array) -> Array:
        """For one viewer: dots so short that BLAS wakes no threads, which would take longer than they do."""
        said_F = np.zeros(len(self.solve_FxM), np.float32)
        for first in range(0, len(self.count_M), SPAN):
            span = slice(first, min(first + SPAN, len(self.count_M)))
            said_F += np.vecdot(self.solve_FxM[:, span], value_M[span])
        said_C: Array = np.einsum("f,fc->c", said_F, feature_FxC)
        return said_C

    def is_thin(self, movies: Array, kappa: float) -> bool:
        """Whether features have a say in the value of any of these movies."""
        count = self.count_M[movies]
        return bool((count / (count + np.float32(kappa)) < THICK).any())

    def thin(self, kappa: float) -> Thin:
        """The thin movies; found once."""
        if kappa not in self._thin:
            own_M = self.count_M / (self.count_M + np.float32(kappa))
            movies = np.flatnonzero(own_M < THICK)
            feature_FxC = np.ascontiguousarray(self.feature_MxF[movies].T)
            self._thin[kappa] = Thin(movies, 1 - own_M[movies], feature_FxC)
        return self._thin[kappa]
