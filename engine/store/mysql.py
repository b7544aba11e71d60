"""A store on a server: PyMySQL, which is told to wait for nothing for ever, to lose nothing, and to see what is new.

PyMySQL's defaults would not do: no read timeout, autocommit off under REPEATABLE READ (a polling SELECT never sees
news), and `ping(reconnect=True)` that silently loses an open transaction. So: autocommit on, READ COMMITTED, explicit
START TRANSACTION, and on a lost connection or a deadlock the whole transaction is run again.
"""

from __future__ import annotations

import logging
import random
import time
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import pymysql
from pymysql.constants import CR

from engine.errors import MatineeError, StoreBusy, StoreError, StoreFailed
from engine.store import mysql_errors
from engine.store.connection import WAITS
from engine.store.mysql_open import connect, wait_up_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pymysql.cursors import Cursor

    from engine.store.connection import Row, Waits
    from engine.store.url import DatabaseUrl

T = TypeVar("T")
_log = logging.getLogger("matinee.store.mysql")
_BOOTSTRAP_POLL = 2
"""Seconds of each try to get the lock: far below the wait for an answer."""


@lru_cache(maxsize=256)
def _placeholders(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


def _execute(cursor: Cursor, sql: str, values: tuple[object, ...] | None = None) -> None:
    try:
        cursor.execute(sql, values)
    except mysql_errors.MALFORMED as error:
        raise pymysql.OperationalError(CR.CR_MALFORMED_PACKET, f"malformed answer: {error!r}") from error


def cautions_of(url: DatabaseUrl, flush_log_at_commit: int) -> list[str]:
    """What a server's innodb_flush_log_at_trx_commit puts at risk."""
    if flush_log_at_commit == 1:
        return []
    return [
        f"the server of {url} confirms changes before they are on its disk: killed, it loses some. "
        f"Set innodb_flush_log_at_trx_commit to 1 there (it is {flush_log_at_commit})."
    ]


class MysqlSession:
    """Statements on the open connection."""

    def __init__(self, cursor: Cursor, *, outcome_unknown: bool = False) -> None:
        self._cursor = cursor
        self.outcome_unknown = outcome_unknown

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        _execute(self._cursor, _placeholders(sql), tuple(values))
        return list(self._cursor.fetchall())

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        _execute(self._cursor, _placeholders(sql), tuple(values))

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """One INSERT for many rows, sent as statements of about a megabyte."""
        self._cursor.executemany(_placeholders(sql), [tuple(row) for row in rows])


class MysqlConnection:
    """One connection to a server, made again when it is lost."""

    def __init__(self, url: DatabaseUrl, *, create: bool, waits: Waits = WAITS) -> None:
        self.url = url
        self._waits = waits
        self._closed = False
        self._pinned = False  # True under the bootstrap lock, which a new connection would not hold
        self._answer: float = waits.answer
        self._link: pymysql.Connection[Cursor] | None = connect(url, waits, create=create)

    def read(self, work: Callable[[MysqlSession], T]) -> T:
        """Run queries; on a lost connection, reconnect and run them again."""
        return self._persist(lambda _: self._attempt(work))

    def write(self, work: Callable[[MysqlSession], T]) -> T:
        """Run `work` in one transaction; returns after the server has confirmed COMMIT."""
        return self._persist(lambda unknown: self._transaction(work, unknown))

    @contextmanager
    def bootstrap(self) -> Iterator[None]:
        """Hold a named lock of the server: DDL commits by itself there, so no transaction can cover it."""
        name = f"matinee:{self.url.name}"[:64]
        self._take_lock(name)
        self._pinned = True
        try:
            with self.patient():
                yield
        finally:
            self._pinned = False
            if self._link is not None:
                with suppress(StoreError):  # a connection that is lost has lost the lock as well
                    self._attempt(lambda session: session.rows("SELECT RELEASE_LOCK(?)", (name,)))

    @contextmanager
    def unit(self) -> Iterator[None]:
        """No transaction: an import commits each batch, for the counter's lock makes others wait until COMMIT."""
        with self.patient():
            yield

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Wait longer for each answer."""
        before, self._answer = self._answer, self._waits.long_answer
        try:
            yield
        finally:
            self._answer = before

    def tables(self) -> list[str]:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
        return [str(name) for (name,) in self.read(lambda session: session.rows(query))]

    def prepare(self) -> None:
        """Let the tables to come compare text byte by byte, whatever the database was created with."""
        statement = "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"  # of the one that we are connected to
        self.read(lambda session: session.run(statement))

    def refresh_statistics(self) -> None:
        """Sample the indexes again; the server would do it by itself some time later."""
        tables = "users, movies, movie_genres, rating_events"
        self.read(lambda session: session.rows(f"ANALYZE TABLE {tables}"))

    def cautions(self) -> list[str]:
        """Whether the server keeps what it has confirmed when it is killed itself."""
        [(flush,)] = self.read(lambda session: session.rows("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit"))
        return cautions_of(self.url, flush)

    def close(self) -> None:
        self._closed = True
        self._drop()

    def _take_lock(self, name: str) -> None:
        deadline = time.monotonic() + self._waits.bootstrap
        while True:  # in short waits, each far below the read timeout
            held = self.read(lambda session: session.rows("SELECT GET_LOCK(?, ?)", (name, _BOOTSTRAP_POLL)))
            if held == [(1,)]:
                return
            if time.monotonic() > deadline:
                raise StoreBusy(
                    f"another program has been making the database {self.url} for more than "
                    f"{self._waits.bootstrap:g} s. Wait for it, or end it and start again."
                )

    def _persist(self, attempt: Callable[[bool], T]) -> T:
        """Run `attempt` until it works, as long as its failure is one that passes."""
        unknown, lost, locked = False, 0, 0
        started = time.monotonic()
        while True:
            try:
                return attempt(unknown)
            except mysql_errors.Lost as error:
                unknown = unknown or error.in_commit
                given_up = lost > 0 and time.monotonic() - started > self._waits.patience
                if self._pinned or given_up or lost == len(self._waits.pauses):
                    raise mysql_errors.unreachable(error, self.url, outcome_unknown=unknown) from error
                _log.warning("lost the connection to %s: %s; try %d", self.url, error, lost + 1)
                time.sleep(self._waits.pauses[lost])
                lost += 1
            except mysql_errors.Locked as error:
                if time.monotonic() - started > self.url.timeout:
                    raise mysql_errors.busy(self.url) from error
                locked = min(locked + 1, 6)
                time.sleep(random.uniform(0.002, 0.01) * 2**locked)

    def _transaction(self, work: Callable[[MysqlSession], T], outcome_unknown: bool) -> T:
        cursor = self._cursor()
        in_commit = False
        try:
            _execute(cursor, "START TRANSACTION")
            result = work(MysqlSession(cursor, outcome_unknown=outcome_unknown))
            in_commit = True
            _execute(cursor, "COMMIT")
        except (pymysql.Error, OSError, RuntimeError) as error:
            failure = mysql_errors.translated(error, self.url, in_commit=in_commit)
            self._undo(failure)
            raise failure from error
        except MatineeError as error:
            self._undo(error)
            raise
        except BaseException:  # Ctrl-C may have left half an answer in the socket, so this connection is of no more use
            self._drop()
            raise
        return result

    def _attempt(self, work: Callable[[MysqlSession], T]) -> T:
        try:
            return work(MysqlSession(self._cursor()))
        except (pymysql.Error, OSError, RuntimeError) as error:
            failure = mysql_errors.translated(error, self.url)
            if isinstance(failure, mysql_errors.Lost):
                self._drop()
            raise failure from error
        except MatineeError:
            raise
        except BaseException:
            self._drop()
            raise

    def _cursor(self) -> Cursor:
        if self._closed:
            raise StoreFailed(f"the store {self.url} is closed. Open it again with open_store.")
        if self._link is None:
            if self._pinned:
                raise mysql_errors.Lost("the connection that held the lock is gone")
            try:
                self._link = connect(self.url, self._waits, create=False)
            except StoreError as error:
                raise mysql_errors.Lost(str(error)) from error
        wait_up_to(self._link, self._answer)
        return self._link.cursor()

    def _undo(self, failure: MatineeError) -> None:
        if isinstance(failure, mysql_errors.Lost) or self._link is None:
            self._drop()
            return
        try:
            self._link.rollback()
        except (pymysql.Error, OSError):
            self._drop()  # the server rolls back what a dropped connection left open

    def _drop(self) -> None:
        if self._link is not None:
            self._link._force_close()  # type: ignore[attr-defined]  # no farewell to a server that may not listen
            self._link = None
