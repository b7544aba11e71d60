"""One viewer's rating to the new five best, in the engine, against implicit's `recommend(recalculate_user=True)`."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from engine.bench.data import BenchData, Options, load, made_up
from engine.bench.peers import find
from engine.bench.peers.implicit import ImplicitLists
from engine.bench.result import Goal, Line, Result, Skipped
from engine.bench.timing import Times, alternate
from engine.bench.trained import Trained, train
from engine.read import Array

ROUNDS = 500
WARM_UP = 20
OURS = "Matinée"
GOALS_MS = (1.0, 8.0)
"""p99 with the movies of MovieLens 1M, and with many."""


def run(options: Options) -> Result:
    """Both sizes, list by list in turns."""
    began = time.perf_counter()
    lines, goals = [], []
    implicit = find("implicit")
    sets = (load(options), made_up(options.large, options.seed))
    for data, bound in zip(sets, GOALS_MS, strict=True):
        times = _measure(data, options, implicit)
        movies = data.ratings["movie"].nunique()
        lines += [_line(f"{name}, {movies:,} movies", taken) for name, taken in times.items()]
        goals.append(Goal(f"p99 ms, {movies:,} movies", 1e3 * times[OURS].p99, bound, "most"))
    return Result(
        "foldin", "a viewer's ratings and one more (a mapping; implicit: arrays) to the five best; in turns",
        "; ".join(data.name for data in sets), tuple(lines), tuple(goals),
        (implicit,) if isinstance(implicit, Skipped) else (), time.perf_counter() - began,
    )  # fmt: skip


def _measure(data: BenchData, options: Options, implicit: object) -> dict[str, Times]:
    trained = train(data, options)
    recommender = trained.recommender
    ask: dict[str, Callable[[Viewer], object]] = {OURS: lambda viewer: recommender.list_for(viewer.stars_of, 5)}
    if not isinstance(implicit, Skipped):
        peer = ImplicitLists(implicit, trained.ratings_UxM, options.seed)  # type: ignore[arg-type]
        ask["implicit ALS"] = lambda viewer: peer.one(viewer.movies, viewer.stars)
    viewers = list(islice(_viewers(trained, options.seed), (options.rounds or ROUNDS) + WARM_UP))
    runs = {name: _each(viewers, one) for name, one in ask.items()}
    return alternate(runs, options.rounds or ROUNDS, warm_up=WARM_UP)


class Viewer(NamedTuple):
    """Ratings as both programs take them."""

    movies: Array
    stars: Array
    stars_of: dict[Hashable, float]
    """Movie ids to stars, as the engine reads them from its store."""


def _each(viewers: list[Viewer], one: Callable[[Viewer], object]) -> Callable[[], object]:
    """Ask for one viewer after the other, the same ones for each program."""
    next_one = iter(viewers).__next__
    return lambda: one(next_one())


def _viewers(trained: Trained, seed: int) -> Iterator[Viewer]:
    """Viewers at random, each with one rating more."""
    rng = np.random.default_rng(seed)
    n_users, n_movies = trained.ratings_UxM.shape
    ids = trained.recommender.movie_ids
    while True:
        movies, stars = trained.history(int(rng.integers(n_users)))
        new = int(rng.integers(n_movies))
        if new not in movies:
            movies, stars = np.append(movies, new), np.append(stars, np.float32(5.0))
            stars_of = dict(zip([ids[movie] for movie in movies.tolist()], stars.tolist(), strict=True))
            yield Viewer(movies, stars, stars_of)


def _line(name: str, taken: Times) -> Line:
    figures = {"p50 ms": 1e3 * taken.median, "p95 ms": 1e3 * taken.quantile(0.95), "p99 ms": 1e3 * taken.p99}
    return Line(name, {**figures, "lists": len(taken.seconds)})
