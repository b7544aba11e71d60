"""The lab's lines about drift and what was rolled back."""

from __future__ import annotations

from dataclasses import replace

from engine.types import EngineStatus
from tui.presenters import lab

READY = EngineStatus(state="ready", device="cpu", preset="default", drift=0.0021)


def lines(status: EngineStatus, width: int = 80) -> dict[str, str]:
    plain = [line.plain for line in lab.engine_lines(status, None, None, width)]
    return {line[:9].strip(): line[9:].strip() for line in plain}


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
