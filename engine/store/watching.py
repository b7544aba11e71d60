"""The append-only log of viewing: what was shown, opened, started, finished or left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.store import movies, numbers, users
from engine.store.connection import Conflict
from engine.types import WatchEvent, WatchKind

if TYPE_CHECKING:
    from engine.store.connection import Connection, Row

_COLUMNS = "seq, user_id, movie_id, kind, seconds, happened_at"
_PLAYBACK = (WatchKind.STARTED, WatchKind.PROGRESS, WatchKind.FINISHED, WatchKind.ABANDONED)
_LONGEST = 10_000_000


def append(connection: Connection, user_id: int, movie_id: int, kind: WatchKind, seconds: int | None) -> WatchEvent:
    """Write one event; returns after COMMIT. Raises UnknownUser and UnknownMovie."""
    position = None if seconds is None else max(0, min(_LONGEST, int(seconds)))
    row = (int(user_id), int(movie_id), int(WatchKind(kind)), position, int(time.time()))
    try:
        return _event((numbers.append(connection, "watch_events", _COLUMNS, row), *row))
    except Conflict:
        users.by_id(connection, user_id)  # raises when that is what is wrong
        movies.by_id(connection, movie_id)
        raise


def history(connection: Connection, user_id: int, limit: int) -> list[WatchEvent]:
    """What a viewer did, newest first."""
    query = f"SELECT {_COLUMNS} FROM watch_events WHERE user_id = ? ORDER BY seq DESC LIMIT ?"
    return [_event(row) for row in connection.read(lambda session: session.rows(query, (int(user_id), limit)))]


def position(connection: Connection, user_id: int, movie_id: int) -> int | None:
    """Where a viewer left a movie, in seconds; None when it was never started, or finished."""
    kinds = ", ".join(str(int(kind)) for kind in _PLAYBACK)
    query = (
        "SELECT kind, seconds FROM watch_events "
        f"WHERE user_id = ? AND movie_id = ? AND kind IN ({kinds}) ORDER BY seq DESC LIMIT 1"
    )
    rows = connection.read(lambda session: session.rows(query, (int(user_id), int(movie_id))))
    if not rows or rows[0][0] == WatchKind.FINISHED:
        return None
    return int(rows[0][1] or 0)


def _event(row: Row) -> WatchEvent:
    seq, user_id, movie_id, kind, seconds, happened_at = row
    return WatchEvent(seq, user_id, movie_id, WatchKind(kind), seconds, happened_at)
