"""One viewer's rating to the new five best, in the engine, against implicit's `recommend(recalculate_user=True)`.

As somebody rates: each has just made the list from the ratings before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from engine.bench.data import BenchData, Options, load, made_up
from engine.bench.peers.implicit import ImplicitLists
from engine.bench.result import BenchResult, Goal, ResultLine, Skipped
from engine.bench.timing import Times, alternate, clock, ratio
from engine.bench.trained import TrainedEngine, train
from engine.config import preset
from engine.data.arrays import Array

ROUNDS = 500
WARM_UP = 20
STRETCH = 25
"""Moments of one program before the other's turn."""
OURS = "Matinée"
GOALS_MS = (1.0, 8.0)
"""p99 with the movies of MovieLens 1M, and with many."""


def run(options: Options) -> BenchResult:
    """Both sizes, list by list in turns."""
    began = time.perf_counter()
    lines, goals = [], []
    implicit = options.find_peer("implicit")
    sets = (load(options), made_up(options.large, options.seed))
    for data, bound in zip(sets, GOALS_MS, strict=True):
        times = _measure(data, options, implicit)
        movies = data.ratings["movie"].nunique()
        lines += [_line(f"{name}, {movies:,} movies", taken, times[OURS]) for name, taken in times.items()]
        goals.append(Goal(f"p99 ms, {movies:,} movies", 1e3 * times[OURS].p99, bound, "most"))
    covered = preset("default").edlae_max_movies
    return BenchResult(
        "foldin", "a viewer with a list rates a movie: their ratings (a mapping; implicit: arrays) to the five best; "
        f"Matinée's list is made of the {covered:,} most rated movies",
        "; ".join(data.name for data in sets), tuple(lines), tuple(goals),
        (implicit,) if isinstance(implicit, Skipped) else (), time.perf_counter() - began,
    )  # fmt: skip


def _measure(data: BenchData, options: Options, implicit: object) -> dict[str, Times]:
    trained = train(data, options)
    recommender = trained.recommender
    ask: dict[str, Ask] = {OURS: lambda viewer: recommender.list_for(viewer.stars_of, 5)}
    if not isinstance(implicit, Skipped):
        peer = ImplicitLists(implicit, trained.ratings_UxM, options.seed)  # type: ignore[arg-type]
        ask["implicit ALS"] = lambda viewer: peer.one(viewer.movies, viewer.stars)
    asking = {name: Asking(_moments(trained, options.seed), one) for name, one in ask.items()}
    times = alternate(
        {name: each.after for name, each in asking.items()}, options.rounds or ROUNDS, WARM_UP,
        before={name: each.before for name, each in asking.items()}, stretch=STRETCH,
    )  # fmt: skip
    return times | {f"{OURS}, the list before": Times(tuple(asking[OURS].seconds[WARM_UP:]))}


class Viewer(NamedTuple):
    """Ratings as both programs take them."""

    movies: Array
    stars: Array
    stars_of: dict[Hashable, float]
    """Movie ids to stars, as the engine reads them from its store."""


class Moment(NamedTuple):
    """A viewer before and after a rating."""

    before: Viewer
    after: Viewer


Ask = Callable[[Viewer], object]


class Asking:
    """One program at one moment after the other."""

    def __init__(self, moments: Iterator[Moment], ask: Ask) -> None:
        self._moments, self._ask, self._now = moments, ask, next(moments)
        self.seconds = list[float]()
        """Of the lists before the rating, of viewers who had none."""

    def before(self) -> None:
        """Somebody else's list."""
        self._now = next(self._moments)
        self.seconds.append(clock(lambda: self._ask(self._now.before)))

    def after(self) -> None:
        """Their list after the rating."""
        self._ask(self._now.after)


def _moments(trained: TrainedEngine, seed: int) -> Iterator[Moment]:
    """Viewers at random, and a movie at random that they rate now."""
    rng = np.random.default_rng(seed)
    n_users, n_movies = trained.ratings_UxM.shape
    ids = trained.recommender.movie_ids
    while True:
        movies, stars = trained.history(int(rng.integers(n_users)))
        new = int(rng.integers(n_movies))
        if new not in movies:
            after = _viewer(np.append(movies, new), np.append(stars, np.float32(5.0)), ids)
            yield Moment(_viewer(movies, stars, ids), after)


def _viewer(movies: Array, stars: Array, ids: Sequence[Hashable]) -> Viewer:
    return Viewer(movies, stars, dict(zip([ids[movie] for movie in movies.tolist()], stars.tolist(), strict=True)))


def _line(name: str, taken: Times, ours: Times) -> ResultLine:
    figures = {"p50 ms": 1e3 * taken.median, "p95 ms": 1e3 * taken.quantile(0.95), "p99 ms": 1e3 * taken.p99}
    return ResultLine(name, {**figures, "times as long": ratio(taken, ours), "lists": len(taken.seconds)})
