"""Whether an open database is still the one at its path.

SQLite goes on writing into a file that was deleted, moved away or replaced: what it confirms then is lost with the last
program that has the file open. So a file is known by its device and inode, before and after each transaction.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StoreFailed, StoreReadOnly
from engine.text import placed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.store.url import DatabaseUrl

Identity = tuple[int, int] | None
"""Device and inode; None where nothing lies at a path."""


class FileGone(StoreFailed):
    """Another file, or none, lies where the open one should be. `replaced`: it is the database, not its log alone."""

    def __init__(self, url: DatabaseUrl, *, replaced: bool) -> None:
        what = "" if replaced else "the log of "
        super().__init__(
            f"{what}{url} was deleted, moved or replaced while it was open, and the last change is not in it. "
            "End the programs that use it, put the right file back, and start again."
        )
        self.replaced = replaced


def refuse_unwritable(url: DatabaseUrl) -> None:
    """Raise StoreReadOnly where the file, or the folder that it would be made in, may not be written."""
    there = next(place for place in (url.path, *url.path.parents) if place.exists())
    if not os.access(there, os.W_OK) or (there != url.path and not there.is_dir()):
        raise StoreReadOnly(
            f"{url} can't be written: {placed(there)} is no folder, or read-only. Name another place with --db."
        )


class OpenFile:
    """The file of an open connection, and the write-ahead log and its index beside it."""

    def __init__(self, url: DatabaseUrl) -> None:
        self._url = url
        self._database = _identity(url.path)
        self._seen: dict[Path, Identity] = dict.fromkeys(_log(url))

    def check(self) -> None:
        """Raise FileGone unless all is where it was. The log counts from when it is first seen: it comes late."""
        if _identity(self._url.path) != self._database:
            raise FileGone(self._url, replaced=True)
        for path, seen in self._seen.items():
            now = _identity(path)
            if seen is not None and now != seen:
                raise FileGone(self._url, replaced=False)
            self._seen[path] = now

    def remove_log(self) -> None:
        """Remove the log of a database that is gone: SQLite would take it for that of the file in its place."""
        if all(seen is not None and _identity(path) == seen for path, seen in self._seen.items()):
            _remove(self._seen)


def clear_place(url: DatabaseUrl) -> None:
    """Remove the log of a database that was deleted, before another is made in its place.

    Whoever still has the deleted one open goes on using it, and would take the new one's changes for its own. A
    database that has a log is never empty, not even while it is made.
    """
    left = {path: _identity(path) for path in _log(url)}
    if any(left.values()) and _is_empty(url.path):
        _remove(path for path, identity in left.items() if _identity(path) == identity)


def _log(url: DatabaseUrl) -> list[Path]:
    """The write-ahead log and its index. They lie beside the place where a link leads that SQLite has followed."""
    place = Path(os.path.realpath(url.path))
    return [place.with_name(place.name + ending) for ending in ("-wal", "-shm")]


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):  # it is gone, or the folder is read-only, which SQLite will say
            path.unlink()


def _is_empty(path: Path) -> bool:
    try:
        return os.stat(path).st_size == 0
    except OSError as error:
        return isinstance(error, FileNotFoundError)


def _identity(path: Path) -> Identity:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
