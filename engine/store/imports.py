"""Which files were imported, and how far."""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from engine.store.numbers import take

if TYPE_CHECKING:
    from engine.store.connection import Connection, Session

_COLUMNS = (
    "import_id, source, fingerprint, state, rows_done, n_users, n_movies, n_ratings, n_skipped, started_at, finished_at"
)


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


def begin(session: Session, source: str, fingerprint: str) -> ImportRecord:
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


def save(session: Session, record: ImportRecord) -> None:
    """Write down how an import ended."""
    session.run(
        "UPDATE imports SET state = ?, n_users = ?, n_movies = ?, n_ratings = ?, n_skipped = ?, finished_at = ? "
        "WHERE import_id = ?",
        (record.state, record.n_users, record.n_movies, record.n_ratings, record.n_skipped, record.finished_at,
         record.import_id),
    )  # fmt: skip


def all_imports(connection: Connection) -> list[ImportRecord]:
    """All imports, oldest first."""
    query = f"SELECT {_COLUMNS} FROM imports ORDER BY import_id"
    return [ImportRecord(*row) for row in connection.read(lambda session: session.rows(query))]
