"""The five best movies for every viewer."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.bench.data import Options, load
from engine.bench.peers.implicit import ImplicitLists
from engine.bench.result import BenchResult, Goal, ResultLine, Skipped
from engine.bench.timing import alternate, ratio
from engine.bench.trained import train

ROUNDS = 5
OURS, FROM_A_FRAME = "Matinée, from the ratings that it holds", "Matinée, from a frame of all ratings"


def run(options: Options) -> BenchResult:
    """All viewers at once, in turns with implicit."""
    began = time.perf_counter()
    data = load(options)
    trained = train(data, options)
    recommender, histories = trained.recommender, data.ratings
    programs: dict[str, Callable[[], object]] = {
        OURS: lambda: recommender.recommend_many(n=5),
        FROM_A_FRAME: lambda: recommender.recommend_many(histories, n=5),
    }
    implicit = options.find_peer("implicit")
    if not isinstance(implicit, Skipped):
        programs["implicit ALS, from its sparse matrix"] = ImplicitLists(
            implicit, trained.ratings_UxM, options.seed
        ).everyone
    times = alternate(programs, options.rounds or ROUNDS)
    n_users = trained.ratings_UxM.shape[0]
    lines = [
        ResultLine(
            name,
            {
                "viewers/s": n_users / taken.median,
                "seconds": taken.median,
                "p99 seconds": taken.p99,
                "times as long": ratio(taken, times[OURS]),
            },
        )
        for name, taken in times.items()
    ]
    return BenchResult(
        "batch", "from all ratings to a frame of five movies a viewer, nothing already rated; in turns, medians",
        data.name, tuple(lines), (Goal("viewers a second", n_users / times[OURS].median, 20_000, "least"),),
        (implicit,) if isinstance(implicit, Skipped) else (), time.perf_counter() - began,
    )  # fmt: skip
