"""Records a session as it happens: a line a step, on the disk before anything else is done."""

from __future__ import annotations

import os
import threading
from typing import IO, TYPE_CHECKING

from engine.errors import UsageError
from engine.replay.steps import Session, Step
from engine.replay.told import ToldService
from engine.replay.transcript import data_of
from engine.replay.writer import to_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.service.settings import Settings


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


class RecordedService(ToldService):
    """The service of a session that is recorded."""

    def __init__(self, settings: Settings, path: Path) -> None:
        super().__init__(settings)
        self._recorder = Recorder(path)
        self._path = path
        self.observe(self._recorder.write)

    def open(self, on_progress: Callable[[int, int, str], None] | None = None) -> None:
        """As the service does; the first line of the script tells of what is here."""
        super().open(on_progress)
        wanted = self.settings
        title = self._path.stem.replace("-", " ").replace("_", " ") or "a session"
        self._recorder.write(Session(title, preset=wanted.preset, seed=wanted.seed, data=data_of(self)))
        self.teach()

    def close(self) -> None:
        """As the service does; what the model has not learned by then is learned at the end of the replay."""
        super().close()
        self._recorder.close()
