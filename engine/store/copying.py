"""A copy of a store as it was at an earlier point of its history, in a new SQLite file.

Logs only grow and numbers are given out in order, so a point of the history is the last number of each counter, and the
store at that point is every row up to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.store import schema
from engine.store.sqlite import SqliteConnection
from engine.store.url import DatabaseUrl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from engine.store.connection import Connection, Row
    from engine.store.store import Store

HistoryPoint = dict[str, int]
"""The last number given out, by table."""

_NUMBERED = {
    "users": "user_id", "movies": "movie_id", "genres": "genre_id", "imports": "import_id", "rating_events": "seq",
    "watch_events": "seq",
}  # fmt: skip
"""Tables that are copied, each with its number; checkpoints are not, since their files are not."""
_CHUNK = 50_000
"""Numbers of a table that are read at a time."""


def history_point(store: Store) -> HistoryPoint:
    """The point that the history has reached now."""
    with store.lock:
        rows = store.connection.read(lambda session: session.rows("SELECT name, last_used FROM counters"))
    return {str(name): int(last) for name, last in rows}


def copy_store(store: Store, path: Path, point: Mapping[str, int]) -> None:
    """Make the file `path` a store of what `store` held at a point of its history, with an identity of its own."""
    target = SqliteConnection(DatabaseUrl.parse(f"sqlite:///{path}"), create=True)
    try:
        with store.lock:
            schema.install(target, lambda: _fill(store.connection, target, point))
    finally:
        target.close()


def _fill(source: Connection, target: Connection, point: Mapping[str, int]) -> None:
    for table, number in _NUMBERED.items():
        for begin in range(0, point[table], _CHUNK):
            end = min(begin + _CHUNK, point[table])
            _copy_rows(source, target, table, f"{number} > ? AND {number} <= ?", (begin, end))
    _copy_rows(source, target, "movie_genres", "movie_id <= ?", (point["movies"],))
    counters = [(point[table], table) for table in _NUMBERED]
    target.write(lambda session: session.run_many("UPDATE counters SET last_used = ? WHERE name = ?", counters))


def _copy_rows(source: Connection, target: Connection, table: str, where: str, values: Row) -> None:
    rows = source.read(lambda session: session.rows(f"SELECT * FROM {table} WHERE {where}", values))
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        target.write(lambda session: session.run_many(f"INSERT INTO {table} VALUES ({marks})", rows))
