"""Records a session as it happens: a line a step, on the disk before anything else is done."""

from __future__ import annotations

import os
import threading
from typing import IO, TYPE_CHECKING

from engine.errors import UsageError
from engine.replay.paced import paced_service
from engine.replay.script import title_of, to_line
from engine.replay.steps import About, Step

if TYPE_CHECKING:
    from pathlib import Path

    from engine.replay.observed import ObservedService
    from engine.service.settings import Settings


class ScriptFile:
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

    def append(self, step: Step) -> None:
        """Append a step; on return it is on the disk. One write call a step: a kill leaves all of it or nothing."""
        line = to_line(step).encode()
        with self._lock:
            self._file.write(line)
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def recorded_service(settings: Settings, path: Path) -> ObservedService:
    """The service of a session that is recorded; the first line of the script tells of the model and the data.

    What the model has not learned when the service is closed, it learns at the end of a replay.
    """
    file = ScriptFile(path)

    def begin(service: ObservedService) -> None:
        title = title_of(path) or "a session"
        file.append(About(title, preset=settings.preset, seed=settings.seed, data=service.data_name()))
        service.pace.begin()

    service = paced_service(settings, opened=begin, closed=file.close)
    service.log.observe(file.append)
    return service
