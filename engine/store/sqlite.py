"""The embedded store: `sqlite3`, write-ahead log, every commit synced to disk."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from engine.errors import (
    MatineeError,
    NotAStore,
    StoreAbsent,
    StoreBusy,
    StoreError,
    StoreFailed,
    StoreReadOnly,
    StoreUnreachable,
)
from engine.store.connection import WAITS, Conflict, Waits
from engine.store.sqlite_file import FileGone, OpenFile, clear_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from engine.store.connection import Row
    from engine.store.url import DatabaseUrl

T = TypeVar("T")
_SMALLEST = 512
"""Bytes of the smallest page, and so of the smallest database that is not empty."""
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


class SqliteSession:
    """Statements on the open connection."""

    outcome_unknown = False  # a COMMIT that fails here has not happened

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        return self._database.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        self._database.execute(sql, values)

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        self._database.executemany(sql, rows)


class SqliteConnection:
    """One connection to a file."""

    def __init__(self, url: DatabaseUrl, *, create: bool, waits: Waits = WAITS) -> None:
        self.url = url
        self._waits = waits
        self._closed = False
        if not create and not url.path.exists():
            raise StoreAbsent(f"there is no database at {url}. Check the path, or start `matinee` once to make it.")
        _make_folder(url)
        _check_size(url)
        with self._errors():
            if create:
                clear_place(url)
            mode = "rwc" if create else "rw"
            # The store's lock lets one thread in at a time; isolation_level None leaves BEGIN and COMMIT to us.
            self._database = sqlite3.connect(
                f"{url.path.as_uri()}?mode={mode}",
                uri=True,
                timeout=url.timeout,
                isolation_level=None,
                check_same_thread=False,
            )
        self._session = SqliteSession(self._database)
        try:
            with self._errors():
                self._database.execute("PRAGMA foreign_keys = ON")
                self._database.execute("PRAGMA synchronous = FULL")
                self._database.execute("SELECT count(*) FROM sqlite_master")  # the first read of the file
        except MatineeError:
            self.close()
            raise
        self._file = OpenFile(url)

    def read(self, work: Callable[[SqliteSession], T]) -> T:
        with self._errors():
            return work(self._session)

    def write(self, work: Callable[[SqliteSession], T]) -> T:
        """Run `work` in a transaction that holds the write lock from its start; joins one that is open."""
        with self._errors():
            if self._database.in_transaction:
                return work(self._session)
            with self._transaction():
                return work(self._session)

    @contextmanager
    def bootstrap(self) -> Iterator[None]:
        """One transaction for tables and first rows, with patience for another program that makes them."""
        self._log_ahead()
        with self._errors():
            self._wait(self._waits.bootstrap)
            try:
                with self._transaction():
                    yield
            finally:
                self._wait(self.url.timeout)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """One transaction around a whole import: it is there or it is not. Joins one that is open."""
        with self._errors():
            if self._database.in_transaction:
                yield
            else:
                with self._transaction():
                    yield

    @contextmanager
    def patient(self) -> Iterator[None]:
        yield  # a file answers or fails

    def tables(self) -> list[str]:
        names = (
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        )
        return [name for (name,) in self.read(lambda session: session.rows(names))]

    def prepare(self) -> None:
        """Nothing: text compares byte by byte here."""

    def _log_ahead(self) -> None:
        """Turn on the write-ahead log: readers and the writer do not stop each other. It lasts, in the file."""
        deadline = time.monotonic() + self.url.timeout
        while True:  # two programs that turn it on together: SQLite says busy without waiting
            try:
                with self._errors():
                    self._database.execute("PRAGMA journal_mode = WAL")
            except StoreBusy:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def refresh_statistics(self) -> None:
        """Nothing: without statistics SQLite takes the longest key, which is the right one here."""

    def cautions(self) -> list[str]:
        """None: every commit is synced."""
        return []

    def close(self) -> None:
        self._closed = True
        self._database.close()

    def _wait(self, seconds: float) -> None:
        self._database.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """A change of the file at the path: when it ends without an error, it is in that file and on the disk."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            self._file.check()
            yield
            self._database.execute("COMMIT")
            self._file.check()
        except BaseException as error:
            if self._database.in_transaction:  # some faults, a full disk for one, have rolled back already
                self._database.execute("ROLLBACK")
            if isinstance(error, FileGone) and error.replaced:
                self._leave_behind()
            raise

    def _leave_behind(self) -> None:
        """Complete the old file, wherever it was moved, from its log, which the file in its place must not inherit."""
        [(busy, in_log, copied)] = self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        if not busy and in_log == copied:
            self._file.remove_log()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if self._closed:
            raise StoreFailed(f"the store {self.url} is closed. Open it again with open_store.")
        try:
            yield
        except sqlite3.Error as error:
            raise _translated(error, self.url) from error
        except OverflowError as error:
            raise Conflict(f"{self.url}: a number beyond 64 bits") from error


def _check_size(url: DatabaseUrl) -> None:
    """Refuse a tiny file that is something else: SQLite would take it for an empty database and write over it.

    The file is not opened for this: closing it would take the locks of a store that this process has open on it.
    """
    try:
        size = url.path.stat().st_size
    except OSError:
        return  # absent, or SQLite will say what is wrong
    if 0 < size < _SMALLEST:
        raise _not_a_database(url)


def _make_folder(url: DatabaseUrl) -> None:
    try:
        url.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnreachable(
            f"can't make the folder of {url}: {error.strerror}. Name another place with --db sqlite:///file."
        ) from error


def _not_a_database(url: DatabaseUrl) -> NotAStore:
    """The error for a file that is something else."""
    return NotAStore(f"{url} is a file, but no database. Name another with --db sqlite:///file, or move it away.")


def _translated(error: sqlite3.Error, url: DatabaseUrl) -> StoreError:
    """The typed error that stands for a driver's error."""
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(f"{url}: {error}")
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return _not_a_database(url)
    kind, template = _MEANING.get(code, (StoreFailed, "{url}: the database reports: {detail}."))
    return kind(template.format(url=url, timeout=url.timeout, detail=error))
