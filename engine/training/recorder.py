"""The stream of metrics: one place that counts steps, seconds and ratings of a run and writes its records."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeVar

from engine import device
from engine.inference.model_state import Learned
from engine.types import RecordEvent, RunKind, TrainingRecord

T = TypeVar("T")


@dataclass(slots=True)
class Recorder:
    """Counts one run. Rates are over the last chunk of steps."""

    learned: Learned
    run: RunKind
    epochs: int
    steps: int
    epoch: int = 0
    step: int = 0
    loss: float | None = None
    val_rmse: float | None = None
    val_ndcg10: float | None = None
    started: float = field(default_factory=time.perf_counter)
    compiled_before: float = field(default_factory=device.compile_seconds)
    _ratings_per_s: float = 0.0
    _ms_per_step: float = 0.0

    def count(self, steps: int, ratings: int, seconds: float, loss: float) -> None:
        """A chunk of steps ended."""
        self.step += steps
        self.loss = loss
        self._ratings_per_s = ratings / max(seconds, 1e-9)
        self._ms_per_step = 1e3 * seconds / max(steps, 1)

    def record(self, event: RecordEvent) -> TrainingRecord:
        """The record of this moment; validation figures only on `epoch` and `done`."""
        validated = event in ("epoch", "done")
        return TrainingRecord(
            event=event,
            run=self.run,
            preset=self.learned.config.name,
            device=device.label(self.learned.device),
            epoch=self.epoch,
            epochs=self.epochs,
            step=self.step,
            steps=self.steps,
            loss=self.loss,
            val_rmse=_number(self.val_rmse) if validated else None,
            val_ndcg10=_number(self.val_ndcg10) if validated else None,
            ratings_per_s=self._ratings_per_s,
            ms_per_step=self._ms_per_step,
            compile_s=device.compile_seconds() - self.compiled_before,
            memory_mb=device.memory_mb(self.learned.device),
            elapsed_s=time.perf_counter() - self.started,
            rollbacks=self.learned.rollbacks,
            drift=_number(self.learned.drift) if validated else None,
        )


def _number(value: float | None) -> float | None:
    return None if value is None or value != value else value


def quietly(work: Generator[None, None, T], recorder: Recorder) -> Generator[TrainingRecord, None, T]:
    """Drive a validation; a record after each block keeps the time between two records short."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            result: T = ended.value
            return result
        yield recorder.record("step")
