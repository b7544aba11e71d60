"""What the generator knows of each film: facts from `movies.csv`, and `traits.csv` (fame, tone, acclaim)."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ERAS = (1930, 1950, 1965, 1980, 1995, 2008, 2020)
"""Centres of the eras that viewers care about."""
ERA_WIDTH = 9.0
GENRES = (
    "Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|Horror|Musical|Mystery|"
    "Romance|Sci-Fi|Thriller|War|Western"
).split("|")
"""The eighteen genres of MovieLens."""
_ENGLISH = {"USA", "UK", "Canada", "Ireland", "Australia", "New Zealand", "South Africa"}


class Films(NamedTuple):
    """The catalogue as arrays; M movies, F observable features."""

    movie_id_M: NDArray[np.int64]
    features_MxF: Floats
    """Columns of mean 0: genres, eras, tone, spoken in English or not, acclaim."""
    fame_M: Floats
    """1 (seen by few) to 5 (known to all)."""
    acclaim_M: Floats
    """1 (poorly liked) to 5 (beloved)."""
    released_at_M: NDArray[np.int64]
    """Middle of the release year, epoch seconds UTC."""


def read_films(folder: Path) -> Films:
    """Read `movies.csv` and `traits.csv` of a fixtures folder."""
    movies = pd.read_csv(folder / "movies.csv", keep_default_na=False).merge(
        pd.read_csv(folder / "traits.csv"), on="movie_id", validate="1:1"
    )
    features = np.column_stack([_genres(movies), _eras(movies), _rest(movies)])
    return Films(
        movies["movie_id"].to_numpy(),
        features - features.mean(axis=0),
        movies["fame"].to_numpy(float),
        movies["acclaim"].to_numpy(float),
        _midsummers(movies["year"].to_numpy(int)),
    )


def _midsummers(year_M: NDArray[np.int64]) -> NDArray[np.int64]:
    days_M = (year_M - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 182
    return days_M * 86_400


def _genres(movies: pd.DataFrame) -> Floats:
    """Genre flags scaled so that films of many genres weigh no more than films of one."""
    flags = np.array([[genre in cell.split("|") for genre in GENRES] for cell in movies["genres"]], float)
    rare_first = 1.0 / np.sqrt(flags.mean(axis=0) + 0.02)
    weighted_MxG: Floats = flags * rare_first / np.sqrt(flags.sum(axis=1, keepdims=True)) * 0.35
    return weighted_MxG


def _eras(movies: pd.DataFrame) -> Floats:
    distance = movies["year"].to_numpy(float)[:, None] - np.array(ERAS, float)
    near_MxF: Floats = np.exp(-0.5 * (distance / ERA_WIDTH) ** 2)
    return near_MxF


def _rest(movies: pd.DataFrame) -> Floats:
    tone = movies["tone"].to_numpy(float) / 2
    english = movies["country"].isin(_ENGLISH).to_numpy(float)
    acclaim = (movies["acclaim"].to_numpy(float) - 3) / 2
    return np.column_stack([tone, english, acclaim])
