"""How the simulated ratings compare with a real data set: the table of the README."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from rich.table import Table

from engine.importing import read_dataset
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
    rmse_biases: float
    """RMSE in stars of the biases alone on a fifth of the ratings that took no part in anything."""
    rmse_model: float
    """RMSE of the `default` preset on the same fifth."""


def measure(ratings: pd.DataFrame, seed: int = 0) -> Shape:
    """Measure a frame of `user, movie, stars`."""
    per_user = ratings.groupby("user").size().to_numpy()
    per_movie = ratings.groupby("movie").size().to_numpy()
    whole = np.ceil(ratings["stars"].to_numpy()).astype(int)
    counts = np.bincount(whole, minlength=6)[1:6]
    biases, model = _errors(ratings, seed)
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
        rmse_biases=biases,
        rmse_model=model,
    )


def _quantiles(counts: np.ndarray) -> tuple[int, ...]:
    return tuple(int(value) for value in np.quantile(counts, QUANTILES).round())


def _errors(ratings: pd.DataFrame, seed: int) -> tuple[float, float]:
    """Test RMSE of the biases and of the trained default preset; the preset makes its own validation split."""
    test_N = np.random.default_rng(seed).random(len(ratings)) < 0.2
    train, test = ratings[~test_N], ratings[test_N]
    biases = Recommender.prepare(train, seed=seed)
    trained = Recommender.fit(train, seed=seed)
    return _rmse(biases, test), _rmse(trained, test)


def _rmse(recommender: Recommender, test: pd.DataFrame) -> float:
    error_Q = recommender.predict(test[["user", "movie"]]).to_numpy() - test["stars"].to_numpy()
    return float(np.sqrt(np.mean(error_Q**2)))


def read_fixture_ratings(folder: Path) -> pd.DataFrame:
    """The shipped ratings as a frame of `user, movie, stars`."""
    with lzma.open(folder / "ratings.csv.xz", "rt") as file:
        frame = pd.read_csv(file)
    stars = frame["half_stars"] / 2
    return pd.DataFrame({"user": frame["user_id"], "movie": frame["movie_id"], "stars": stars})


def compare_with(folder: Path, archive: Path) -> Table:
    """The shipped ratings beside those of a MovieLens archive."""
    real = measure(read_dataset(archive).ratings)
    return comparison({"Matinée": measure(read_fixture_ratings(folder)), archive.stem: real})


def comparison(shapes: dict[str, Shape]) -> Table:
    """One column a set of ratings, one line a figure."""
    table = Table("", *shapes, title="Shape of the ratings")
    for label, show in _ROWS.items():
        table.add_row(label, *(show(shape) for shape in shapes.values()))
    return table


_ROWS: dict[str, Callable[[Shape], str]] = {
    "viewers": lambda shape: f"{shape.users:,}",
    "movies with ratings": lambda shape: f"{shape.movies:,}",
    "ratings": lambda shape: f"{shape.ratings:,}",
    "density": lambda shape: f"{shape.density:.1%}",
    "stars, mean ± sd": lambda shape: f"{shape.mean_stars:.2f} ± {shape.sd_stars:.2f}",
    "ratings a viewer, 5/25/50/75/95 %": lambda shape: " / ".join(map(str, shape.per_user)),
    "ratings a movie, 5/25/50/75/95 %": lambda shape: " / ".join(map(str, shape.per_movie)),
    "share of up to 1/2/3/4/5 stars": lambda shape: " / ".join(f"{share:.2f}" for share in shape.histogram),
    "RMSE of the biases": lambda shape: f"{shape.rmse_biases:.3f}",
    "RMSE of the default preset": lambda shape: f"{shape.rmse_model:.3f}",
    "gain": lambda shape: f"{shape.rmse_biases - shape.rmse_model:.3f}",
}
