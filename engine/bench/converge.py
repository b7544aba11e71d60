"""Time to a validation RMSE of .90, against the whole training of Cornac's VAECF."""

from __future__ import annotations

import time

from engine.bench.data import BenchData, Options, load
from engine.bench.peers.cornac import EPOCHS, train_vaecf
from engine.bench.result import BenchResult, Goal, ResultLine, Skipped
from engine.bench.timing import Times, alternate, ratio
from engine.recommender import Recommender
from engine.types import TrainingRecord

TARGET = 0.90
ROUNDS = 1
OURS = "Matinée, default preset"
PEER = "Cornac VAECF, whole training"


def run(options: Options) -> BenchResult:
    """A first training, which compiles and does not count; then trainings in turns."""
    began = time.perf_counter()
    data, reached = load(options), list[TrainingRecord]()
    cornac = options.find_peer("cornac")

    def ours() -> None:
        reached.append(train_until(data, TARGET, options))

    rivals = {OURS: ours}
    if not isinstance(cornac, Skipped):
        rivals[PEER] = lambda: train_vaecf(cornac, data.ratings, options.seed, options.epochs or EPOCHS)
    ours()
    first = reached[0]
    times = alternate(rivals, options.rounds or ROUNDS, warm_up=0)
    last = reached[-1]
    lines = [ResultLine(OURS, {
        "seconds": times[OURS].median, "first seconds": first.elapsed_s, "of them compiling": first.compile_s,
        "epochs": last.epoch, "RMSE": last.val_rmse or float("nan"),
    })]  # fmt: skip
    lines += [ResultLine(name, _peer(taken, options)) for name, taken in times.items() if name == PEER]
    return BenchResult(
        "converge", f"from ratings in memory to a validation RMSE of {TARGET}, reading and validating included; "
        + how_often(options.rounds or ROUNDS),
        data.name, tuple(lines), _goals(times, last), (cornac,) if isinstance(cornac, Skipped) else (),
        time.perf_counter() - began,
    )  # fmt: skip


def how_often(rounds: int) -> str:
    """How often each was trained, for people."""
    return "one training of each after a first of ours" if rounds == 1 else f"medians of {rounds} trainings of each"


def train_until(data: BenchData, target: float, options: Options) -> TrainingRecord:
    """Train the default preset until an epoch's validation RMSE is at the target, or to the end; the last record."""
    recommender = Recommender.prepare(data.ratings, data.movies, seed=options.seed, device=options.device)
    last = None
    for last in recommender.train_steps(options.epochs):
        if last.event == "epoch" and last.val_rmse is not None and last.val_rmse <= target:
            break
    assert last is not None  # a run ends with a record
    return last


def _peer(taken: Times, options: Options) -> dict[str, float | int | str]:
    return {"seconds": taken.median, "epochs": options.epochs or EPOCHS}


def _goals(times: dict[str, Times], last: TrainingRecord) -> tuple[Goal, ...]:
    reached = Goal("validation RMSE reached", last.val_rmse or float("nan"), TARGET, "most")
    if PEER not in times:
        return (reached,)
    return reached, Goal("times faster than Cornac VAECF", ratio(times[PEER], times[OURS]), 3.0, "least")
