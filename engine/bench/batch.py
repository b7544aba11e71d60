"""The five best movies for every viewer."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from engine.bench.data import Options, load
from engine.bench.peers import find
from engine.bench.peers.implicit import ImplicitLists
from engine.bench.result import Goal, Line, Result, Skipped
from engine.bench.timing import alternate
from engine.bench.trained import Trained, train
from engine.metrics import top_k
from engine.read import Array

ROUNDS = 5
OURS = "Matinée"


def run(options: Options) -> Result:
    """All viewers at once, in turns with implicit."""
    began = time.perf_counter()
    data = load(options)
    trained = train(data, options)
    histories = data.ratings
    programs: dict[str, Callable[[], object]] = {OURS: lambda: five_best(trained, histories)}
    implicit = find("implicit")
    if not isinstance(implicit, Skipped):
        programs["implicit ALS"] = ImplicitLists(implicit, trained.ratings_UxM, options.seed).everyone
    times = alternate(programs, options.rounds or ROUNDS)
    n_users = trained.ratings_UxM.shape[0]
    lines = [
        Line(name, {"viewers/s": n_users / taken.median, "seconds": taken.median, "p99 seconds": taken.p99})
        for name, taken in times.items()
    ]
    return Result(
        "batch", "from a frame of all ratings to five columns a viewer, nothing already rated; in turns, medians",
        data.name, tuple(lines), (Goal("viewers a second", n_users / times[OURS].median, 20_000, "least"),),
        (implicit,) if isinstance(implicit, Skipped) else (), time.perf_counter() - began,
    )  # fmt: skip


def five_best(trained: Trained, histories: pd.DataFrame) -> Array:
    """Columns of each viewer's five best."""
    recommender = trained.recommender
    scores = recommender.score(histories)
    score_UxM = scores.to_numpy(copy=True)
    user_N = scores.index.get_indexer(pd.Index(histories["user"]))
    score_UxM[user_N, recommender.movies.indices(histories["movie"].tolist())] = -np.inf
    return np.concatenate([top_k(block, 5) for block in np.array_split(score_UxM, -(-len(score_UxM) // 512))])
