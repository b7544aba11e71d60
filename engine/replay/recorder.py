"""Records a session as it happens: a line a step, on the disk before anything else is done.

So that the replay gives the same lists, the engine of a recorded session learns when it is told, between two deeds and
never beside one; each time a `wait` is recorded. What is rated in that moment waits for its end, some 100 ms.
"""

from __future__ import annotations

import os
import threading
import time
from typing import IO, TYPE_CHECKING

from engine.errors import UsageError
from engine.replay.observed import ObservedService
from engine.replay.steps import Session, Step, Train, Wait
from engine.replay.transcript import data_of
from engine.replay.writer import to_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.service.settings import Settings
    from engine.types import RunKind

_QUIET_S = 0.3
"""Time without a deed after which the model learns."""
_LONG_S = 600.0


class Recorder:
    """A script that grows. The file holds whole steps only, also after the process was killed."""

    def __init__(self, path: Path) -> None:
        """Make the file. UsageError when it can't be made, or holds something."""
        self._lock = threading.Lock()
        try:
            self._file: IO[bytes] = path.open("ab", buffering=0)
        except OSError as error:
            raise UsageError(f"the session can't be recorded in {path}: {error.strerror}") from error
        if self._file.tell():
            self._file.close()
            raise UsageError(f"{path} holds something already; record into a new file")

    def write(self, step: Step) -> None:
        """Append a step; on return it is on the disk. One write call a step: a kill leaves all of it or nothing."""
        line = to_line(step).encode()
        with self._lock:
            self._file.write(line)
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class RecordedService(ObservedService):
    """The service of a session that is recorded."""

    def __init__(self, settings: Settings, path: Path) -> None:
        super().__init__(settings, by_itself=False)
        self._recorder = Recorder(path)
        self._path = path
        self._stopping = threading.Event()
        self._deed_at = time.monotonic()
        self._learner = threading.Thread(target=self._learn_between_deeds, name="recorded-learning", daemon=True)
        self.observe(self._recorder.write)

    def open(self, on_progress: Callable[[int, int, str], None] | None = None) -> None:
        """As the service does; the first line of the script tells of what is here."""
        super().open(on_progress)
        wanted = self.settings
        title = self._path.stem.replace("-", " ").replace("_", " ") or "a session"
        self._recorder.write(Session(title, preset=wanted.preset, seed=wanted.seed, data=data_of(self)))
        self._learner.start()

    def close(self) -> None:
        """As the service does; what the model has not learned by then is learned at the end of the replay."""
        self._stopping.set()
        super().close()
        if self._learner.is_alive():
            self._learner.join()
        self._recorder.close()

    def tell(self, step: Step) -> None:
        """As an observed service does."""
        self._deed_at = time.monotonic()
        super().tell(step)

    def trains(self, run: RunKind, epochs: int | None) -> None:
        """A run that a viewer started: nothing may be rated until it has read its ratings."""
        threading.Thread(target=self._train_on_its_own, args=(run, epochs), daemon=True).start()

    def _train_on_its_own(self, run: RunKind, epochs: int | None) -> None:
        with self.deed:
            self.engine.train_untold(run, epochs)
            self.engine.wait_taken_up(_LONG_S)
            self.tell(Train(run, epochs, wait=False))

    def _learn_between_deeds(self) -> None:
        """The first model, and then the news, whenever the viewer rests for a moment."""
        engine, known = self.engine, None
        while not self._stopping.wait(_QUIET_S / 3):
            if engine.pid != known and engine.wait_taken_up(_LONG_S):
                known = engine.pid
                if engine.status.state == "loading":
                    engine.train_untold("full")
            elif engine.status.state == "ready" and engine.status.ratings_behind:
                self._learn()

    def _learn(self) -> None:
        if time.monotonic() - self._deed_at < _QUIET_S:
            return
        with self.deed:
            self.engine.train_untold("incremental")
            if self.engine.wait_still(_LONG_S) and not self._stopping.is_set():
                self.tell(Wait())
