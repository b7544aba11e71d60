"""One viewer's rating to the new five best, in the engine, against implicit's `recommend(recalculate_user=True)`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

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
        "foldin", "a viewer's ratings and one more, as a mapping of ids, to the five best; a viewer a run, in turns",
        "; ".join(data.name for data in sets), tuple(lines), tuple(goals),
        (implicit,) if isinstance(implicit, Skipped) else (), time.perf_counter() - began,
    )  # fmt: skip


def _measure(data: BenchData, options: Options, implicit: object) -> dict[str, Times]:
    trained = train(data, options)
    ask: dict[str, Callable[[Array, Array], object]] = {OURS: _ours(trained)}
    if not isinstance(implicit, Skipped):
        ask["implicit ALS"] = ImplicitLists(implicit, trained.ratings_UxM, options.seed).one  # type: ignore[arg-type]
    runs = {name: _each(trained, options.seed, one) for name, one in ask.items()}
    return alternate(runs, options.rounds or ROUNDS, warm_up=WARM_UP)


def _ours(trained: Trained) -> Callable[[Array, Array], object]:
    ids = np.array(trained.recommender.movie_ids)

    def one(movies: Array, stars: Array) -> object:
        return trained.recommender.list_for(dict(zip(ids[movies].tolist(), stars.tolist(), strict=True)), 5)

    return one


def _each(trained: Trained, seed: int, one: Callable[[Array, Array], object]) -> Callable[[], object]:
    """Ask for one viewer after the other, the same ones for each program."""
    histories = _histories(trained, seed)

    def run() -> object:
        return one(*next(histories))

    return run


def _histories(trained: Trained, seed: int) -> Iterator[tuple[Array, Array]]:
    """Viewers at random, each with one rating more."""
    rng = np.random.default_rng(seed)
    n_users, n_movies = trained.ratings_UxM.shape
    while True:
        movies, stars = trained.history(int(rng.integers(n_users)))
        new = int(rng.integers(n_movies))
        if new not in movies:
            yield np.append(movies, new), np.append(stars, np.float32(5.0))


def _line(name: str, taken: Times) -> Line:
    figures = {"p50 ms": 1e3 * taken.median, "p95 ms": 1e3 * taken.quantile(0.95), "p99 ms": 1e3 * taken.p99}
    return Line(name, {**figures, "lists": len(taken.seconds)})
