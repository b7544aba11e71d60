"""Many rows at once, for imports and for the catalogue that ships.

An import is one unit. On SQLite it is one transaction. On a server it is a row of `imports` and a transaction for each
batch of rating events, in which `rows_done` moves as well: stopped anywhere, the same import goes on where it stopped,
and a second run of a finished one finds that nothing is left to do.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from engine.errors import BadStars, StoreBusy, StoreFailed
from engine.store import movies, users
from engine.store.connection import Conflict
from engine.store.imports import ImportRecord, begin, save
from engine.store.numbers import take
from engine.store.ratings import LATEST_TIME
from engine.store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from engine.store.connection import Session
    from engine.store.movies import NewMovie
    from engine.store.store import Store

T = TypeVar("T")
BATCH = 20_000
"""Rating events a transaction: the counter's lock makes other raters wait for so long."""
_ROWS = 2_000
"""Movies or viewers a transaction."""


class NewUser(NamedTuple):
    """A viewer before it has a number."""

    name: str
    source_id: str
    """The id in the file it came from."""
    created_at: int | None = None
    """Epoch seconds; the time of the import when not given."""


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
        store: Store,
        source: str,
        fingerprint: str,
        on_progress: Callable[[int, int, str], None] | None = None,
    ) -> None:
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
            self.record = self._write(partial(begin, source=self._source, fingerprint=self._fingerprint))
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
        known = self._known("movies", "movie_id")
        missing = [row.checked() for row in rows if row.source_id not in known]
        for done, chunk in self._chunks(missing, len(rows) - len(missing), len(rows), "movies"):
            known |= self._write(lambda session, chunk=chunk: self._insert_movies(session, chunk))  # type: ignore[misc]
            self._on_progress(done, len(rows), "movies")
        return known

    def add_users(self, rows: Sequence[NewUser]) -> dict[str, int]:
        """Add the viewers that this source has not brought yet; returns the numbers of all its viewers by source id.

        A name that another viewer has gets the source behind it: `1 (ml-100k)`.
        """
        known = self._known("users", "user_id")
        missing = [row for row in rows if row.source_id not in known]
        taken = self._taken_names() if missing else set()
        named = [row._replace(name=_free_name(users.checked_name(row.name), self._source, taken)) for row in missing]
        for done, chunk in self._chunks(named, len(rows) - len(missing), len(rows), "viewers"):
            known |= self._write(lambda session, chunk=chunk: self._insert_users(session, chunk))  # type: ignore[misc]
            self._on_progress(done, len(rows), "viewers")
        return known

    def add_events(self, events: NewEvents, total: int | None = None) -> int:
        """Log rating events; returns how many were written now. May be called again for the next part.

        `total`: of all parts, for the progress; that of this part when not given.
        """
        _check(events)
        n = len(events.user_id)
        start = min(n, max(0, self.record.rows_done - self._seen))
        for at in range(start, n, BATCH):
            batch = NewEvents(*(column[at : at + BATCH] for column in events))
            self._write_batch(batch)
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
        self._write(partial(save, record=done))
        self._store.connection.refresh_statistics()
        self.record = done
        return done

    # --------------------------------------------------------------------------------------------------------- parts

    def _write_batch(self, batch: NewEvents) -> None:
        n, before = len(batch.user_id), self.record.rows_done

        def work(session: Session) -> None:
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

    def _insert_movies(self, session: Session, rows: Sequence[NewMovie]) -> dict[str, int]:
        take(session, "movies", 0)
        known = self._of_source(session, "movies", "movie_id") if session.outcome_unknown else {}
        if rows[0].source_id in known:
            return known  # the COMMIT whose answer was lost had been done
        ids = movies.insert(session, rows, self._source)
        return {str(row.source_id): movie_id for row, movie_id in zip(rows, ids, strict=True)}

    def _insert_users(self, session: Session, rows: Sequence[NewUser]) -> dict[str, int]:
        take(session, "users", 0)
        known = self._of_source(session, "users", "user_id") if session.outcome_unknown else {}
        if rows[0].source_id in known:
            return known
        first, now = take(session, "users", len(rows)), int(time.time())
        ids = list(range(first, first + len(rows)))
        session.run_many(
            "INSERT INTO users (user_id, name, name_key, source, source_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (user_id, row.name, name_key(row.name), self._source, row.source_id, _moment(row.created_at, now))
                for user_id, row in zip(ids, rows, strict=True)
            ],
        )
        return {row.source_id: user_id for row, user_id in zip(rows, ids, strict=True)}

    def _known(self, table: str, number: str) -> dict[str, int]:
        return self._store.connection.read(lambda session: self._of_source(session, table, number))

    def _of_source(self, session: Session, table: str, number: str) -> dict[str, int]:
        query = f"SELECT source_id, {number} FROM {table} WHERE source = ? AND source_id IS NOT NULL ORDER BY {number}"
        return {source_id: int(row_id) for source_id, row_id in session.rows(query, (self._source,))}

    def _taken_names(self) -> set[str]:
        rows = self._store.connection.read(lambda session: session.rows("SELECT name_key FROM users"))
        return {key for (key,) in rows}

    def _write(self, work: Callable[[Session], T]) -> T:
        try:
            return self._store.connection.write(work)
        except Conflict as error:
            raise StoreFailed(
                f"rows of {self._source!r} do not fit into {self._store.url} ({error}). If another program imports the "
                "same files, wait for it; otherwise the files name a viewer or movie that was not added."
            ) from error

    def _chunks(self, rows: Sequence[T], before: int, total: int, what: str) -> Iterator[tuple[int, Sequence[T]]]:
        self._on_progress(before, total, what)
        for at in range(0, len(rows), _ROWS):
            chunk = rows[at : at + _ROWS]
            yield before + at + len(chunk), chunk


def _check(events: NewEvents) -> None:
    halves = events.half_stars
    if len(halves) and not (halves.min() >= 0 and halves.max() <= 10):
        raise BadStars(f"half stars from {halves.min()} to {halves.max()}: they go from 1 to 10, and 0 takes back.")


def _free_name(name: str, source: str, taken: set[str]) -> str:
    """The name, or the name with its source and a number behind it when another viewer has it; marks it as taken.

    A name that would become too long is shortened in front of them.
    """
    candidates = _names(name, source)
    free = next(candidate for candidate in candidates if name_key(candidate) not in taken)
    taken.add(name_key(free))
    return free


def _names(name: str, source: str) -> Iterable[str]:
    yield name
    for number in count(1):
        behind = f" ({source} {number})" if number > 1 else f" ({source})"
        yield name[: users.LONGEST_NAME - len(behind)].rstrip() + behind


def _moment(given: int | None, now: int) -> int:
    return now if given is None else max(0, min(given, LATEST_TIME))
