"""Simulated ratings with their truth, as `matinee evaluate --protocol truth` measures on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.evaluation.truth import TruthSplit
from engine.paths import fixtures
from engine.simulation.config import SimulationConfig
from engine.simulation.films import read_films
from engine.simulation.ratings import SimulatedRatings, expected_stars, simulate
from engine.simulation.social import SocialConfig, simulate_social

SEEDS = (1895, 1, 2)
"""The first is that of the ratings that ship."""


@dataclass(frozen=True, eq=False)
class World:
    """A generator with its catalogue."""

    name: str
    movies: pd.DataFrame
    """movie, title, year, genres; of the second generator those of one seed."""
    splits: tuple[TruthSplit, ...]


def shipped_world(seeds: Iterable[int], config: SimulationConfig | None = None, folder: Path | None = None) -> World:
    """The generator of the ratings that ship, over the films that ship; one split a seed."""
    folder = folder or fixtures()
    films = read_films(folder)
    movies = pd.read_csv(folder / "movies.csv", keep_default_na=False).rename(columns={"movie_id": "movie"})
    splits = []
    for seed in seeds:
        seeded = replace(config or SimulationConfig(), seed=seed)
        truth_UxM = expected_stars(films, seeded)
        splits.append(_split(seed, simulate(films, seeded), truth_UxM, pd.Index(films.movie_id_M)))
    return World("shipped", movies[["movie", "title", "year", "genres"]], tuple(splits))


def social_worlds(seeds: Iterable[int], config: SocialConfig | None = None) -> Iterator[World]:
    """The second generator; each seed has a catalogue of its own, so each is a world."""
    for seed in seeds:
        made = simulate_social(replace(config or SocialConfig(), seed=seed))
        ids = np.arange(1, len(made.genres_M) + 1)
        titles = [f"Movie {movie}" for movie in ids]
        movies = pd.DataFrame({"movie": ids, "title": titles, "year": None, "genres": made.genres_M})
        yield World("social", movies, (_split(seed, made.ratings, made.truth_UxM, pd.Index(ids)),))


def worlds(seeds: Iterable[int]) -> Iterator[World]:
    """Both generators."""
    seeds = tuple(seeds)
    yield shipped_world(seeds)
    yield from social_worlds(seeds)


def _split(seed: int, ratings: SimulatedRatings, truth_UxM: Array, movies: pd.Index) -> TruthSplit:
    users = pd.Index(np.arange(1, len(truth_UxM) + 1), name="user")
    frame = pd.DataFrame(
        {"user": ratings.user_id, "movie": ratings.movie_id, "stars": ratings.half_stars / 2, "at": ratings.rated_at}
    )
    truth = pd.DataFrame(truth_UxM, index=users, columns=movies)
    return TruthSplit(f"seed {seed}", seed, frame, frame, frame.iloc[:0], movies, truth)
