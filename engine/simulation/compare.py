"""How the simulated ratings compare with a real data set: the table of the README."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from engine.recommender import Recommender

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Shape(NamedTuple):
    """Figures of one set of ratings."""

    users: int
    movies: int
    ratings: int
    density: float
    """Ratings / (users × rated movies)."""
    mean_stars: float
    sd_stars: float
    per_user: tuple[int, ...]
    """Ratings a viewer at `QUANTILES`."""
    per_movie: tuple[int, ...]
    """Ratings a movie at `QUANTILES`."""
    histogram: tuple[float, ...]
    """Shares of ratings up to 1, 2, 3, 4 and 5 stars (half stars rounded up)."""
    rmse_offsets: float
    """Held-out RMSE in stars of shrunk offsets alone, 80/20 split."""
    rmse_model: float
    """Held-out RMSE of the `default` preset on the same split; the split also stops its training."""


def measure(ratings: pd.DataFrame, seed: int = 0) -> Shape:
    """Measure a frame of `user, movie, stars`."""
    per_user = ratings.groupby("user").size().to_numpy()
    per_movie = ratings.groupby("movie").size().to_numpy()
    whole = np.ceil(ratings["stars"].to_numpy()).astype(int)
    counts = np.bincount(whole, minlength=6)[1:6]
    offsets, model = _errors(ratings, seed)
    return Shape(
        users=len(per_user),
        movies=len(per_movie),
        ratings=len(ratings),
        density=len(ratings) / (len(per_user) * len(per_movie)),
        mean_stars=float(ratings["stars"].mean()),
        sd_stars=float(ratings["stars"].std()),
        per_user=_quantiles(per_user),
        per_movie=_quantiles(per_movie),
        histogram=tuple((counts / counts.sum()).tolist()),
        rmse_offsets=offsets,
        rmse_model=model,
    )


def _quantiles(counts: np.ndarray) -> tuple[int, ...]:
    return tuple(int(value) for value in np.quantile(counts, QUANTILES).round())
