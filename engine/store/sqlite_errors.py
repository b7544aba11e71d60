"""SQLite's errors as Matinée's: what happened, where, and what to do."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from engine.errors import NotAStore, StoreBusy, StoreError, StoreFailed, StoreReadOnly, StoreUnreachable
from engine.store.connection import Conflict

if TYPE_CHECKING:
    from engine.store.url import DatabaseUrl

_MEANING: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_CANTOPEN: (
        StoreUnreachable,
        "can't open {url}. Check that the path is a file in a folder that you may write to, or name another with --db.",
    ),
    sqlite3.SQLITE_BUSY: (
        StoreBusy,
        "another program has been writing to {url} for over {timeout:g} s (an import?). Try again when it is done.",
    ),
    sqlite3.SQLITE_LOCKED: (StoreBusy, "{url} is locked by another program. Try again when it is done."),
    sqlite3.SQLITE_READONLY: (
        StoreReadOnly,
        "{url} can't be written: the file or its folder is read-only. Allow writing (chmod u+w), or copy it elsewhere.",
    ),
    sqlite3.SQLITE_PERM: (StoreReadOnly, "no permission for {url}. Allow reading and writing, or name another file."),
    sqlite3.SQLITE_FULL: (
        StoreFailed,
        "the disk of {url} is full. Nothing of the last change was kept. Free some space and try again.",
    ),
    sqlite3.SQLITE_IOERR: (
        StoreFailed,
        "the disk of {url} reports an error ({detail}). The last change was not kept. Check the disk, save the file.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        StoreFailed,
        "{url} is damaged ({detail}). Restore a copy, or save what can be read with `sqlite3 FILE .recover`.",
    ),
}


def not_a_database(url: DatabaseUrl) -> NotAStore:
    """For a file that is something else."""
    return NotAStore(f"{url} is a file, but no database. Name another with --db sqlite:///file, or move it away.")


def translated(error: sqlite3.Error, url: DatabaseUrl) -> StoreError:
    """The typed error that stands for a driver's error."""
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(f"{url}: {error}")
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return not_a_database(url)
    kind, template = _MEANING.get(code, (StoreFailed, "{url}: the database reports: {detail}."))
    return kind(template.format(url=url, timeout=url.timeout, detail=error))
