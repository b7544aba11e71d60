"""The thread that drives one training run, so that neither a compilation nor a long product keeps a viewer waiting."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from engine.service.child import lower_priority

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from engine.types import TrainingRecord


class Trainer:
    """One run in a thread of its own. The worker's loop is woken after each record and at the end."""

    def __init__(self, records: Generator[TrainingRecord, None, None], wake: Callable[[], None]) -> None:
        self._records = records
        self._wake = wake
        self._done: queue.SimpleQueue[TrainingRecord] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._ended = threading.Event()
        self.error: Exception | None = None
        """Why the run ended early; read it once `running` is False."""
        self._thread = threading.Thread(target=self._drive, name="trainer", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the run goes on."""
        return not self._ended.is_set()

    def records(self) -> list[TrainingRecord]:
        """The records since the last call."""
        return [self._done.get() for _ in range(self._done.qsize())]

    def stop(self) -> None:
        """End the run after its present chunk."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the end of the run."""
        self._thread.join()

    def _drive(self) -> None:
        lower_priority()
        try:
            for record in self._records:
                self._done.put(record)
                self._wake()
                if self._stop.is_set():
                    break
        except Exception as error:  # noqa: BLE001 - a thread's border: `Runs.poll` raises it again
            self.error = error
        finally:
            self._records.close()
            self._ended.set()
            self._wake()
