"""The stream of metrics: one place that counts steps, seconds and ratings of a run and writes its records."""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from engine.inference.model_state import ModelState
from engine.training import device
from engine.types import RecordEvent, RunKind, TrainingRecord

T = TypeVar("T")


class Progress(NamedTuple):
    """What a run yields between two pieces of work."""

    record: TrainingRecord
    state: ModelState
    """The best so far: it may answer viewers, and if the run ends here, it is what the next run goes on from."""


RunPart = Generator[Progress, None, T]
"""A part of a run that comes to a value."""


@dataclass(slots=True)
class Recorder:
    """Counts one run. Rates are over the last dispatch."""

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
        """Note that a dispatch ended."""
        self.step += steps
        self.loss = loss
        self._ratings_per_s = ratings / max(seconds, 1e-9)
        self._ms_per_step = 1e3 * seconds / max(steps, 1)

    def at(self, event: RecordEvent, state: ModelState) -> Progress:
        """The progress now; validation figures only on `epoch` and `done`."""
        validated = event in ("epoch", "done")
        record = TrainingRecord(
            event=event,
            run=self.run,
            preset=state.config.name,
            device=device.label(state.device),
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
            memory_mb=device.memory_mb(state.device),
            elapsed_s=time.perf_counter() - self.started,
            rollbacks=state.continuation.rollbacks,
            drift=_number(state.continuation.drift) if validated else None,
        )
        return Progress(record, state)

    def during(self, work: Generator[None, None, T], state: ModelState) -> RunPart[T]:
        """Drive work that pauses; progress at each pause keeps the time between two records short."""
        while True:
            try:
                next(work)
            except StopIteration as ended:
                result: T = ended.value
                return result
            yield self.at("step", state)

    def until(self, future: Future[T], state: ModelState) -> RunPart[T]:
        """Wait for what another thread computes."""
        while not future.done():
            time.sleep(0.005)
            yield self.at("step", state)
        return future.result()


def _number(value: float | None) -> float | None:
    return None if value is None or value != value else value
