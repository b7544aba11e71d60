"""The append-only log of viewing: what was shown, opened, started, finished or left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.store import movies, users
from engine.store.connection import Conflict
from engine.store.numbers import take
from engine.types import WatchEvent, WatchKind

if TYPE_CHECKING:
    from engine.store.connection import Connection, Row, Session

_COLUMNS = "seq, user_id, movie_id, kind, seconds, happened_at"
_PLAYBACK = (WatchKind.STARTED, WatchKind.PROGRESS, WatchKind.FINISHED, WatchKind.ABANDONED)
_LONGEST = 10_000_000


def append(connection: Connection, user_id: int, movie_id: int, kind: WatchKind, seconds: int | None) -> WatchEvent:
    """Write one event; returns after COMMIT. Raises UnknownUser and UnknownMovie."""
    position = None if seconds is None else max(0, min(_LONGEST, int(seconds)))
    user, movie, what, now = int(user_id), int(movie_id), WatchKind(kind), int(time.time())
    sent: list[WatchEvent] = []

    def work(session: Session) -> WatchEvent:
        if session.outcome_unknown and sent:
            take(session, "watch_events", 0)
            if session.rows(f"SELECT {_COLUMNS} FROM watch_events WHERE seq = ?", (sent[-1].seq,)) == [_row(sent[-1])]:
                return sent[-1]
        event = WatchEvent(take(session, "watch_events"), user, movie, what, position, now)
        session.run(f"INSERT INTO watch_events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", _row(event))
        sent.append(event)
        return event

    try:
        return connection.write(work)
    except Conflict:
        users.by_id(connection, user)  # raises when that is what is wrong
        movies.by_id(connection, movie)
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


def _row(event: WatchEvent) -> Row:
    return (event.seq, event.user_id, event.movie_id, int(event.kind), event.seconds, event.happened_at)


def _event(row: Row) -> WatchEvent:
    seq, user_id, movie_id, kind, seconds, happened_at = row
    return WatchEvent(seq, user_id, movie_id, WatchKind(kind), seconds, happened_at)
