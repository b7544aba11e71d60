"""The thin adapter: one connection to either engine, with the same four verbs.

SQL is written once, in the portable subset with `?` placeholders. What differs (locking, reconnecting, the words of an
error) is in `sqlite.py` and `mysql.py`, and nothing outside this package sees a driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from engine.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from engine.store.url import DatabaseUrl

T = TypeVar("T")
Row = tuple[Any, ...]


class Waits(NamedTuple):
    """How long a database may keep a program waiting, in seconds."""

    connect: float = 5
    """For each answer of a server until the connection is set up."""
    answer: float = 10
    """For one answer of a server: milliseconds for a rating or a list, after a wait for a lock."""
    long_answer: float = 60
    """The same within an import, the making of a database, or a count over all ratings."""
    pauses: tuple[float, ...] = (0.0, 0.1, 0.3, 1.0, 2.0)
    """Before each new try after a lost connection: enough for a server that is restarted."""
    patience: float = 12
    """After which no new try is made: where a network swallows everything, each takes long to fail.

    So a rating that meets a silent server is given up after 15 s: an answer that did not come, and a greeting.
    """
    bootstrap: float = 120
    """For another program that makes the database."""


WAITS = Waits()


class Conflict(StoreError):
    """A row breaks a key, a foreign key or a bound of the schema; callers turn it into what it means to people."""


class SqlSession(Protocol):
    """What a piece of work is given: statements on an open connection."""

    @property
    def outcome_unknown(self) -> bool:
        """True when this is a second try and the first may have been committed: its COMMIT got no answer."""

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a query."""

    def run(self, sql: str, values: Sequence[object] = ()) -> None:
        """One statement without a result."""

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """One INSERT for many rows."""


class Connection(Protocol):
    """One connection, used by one thread at a time (the store holds a lock around it)."""

    @property
    def url(self) -> DatabaseUrl:
        """The database."""

    def read(self, work: Callable[[SqlSession], T]) -> T:
        """Run queries, each seeing what is committed by then; on a lost connection, reconnect and run them again."""

    def write(self, work: Callable[[SqlSession], T]) -> T:
        """Run `work` in one transaction and return only after COMMIT.

        `work` may run more than once (deadlock, lost connection), so it must have no effect but its statements, and it
        must not call `write` itself. Inside `bootstrap` or `unit` on SQLite it joins the transaction that is open.
        """

    def bootstrap(self) -> AbstractContextManager[None]:
        """Hold the lock under which a database is made; waits for another program that makes it."""

    def unit(self) -> AbstractContextManager[None]:
        """The frame of an import: one transaction on SQLite; on MySQL patience alone, as locks would last too long."""

    def patient(self) -> AbstractContextManager[None]:
        """The frame of what may take long: a server that says nothing for so long is not taken for dead."""

    def tables(self) -> list[str]:
        """Names of the tables and views that the database holds."""

    def prepare(self) -> None:
        """Set what the tables to come inherit; called within `bootstrap`, on a database that is ours or empty."""

    def refresh_statistics(self) -> None:
        """After many new rows: let the engine count anew what it plans its queries by."""

    def cautions(self) -> list[str]:
        """What the settings of the database put at risk, in sentences with the remedy."""

    def close(self) -> None:
        """Close, once or twice; further use raises StoreFailed."""
