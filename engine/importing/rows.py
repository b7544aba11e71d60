"""Rows of one size, more of them than memory should hold: they lie in memory while they are few, then in a file.

The file is a temporary one without a name where the system allows it, so a program that is killed leaves nothing.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import psutil
from numpy.typing import NDArray

from engine.errors import ImportFailed
from engine.paths import cache_dir
from engine.text import brief, placed

Table = NDArray[np.void]
"""Rows as a structured array."""
CHUNK = 500_000
"""Rows that are looked at together."""
IN_MEMORY = 64 << 20
"""Bytes of a table that stay in memory: MovieLens 1M needs no file."""


class Rows:
    """A table that grows at its end. Raises ImportFailed where the disk refuses."""

    def __init__(self, kind: np.dtype[np.void]) -> None:
        self.kind = kind
        self._length = 0
        self._folder = spill_folder()
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(self._folder))  # noqa: SIM115 - see close

    def __len__(self) -> int:
        return self._length

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def append(self, rows: Table) -> None:
        """Add rows at the end."""
        self.write(self._length, rows)

    def write(self, start: int, rows: Table) -> None:
        """Put rows at a place; those between the end and it are zeros."""
        with self._refusals():
            self._file.seek(start * self.kind.itemsize)
            self._file.write(rows.tobytes())
        self._length = max(self._length, start + len(rows))

    def read(self, start: int, stop: int) -> Table:
        """The rows from `start` to `stop`."""
        with self._refusals():
            self._file.seek(start * self.kind.itemsize)
            return np.frombuffer(self._file.read(max(stop - start, 0) * self.kind.itemsize), self.kind)

    def chunks(self, size: int = CHUNK) -> Iterator[Table]:
        """All rows in order, `size` of them at a time; the table may be read elsewhere in between."""
        for start in range(0, self._length, size):
            yield self.read(start, min(start + size, self._length))

    def close(self) -> None:
        """Give memory and disk back."""
        self._file.close()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ImportFailed(
                f"{placed(self._folder)} can't hold the ratings while they are sorted "
                f"({brief(error.strerror or error)}): make room there, or name another cache folder in XDG_CACHE_HOME"
            ) from error


def spill_folder() -> Path:
    """Where large tables lie: the cache folder, since the system's temporary one is memory on many machines."""
    folder = cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())


def free_room() -> int:
    """Bytes that the disk of large tables can take."""
    try:
        return int(psutil.disk_usage(str(spill_folder())).free)
    except OSError:
        return 0
