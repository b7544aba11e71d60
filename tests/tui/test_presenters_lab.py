"""The lab's lines about drift and what was rolled back."""

from __future__ import annotations

from dataclasses import replace

from engine.types import EngineStatus
from tests.service.made_up import training_record
from tui.presenters import lab

READY = EngineStatus(state="ready", device="cpu", preset="default", drift=0.0021)


def lines(status: EngineStatus, width: int = 80) -> dict[str, str]:
    plain = [line.plain for line in lab.engine_lines(status, None, None, width)]
    return {line[:13].strip(): line[13:].strip() for line in plain}


def test_drift_and_the_training_that_it_asks_for() -> None:
    assert lines(READY)["drift"] == ".002 since the last full training"
    training = replace(READY, state="training", detail="full training because of drift")
    assert (
        lines(training)["engine"] == f"{lines(replace(training, detail=''))['engine']}: full training because of drift"
    )


def test_updates_that_were_rolled_back_are_counted() -> None:
    assert lines(READY)["restarts"] == "0"
    assert lines(replace(READY, rollbacks=1))["restarts"] == "0 · 1 update rolled back"
    assert lines(replace(READY, restarts=2, rollbacks=3))["restarts"] == "2 · 3 updates rolled back"


def test_the_lab_tells_of_the_engine_and_of_runs() -> None:
    ready = replace(READY, n_users=3, n_movies=12, n_ratings=40, drift=0.0012)
    shown = [line.plain.rstrip() for line in lab.engine_lines(ready, 21.4, 3.1, 60)]
    assert shown == [
        "engine       ready",
        "preset       default on cpu",
        "knows        3 viewers · 12 movies",
        "             40 ratings",
        "behind       0 ratings not in the weights yet",
        "drift        .001 since the last full training",
        "safety check –",
        "latency      21 ms to a new list, 3.1 ms in the engine",
        "restarts     0",
    ]
    done = replace(training_record(5, 5), event="done")
    assert [line.plain.rstrip() for line in lab.run_lines([done], 60, 5)] == [
        "run          epochs   val RMSE  NDCG@10  seconds",
        "full              5       .940     .350      5.0",
    ]
    assert lab.run_lines([], 60, 5)[1].plain.startswith("no run has ended yet")
