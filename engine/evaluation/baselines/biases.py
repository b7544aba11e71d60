"""Shrunk biases: some movies are better, some viewers are kinder, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.evaluation.baselines.interactions import Interactions
from engine.models.biases import alternate


@dataclass(frozen=True)
class BiasesConfig:
    """How far biases of few ratings are drawn to zero."""

    movie_shrink: float = 5.0
    """Ratings at the mean that are added to a movie's."""
    user_shrink: float = 5.0
    """Ratings at the mean that are added to a user's."""
    sweeps: int = 10
    """Times that movies and users take turns; after ten nothing moves any more."""


class ShrunkBiases:
    """b_ui = μ + b_i + b_u (Koren: Factor in the neighbors, ACM TKDD 2010, section 2.1).

    By alternating least squares; see `engine.models.biases.alternate`. Unknown movies and users have bias 0.
    """

    dated = False

    def __init__(self, config: BiasesConfig | None = None) -> None:
        self._config = config or BiasesConfig()

    def fit(self, train: pd.DataFrame) -> None:
        """Movies first, then users, and again."""
        stars_N = train["stars"].to_numpy(np.float64)
        self.mean = float(stars_N.mean())
        self.low, self.high = float(stars_N.min()), float(stars_N.max())
        movie_N, movies = pd.factorize(train["movie"])
        user_N, users = pd.factorize(train["user"])
        config = self._config
        movie_M, user_U = alternate(
            movie_N, user_N, stars_N - self.mean, len(movies), len(users), config.movie_shrink, config.user_shrink,
            config.sweeps,
        )  # fmt: skip
        self.movie = pd.Series(movie_M, index=pd.Index(movies, name="movie"))
        self.user = pd.Series(user_U, index=pd.Index(users, name="user"))

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Mean and biases, held to the range of the training ratings."""
        return np.clip(self.unclipped(pairs), self.low, self.high)

    def unclipped(self, pairs: pd.DataFrame) -> Array:
        """Mean and biases as they add up."""
        return self.mean + self._of(self.movie, pairs["movie"]) + self._of(self.user, pairs["user"])

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """A movie's bias: the viewer's own does not change the order."""
        asked = Interactions.of(histories, movies=self.movie.index)
        return asked.scores(np.tile(self.movie.to_numpy(np.float32), (len(asked.users), 1)))

    @staticmethod
    def _of(bias: pd.Series[float], ids: pd.Series[int]) -> Array:
        return ids.map(bias).fillna(0.0).to_numpy(np.float64)
