"""A run that fails on the way: what it had taken in is gone with it."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.errors import MatineeError
from engine.recommender import Recommender
from engine.store import EventColumns
from engine.worker.runs import Runs


def follow(runs: Runs) -> None:
    while runs.active:
        runs.poll()
        time.sleep(0.01)


def test_a_failed_run_on_an_unknown_movie_leaves_a_model_that_can_be_saved(
    copy: Recommender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MatineeError("out of luck")

    monkeypatch.setattr("engine.recommender.incremental_run", fail)
    news = EventColumns(*(np.array([value]) for value in (2, 1, 4_000, 8, 0)))
    log: Any = SimpleNamespace(seq=2, after=lambda seq: news)
    nothing: Any = None
    runs = Runs(log, list, nothing, nothing, lambda: None)
    runs.model, runs.trained_seq = copy, 1
    runs.start("incremental")
    with pytest.raises(MatineeError):
        follow(runs)
    copy.save(tmp_path / "model.ckpt")
    assert Recommender.load(tmp_path / "model.ckpt").movie_ids == copy.movie_ids
