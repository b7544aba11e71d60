"""A viewer's list re-ranked by each method: what is added to a list that is scored already."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import NamedTuple, get_args

import numpy as np

from engine.bench.data import BenchData, Options, load
from engine.bench.result import BenchResult, Goal, ResultLine
from engine.bench.timing import Times, alternate
from engine.bench.trained import TrainedEngine, train
from engine.data.arrays import Array
from engine.data.features import ItemFeatures
from engine.inference.recommend import candidates
from engine.inference.rerank import CANDIDATES, rerank, taste
from engine.types import DEFAULT_STRENGTH, DiversityMethod

ROUNDS = 1000
WARM_UP = 20
VIEWERS = 100
GENRES = 18
"""As many as MovieLens has."""
GOAL_MS = 2.0
N = 5
METHODS: tuple[DiversityMethod, ...] = get_args(DiversityMethod)


class Ranked(NamedTuple):
    """A viewer's candidates."""

    score_C: Array
    genre_CxG: Array
    taste_G: Array


def run(options: Options) -> BenchResult:
    """The methods in turns, a viewer a run."""
    began = time.perf_counter()
    data = load(options)
    viewers = _viewers(data, options)
    times = alternate({m: _each(viewers, m) for m in METHODS}, options.rounds or ROUNDS, warm_up=WARM_UP)
    return BenchResult(
        "diversity", f"{N} of {CANDIDATES} candidates at strength {DEFAULT_STRENGTH:g}; a viewer a run, in turns",
        data.name, tuple(_line(method, taken) for method, taken in times.items()),
        tuple(Goal(f"p99 ms, {method}", 1e3 * taken.p99, GOAL_MS, "most") for method, taken in times.items()),
        seconds=time.perf_counter() - began,
    )  # fmt: skip


def _viewers(data: BenchData, options: Options) -> list[Ranked]:
    """Viewers drawn at random; where the data brings no genres, each movie has one to three that are made up."""
    trained = train(data, options)
    rng = np.random.default_rng(options.seed)
    features: ItemFeatures = trained.recommender.features
    flag_MxG = features.flags(len(trained.recommender.movies)) if features.names else _made_up(trained, rng)
    return [_ranked(trained, int(user), flag_MxG) for user in rng.integers(trained.ratings_UxM.shape[0], size=VIEWERS)]


def _made_up(trained: TrainedEngine, rng: np.random.Generator) -> Array:
    flag_MxG = np.zeros((len(trained.recommender.movies), GENRES))
    for flag_G in flag_MxG:
        flag_G[rng.choice(GENRES, rng.integers(1, 4), replace=False)] = 1
    return flag_MxG


def _ranked(trained: TrainedEngine, user: int, flag_MxG: Array) -> Ranked:
    movies, stars = trained.history(user)
    score_M = trained.recommender.state.user(movies, np.rint(2 * stars).astype(np.uint8)).score_M
    near = candidates(score_M, movies, CANDIDATES)
    return Ranked(score_M[near], flag_MxG[near], taste(flag_MxG[movies], stars))


def _each(viewers: list[Ranked], method: DiversityMethod) -> Callable[[], object]:
    turns: Iterator[Ranked] = cycle(viewers)

    def one() -> object:
        return rerank(*next(turns), N, DEFAULT_STRENGTH, method)

    return one


def _line(method: str, taken: Times) -> ResultLine:
    figures = {"p50 ms": 1e3 * taken.median, "p95 ms": 1e3 * taken.quantile(0.95), "p99 ms": 1e3 * taken.p99}
    return ResultLine(method, {**figures, "lists": len(taken.seconds)})
