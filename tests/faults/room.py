"""A folder whose room for files can be taken away and given back, as a full disk does."""

from __future__ import annotations

import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SIZE_MB = 8
_BLOCK = 4096


class Disk:
    """A small file system of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, left: int) -> None:
        """Leave so many bytes, in blocks."""
        self.free()
        with self._filler.open("wb", buffering=0) as file, suppress(OSError):  # full is what is wanted
            while True:
                file.write(b"\0" * _BLOCK)
        size = self._filler.stat().st_size
        with self._filler.open("r+b") as file:
            file.truncate(max(0, size - left // _BLOCK * _BLOCK))

    def free(self) -> None:
        """Give all room back."""
        self._filler.unlink(missing_ok=True)


class Limit:
    """Where nothing can be mounted: a limit on how large any file of this process may grow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, left: int) -> None:
        """Let the largest file grow by so many bytes."""
        largest = max((path.stat().st_size for path in self.folder.rglob("*") if path.is_file()), default=0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + left, self._before[1]))

    def free(self) -> None:
        """Lift the limit."""
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


@contextmanager
def small() -> Iterator[Disk | Limit]:
    """A small disk where mounting is allowed, otherwise a limit."""
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        if not _mounted(name):
            limit = Limit(Path(name))
            try:
                yield limit
            finally:
                limit.free()
            return
        try:
            yield Disk(Path(name))
        finally:
            subprocess.run(["umount", name], check=True)


def _mounted(name: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE_MB}m", "matinee", name]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
