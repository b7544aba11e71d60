"""Ratings to measure on: a data set's files, or made-up ones of a given size, seeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.bench.peers import find

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import pandas as pd

    from engine.bench.result import Skipped
    from engine.data.arrays import Array


class Size(NamedTuple):
    """How many of each."""

    users: int
    movies: int
    ratings: int


ML_1M = Size(6_040, 3_706, 1_000_209)
"""The size of MovieLens 1M."""
MANY_MOVIES = Size(2_000, 60_000, 300_000)
SCALES = (Size(6_000, 4_000, 1_000_000), Size(32_000, 20_000, 5_000_000), Size(160_000, 60_000, 25_000_000))


@dataclass(frozen=True, slots=True)
class Options:
    """What the benches are asked for. The sizes are smaller in tests only."""

    data: str | None = None
    """A data set's zip or folder; None: made-up ratings of `size`."""
    seed: int = 0
    rounds: int | None = None
    """Runs of each rival; None: each bench's own number."""
    device: str = "auto"
    size: Size = ML_1M
    large: Size = MANY_MOVIES
    """For a fold-in among many movies."""
    scales: tuple[Size, ...] = SCALES
    """For the growth of an epoch's time."""
    epochs: int | None = None
    """Passes of a training that is measured; None: each bench's own number."""
    find_peer: Callable[[str], ModuleType | Skipped] = find
    """Gives a peer's package, or why it is skipped."""


@dataclass(frozen=True, eq=False)
class BenchData:
    """Ratings with a name for the report."""

    name: str
    ratings: pd.DataFrame
    """user, movie, stars."""
    movies: pd.DataFrame | None = None


def load(options: Options) -> BenchData:
    """The data set that was asked for, or made-up ratings. Raises ImportFailed and its kinds."""
    if options.data is None:
        return made_up(options.size, options.seed)
    from engine.importing.dataset import read_dataset

    dataset = read_dataset(options.data)
    ratings = dataset.ratings[["user", "movie", "stars"]]
    return BenchData(_named(f"MovieLens {dataset.report.format}", ratings), ratings, dataset.movies)


def made_up(size: Size, seed: int = 0) -> BenchData:
    """Ratings with a long tail of movies and of viewers, and tastes of eight dimensions to learn.

    At most as many ratings as asked for, and nearly so many: of two draws of one pair one counts.
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    user_N, movie_N = _pairs(size, rng)
    stars_N = _stars(user_N, movie_N, size, rng)
    ratings = pd.DataFrame({"user": user_N, "movie": movie_N, "stars": stars_N}, copy=False)
    return BenchData(_named("made up", ratings), ratings)


def _pairs(size: Size, rng: np.random.Generator) -> tuple[Array, Array]:
    """Distinct pairs: viewers as active as a log-normal says, movies as popular as their rank says."""
    active_U = rng.lognormal(0.0, 1.0, size.users)
    share_M = 1.0 / (np.arange(size.movies) + 0.01 * size.movies + 1.0)
    edges_M = np.cumsum(share_M / share_M.sum())
    key_N: Array = np.empty(0, np.int64)
    while len(key_N) < size.ratings:
        short = size.ratings - len(key_N)
        count_U = np.ceil(1.1 * short * active_U / active_U.sum()).astype(np.int64)
        user_N = np.repeat(np.arange(size.users, dtype=np.int64), count_U)
        movie_N = np.minimum(np.searchsorted(edges_M, rng.random(len(user_N), np.float32)), size.movies - 1)
        key_N = np.unique(np.concatenate((key_N, user_N * size.movies + movie_N)))
    if len(key_N) > size.ratings:
        key_N = np.delete(key_N, rng.choice(len(key_N), len(key_N) - size.ratings, replace=False))
    return (key_N // size.movies).astype(np.int32), (key_N % size.movies).astype(np.int32)


def _stars(user_N: Array, movie_N: Array, size: Size, rng: np.random.Generator) -> Array:
    level_U, level_M = rng.normal(3.5, 0.4, size.users), rng.normal(0.0, 0.5, size.movies)
    taste_UxD, traits_MxD = rng.normal(size=(size.users, 8)), rng.normal(0.0, 0.2, (size.movies, 8))
    stars_N = np.empty(len(user_N), np.float32)
    for start in range(0, len(user_N), 1_000_000):
        part = slice(start, start + 1_000_000)
        user, movie = user_N[part], movie_N[part]
        match = np.einsum("nd,nd->n", taste_UxD[user], traits_MxD[movie])
        stars = level_U[user] + level_M[movie] + match + rng.normal(0.0, 0.7, len(user))
        stars_N[part] = np.clip(np.rint(2 * stars), 1, 10) / 2
    return stars_N


def _named(kind: str, ratings: pd.DataFrame) -> str:
    users, movies = ratings["user"].nunique(), ratings["movie"].nunique()
    return f"{kind}: {len(ratings):,} ratings, {users:,} viewers, {movies:,} movies"
