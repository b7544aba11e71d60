"""One rating into the weights: the incremental run that follows a rating in the app."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from engine.bench.data import Options, load
from engine.bench.result import BenchResult, Goal, ResultLine
from engine.bench.timing import repeat
from engine.bench.trained import train

ROUNDS = 200
WARM_UP = 5


def run(options: Options) -> BenchResult:
    """Ratings of random viewers, each learned alone."""
    began = time.perf_counter()
    data = load(options)
    recommender = train(data, options).recommender
    rng = np.random.default_rng(options.seed)

    def learn() -> None:
        user = recommender.users.list[rng.integers(len(recommender.users))]
        movie = recommender.movies.list[rng.integers(len(recommender.movies))]
        recommender.learn(pd.DataFrame({"user": [user], "movie": [movie], "stars": [float(rng.integers(1, 11)) / 2]}))

    taken = repeat(learn, options.rounds or ROUNDS, WARM_UP)
    figures = {"p50 ms": 1e3 * taken.median, "p95 ms": 1e3 * taken.quantile(0.95), "p99 ms": 1e3 * taken.p99}
    goals = (
        Goal("p50 ms", figures["p50 ms"], 50.0, "most"),
        Goal("p99 ms", figures["p99 ms"], 150.0, "most"),
    )
    return BenchResult(
        "update", "one rating a run: matrix, biases, EDLAE, steps of the network, the acceptance check before the swap",
        data.name, (ResultLine("Matinée, default preset", {**figures, "updates": len(taken.seconds)}),), goals,
        seconds=time.perf_counter() - began,
    )  # fmt: skip
