"""Files that are written whole or not at all, and what writers that were killed left of theirs.

A writer holds a lock on its temporary file, which the system takes from it when it dies: so whoever finds one without a
lock knows that nobody will finish it, whatever became of the writer's process id and of the clock.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # not POSIX
    _LOCKS = False
else:
    _LOCKS = True
    """Elsewhere a file that is open can be neither renamed nor deleted, which serves as well."""


@contextlib.contextmanager
def replacing(target: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """A file to write, which takes the target's place when it is whole; after an error it never does.

    The target's folder is made where it is missing. Without `durable` a power cut may leave an empty or torn file.
    Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            with contextlib.suppress(OSError):  # a file system without locks: then nothing keeps a sweep from it
                _lock(file)
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
            if _LOCKS:
                temporary.replace(target)  # before the lock goes
        if not _LOCKS:
            temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(target.parent)


def sweep(folder: Path, *patterns: str) -> None:
    """Delete the temporary files of these names that no live process is writing."""
    for pattern in patterns:
        for path in folder.glob(pattern):
            with contextlib.suppress(OSError):  # being written, gone already, or not ours to delete
                _delete_unless_locked(path)


def _delete_unless_locked(path: Path) -> None:
    with path.open("rb") as file:
        _lock(file)
        if _LOCKS:
            path.unlink()
    if not _LOCKS:
        path.unlink()


def _lock(file: IO[bytes]) -> None:
    """Hold the file until it is closed. OSError where another process does."""
    if _LOCKS:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where folders can be synced."""
    if not _LOCKS:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
