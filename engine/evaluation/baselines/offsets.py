"""Shrunk offsets: some movies are better, some viewers are kinder, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.data.interactions import Array
from engine.evaluation.baselines.interactions import Interactions


@dataclass(frozen=True)
class OffsetsConfig:
    """How far offsets of few ratings are drawn to zero."""

    movie_shrink: float = 5.0
    """Ratings at the mean that are added to a movie's."""
    user_shrink: float = 5.0
    """Ratings at the mean that are added to a user's."""
    sweeps: int = 10
    """Times that movies and users take turns; after ten nothing moves any more."""


class Offsets:
    """b_ui = μ + b_i + b_u (Koren: Factor in the neighbors, ACM TKDD 2010, section 2.1).

    The offsets that minimise Σ (r_ui - μ - b_i - b_u)² + λ_i Σ b_i² + λ_u Σ b_u², by alternating least squares:
    b_i = Σ_u (r_ui - μ - b_u) / (λ_i + n_i), b_u in the same way. Unknown movies and users have offset 0.
    """

    dated = False

    def __init__(self, config: OffsetsConfig | None = None) -> None:
        self._config = config or OffsetsConfig()

    def fit(self, train: pd.DataFrame) -> None:
        """Movies first, then users, and again."""
        stars_N = train["stars"].to_numpy(np.float64)
        self.mean = float(stars_N.mean())
        self.low, self.high = float(stars_N.min()), float(stars_N.max())
        movie_N, movies = pd.factorize(train["movie"])
        user_N, users = pd.factorize(train["user"])
        movie_M, user_U = np.zeros(len(movies)), np.zeros(len(users))
        for _ in range(self._config.sweeps):
            movie_M = _shrunk(movie_N, stars_N - self.mean - user_U[user_N], self._config.movie_shrink)
            user_U = _shrunk(user_N, stars_N - self.mean - movie_M[movie_N], self._config.user_shrink)
        self.movie = pd.Series(movie_M, index=pd.Index(movies, name="movie"))
        self.user = pd.Series(user_U, index=pd.Index(users, name="user"))

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Mean and offsets, held to the range of the training ratings."""
        return np.clip(self.unclipped(pairs), self.low, self.high)

    def unclipped(self, pairs: pd.DataFrame) -> Array:
        """Mean and offsets as they add up."""
        return self.mean + self._of(self.movie, pairs["movie"]) + self._of(self.user, pairs["user"])

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """A movie's offset: the viewer's own does not change the order."""
        asked = Interactions.of(histories, movies=self.movie.index)
        return asked.scores(np.tile(self.movie.to_numpy(np.float32), (len(asked.users), 1)))

    @staticmethod
    def _of(offset: pd.Series[float], ids: pd.Series[int]) -> Array:
        return ids.map(offset).fillna(0.0).to_numpy(np.float64)


def _shrunk(code_N: Array, above_N: Array, shrink: float) -> Array:
    """Σ above / (n + shrink) for each code."""
    offset: Array = np.bincount(code_N, above_N) / (np.bincount(code_N) + shrink)
    return offset
