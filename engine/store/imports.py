"""An import: many rows as one unit, also for the catalogue that ships.

On SQLite it is one transaction. On a server it is a row of `imports` and a transaction for each batch of rating events,
in which `rows_done` moves as well: stopped anywhere, the same import goes on where it stopped, and a second run of a
finished one finds that nothing is left to do.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import astuple, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, TypeVar

from engine.errors import BadStars, StoreBusy, StoreFailed
from engine.store import movies, users
from engine.store.connection import Conflict
from engine.store.counters import take
from engine.store.schema import LATEST_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import RLock
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from engine.store.connection import Connection, SqlSession
    from engine.store.movies import NewMovie
    from engine.store.url import DatabaseUrl
    from engine.store.users import NewUser

    Insert = Callable[[SqlSession, Sequence["NewRow"], str], list[int]]

T = TypeVar("T")
NewRow = TypeVar("NewRow", "NewMovie", "NewUser")
BATCH = 20_000
"""Rating events a transaction: the counter's lock makes other raters wait for so long."""
_ROWS = 2_000
"""Movies or viewers a transaction."""
_NUMBERS = {"movies": "movie_id", "users": "user_id"}
_COLUMNS = (
    "import_id, source, fingerprint, state, rows_done, n_users, n_movies, n_ratings, n_skipped, started_at, finished_at"
)


class Target(Protocol):
    """What an import needs of the store it is written to."""

    connection: Connection
    lock: RLock
    """Held from the first row to the last, so that the store's other users do not write in between."""

    @property
    def url(self) -> DatabaseUrl:
        """The address, for messages."""
        ...


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """How far an import has come."""

    import_id: int
    source: str
    fingerprint: str
    """SHA-256 of what was imported."""
    state: str
    """`running` or `done`."""
    rows_done: int
    """Rating events that are committed."""
    n_users: int
    n_movies: int
    n_ratings: int
    n_skipped: int
    started_at: int
    finished_at: int | None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.state == "done"


class NewEvents(NamedTuple):
    """Rating events before they have numbers, in the order in which they are to be logged.

    Sorted by viewer they are written several times faster than in order of time; within a viewer they must be in order
    of time, since the last event of a pair counts.
    """

    user_id: NDArray[np.integer[Any]]
    movie_id: NDArray[np.integer[Any]]
    half_stars: NDArray[np.integer[Any]]
    """1 to 10; 0 for a rating taken back."""
    rated_at: NDArray[np.integer[Any]]


class BulkWriter:
    """Writes one import: `with BulkWriter(store, source, fingerprint) as bulk:` add movies, viewers, events, finish.

    `fingerprint` (64 hex digits) says what is imported. Rows must come in the same order in every run of one import.
    """

    def __init__(
        self,
        store: Target,
        source: str,
        fingerprint: str,
        on_progress: Callable[[int, int, str], None] | None = None,
        batch: int = BATCH,
    ) -> None:
        self._batch = batch
        self._store = store
        self._source = source
        self._fingerprint = fingerprint
        self._on_progress = on_progress or (lambda done, total, what: None)
        self._frame = ExitStack()
        self._seen = 0  # events offered in this run, those of an earlier run included
        self.record: ImportRecord
        """How far this import has come; `record.done` at the start means that nothing is left to do."""

    def __enter__(self) -> Self:
        self._frame.enter_context(self._store.lock)
        try:
            self._frame.enter_context(self._store.connection.unit())
            self.record = self._write(partial(_begin, source=self._source, fingerprint=self._fingerprint))
        except BaseException:
            self._frame.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frame.__exit__(kind, error, trace)

    def add_movies(self, rows: Sequence[NewMovie]) -> dict[str, int]:
        """Add the movies that this source has not brought yet; returns the numbers of all its movies by source id."""
        known = self._known("movies")
        missing = [row for row in rows if row.source_id not in known]
        for row in missing:
            row.checked()  # all of them before the first is written; none is kept, since a synopsis is long

        def checked(some: Sequence[NewMovie]) -> Sequence[NewMovie]:
            return [row.checked() for row in some]

        return known | self._add("movies", missing, len(rows), movies.insert, "movies", checked)

    def add_users(self, rows: Sequence[NewUser]) -> dict[str, int]:
        """Add the viewers that this source has not brought yet; returns the numbers of all its viewers by source id.

        A name that another viewer has gets the source behind it: `1 (ml-100k)`.
        """
        known = self._known("users")
        missing = [row for row in rows if row.source_id not in known]
        taken = self._store.connection.read(users.name_keys) if missing else set()
        for row in missing:
            users.checked_name(row.name)

        def named(some: Sequence[NewUser]) -> Sequence[NewUser]:
            return users.with_free_names(some, self._source, taken)

        return known | self._add("users", missing, len(rows), users.insert, "viewers", named)

    def add_events(self, events: NewEvents, total: int | None = None) -> int:
        """Log rating events; returns how many were written now. May be called again for the next part.

        `total`: of all parts, for the progress; that of this part when not given.
        """
        _check(events)
        n = len(events.user_id)
        start = min(n, max(0, self.record.rows_done - self._seen))
        for at in range(start, n, self._batch):
            self._write_batch(NewEvents(*(column[at : at + self._batch] for column in events)))
            self._on_progress(self.record.rows_done, total or n, "ratings")
        self._seen += n
        return n - start

    def finish(self, *, n_users: int, n_movies: int, n_skipped: int = 0) -> ImportRecord:
        """Declare the import done."""
        done = replace(
            self.record,
            state="done",
            n_users=n_users,
            n_movies=n_movies,
            n_ratings=self.record.rows_done,
            n_skipped=n_skipped,
            finished_at=int(time.time()),
        )
        self._write(partial(_save, record=done))
        self._store.connection.refresh_statistics()
        self.record = done
        return done

    # --------------------------------------------------------------------------------------------------------- parts

    def _write_batch(self, batch: NewEvents) -> None:
        n, before = len(batch.user_id), self.record.rows_done

        def work(session: SqlSession) -> None:
            take(session, "rating_events", 0)
            [(rows_done,)] = session.rows("SELECT rows_done FROM imports WHERE import_id = ?", (self.record.import_id,))
            if session.outcome_unknown and rows_done == before + n:
                return  # the COMMIT whose answer was lost had been done
            if rows_done != before:
                raise StoreBusy(f"another program is importing the same files into {self._store.url}. Wait for it.")
            first = take(session, "rating_events", n)
            halves = [half_stars or None for half_stars in batch.half_stars.tolist()]
            seqs = range(first, first + n)
            users_movies = (batch.user_id.tolist(), batch.movie_id.tolist())
            session.run_many(
                "INSERT INTO rating_events (seq, user_id, movie_id, half_stars, rated_at) VALUES (?, ?, ?, ?, ?)",
                zip(seqs, *users_movies, halves, batch.rated_at.clip(0, LATEST_TIME).tolist(), strict=True),
            )
            session.run("UPDATE imports SET rows_done = ? WHERE import_id = ?", (before + n, self.record.import_id))

        self._write(work)
        self.record = replace(self.record, rows_done=before + n)

    def _add(
        self,
        table: str,
        rows: Sequence[NewRow],
        total: int,
        insert: Insert[NewRow],
        what: str,
        ready: Callable[[Sequence[NewRow]], Sequence[NewRow]] = lambda some: some,
    ) -> dict[str, int]:
        """Insert the missing rows of a table, each made `ready` first; returns their numbers by source id."""
        before = total - len(rows)
        self._on_progress(before, total, what)
        numbers: dict[str, int] = {}
        for at in range(0, len(rows), _ROWS):
            some = ready(rows[at : at + _ROWS])
            numbers |= self._write(partial(self._insert, table=table, rows=some, insert=insert))
            self._on_progress(before + min(at + _ROWS, len(rows)), total, what)
        return numbers

    def _insert(
        self, session: SqlSession, table: str, rows: Sequence[NewRow], insert: Insert[NewRow]
    ) -> dict[str, int]:
        take(session, table, 0)
        source_ids = [str(row.source_id) for row in rows]
        if session.outcome_unknown and source_ids[0] in (known := self._of_source(session, table)):
            return {source_id: known[source_id] for source_id in source_ids}  # the COMMIT without an answer was done
        return dict(zip(source_ids, insert(session, rows, self._source), strict=True))

    def _known(self, table: str) -> dict[str, int]:
        return self._store.connection.read(partial(self._of_source, table=table))

    def _of_source(self, session: SqlSession, table: str) -> dict[str, int]:
        number = _NUMBERS[table]
        query = f"SELECT source_id, {number} FROM {table} WHERE source = ? AND source_id IS NOT NULL ORDER BY {number}"
        return {source_id: int(row_id) for source_id, row_id in session.rows(query, (self._source,))}

    def _write(self, work: Callable[[SqlSession], T]) -> T:
        try:
            return self._store.connection.write(work)
        except Conflict as error:
            raise StoreFailed(
                f"rows of {self._source!r} do not fit into {self._store.url} ({error}). If another program imports the "
                "same files, wait for it; otherwise the files name a viewer or movie that was not added."
            ) from error


def all_imports(connection: Connection) -> list[ImportRecord]:
    """All imports, oldest first."""
    query = f"SELECT {_COLUMNS} FROM imports ORDER BY import_id"
    return [ImportRecord(*row) for row in connection.read(lambda session: session.rows(query))]


def _begin(session: SqlSession, source: str, fingerprint: str) -> ImportRecord:
    """The record of this import: that of an earlier run, or a new one."""
    take(session, "imports", 0)
    query = f"SELECT {_COLUMNS} FROM imports WHERE source = ? AND fingerprint = ?"
    found = session.rows(query, (source, fingerprint))
    if found:
        return ImportRecord(*found[0])
    new = ImportRecord(
        import_id=take(session, "imports"),
        source=source,
        fingerprint=fingerprint,
        state="running",
        rows_done=0,
        n_users=0,
        n_movies=0,
        n_ratings=0,
        n_skipped=0,
        started_at=int(time.time()),
        finished_at=None,
    )
    marks = ", ".join("?" * 11)
    session.run(f"INSERT INTO imports ({_COLUMNS}) VALUES ({marks})", astuple(new))
    return new


def _save(session: SqlSession, record: ImportRecord) -> None:
    """Write down how an import ended."""
    session.run(
        "UPDATE imports SET state = ?, n_users = ?, n_movies = ?, n_ratings = ?, n_skipped = ?, finished_at = ? "
        "WHERE import_id = ?",
        (record.state, record.n_users, record.n_movies, record.n_ratings, record.n_skipped, record.finished_at,
         record.import_id),
    )  # fmt: skip


def _check(events: NewEvents) -> None:
    halves = events.half_stars
    if len(halves) and not (halves.min() >= 0 and halves.max() <= 10):
        raise BadStars(f"half stars from {halves.min()} to {halves.max()}: they go from 1 to 10, and 0 takes back.")
