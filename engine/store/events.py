"""The two append-only logs: what viewers rated, and what they watched.

Rating events are read as columns: one GROUP_CONCAT for each column of a range, parsed by numpy. Row by row, a driver
makes an object in Python of each field (0.8 million rows a second from SQLite, 0.25 from PyMySQL); as text it is 1.5 to
2 million from either. The traps: GROUP_CONCAT skips NULL, hence COALESCE; a server cuts a text at group_concat_max_len
without an error, hence the count; and it promises no order, hence the sort. The five texts of a range come from the
same pass over its rows, so that they are in the same order, whichever it is.
"""

from __future__ import annotations

import math
import time
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import BadStars, StoreFailed
from engine.store import counters, movies, users
from engine.store.connection import Conflict
from engine.store.schema import clamp_time
from engine.types import RatingEvent, WatchEvent, WatchKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np  # imported when columns are made, so that the screens start without it
    from numpy.typing import NDArray

    from engine.store.connection import Connection, Row, SqlSession

_RATINGS = "seq, user_id, movie_id, half_stars, rated_at"
_WATCHED = "seq, user_id, movie_id, kind, seconds, happened_at"
_PLAYBACK = (WatchKind.STARTED, WatchKind.PROGRESS, WatchKind.FINISHED, WatchKind.ABANDONED)
_LONGEST_RUN = 10_000_000
"""Seconds of a movie: the bound of the schema."""
_CHUNK = 20_000
"""Rows a query: texts of up to 0.2 MB."""
_AS_TEXTS = (
    "SELECT COUNT(*), GROUP_CONCAT(seq), GROUP_CONCAT(user_id), GROUP_CONCAT(movie_id), "
    "GROUP_CONCAT(COALESCE(half_stars, 0)), GROUP_CONCAT(rated_at) FROM rating_events WHERE seq > ? AND seq <= ?"
)


class EventColumns(NamedTuple):
    """Rating events in order of `seq`, without holes; all columns have the same length."""

    seq: NDArray[np.int64]
    user_id: NDArray[np.int32]
    movie_id: NDArray[np.int32]
    half_stars: NDArray[np.int8]
    """1 to 10; 0 where the rating was taken back."""
    rated_at: NDArray[np.int64]
    """Epoch seconds, UTC."""


def half_stars_of(stars: object) -> int:
    """Half stars, 1 to 10; raises BadStars off the half steps from 0.5 to 5."""
    halves = math.nan if isinstance(stars, bool) or not isinstance(stars, Real) else float(stars) * 2
    if not (math.isfinite(halves) and halves == int(halves) and 1 <= halves <= 10):
        raise BadStars(f"{stars!r} is no rating. Give 0.5 to 5 stars in half steps.")
    return int(halves)


def append_rating(
    connection: Connection, user_id: int, movie_id: int, half_stars: int | None, rated_at: int | None
) -> RatingEvent:
    """Write one rating event; returns after COMMIT. Raises UnknownUser and UnknownMovie."""
    row = (int(user_id), int(movie_id), half_stars, clamp_time(rated_at))
    return RatingEvent(_append(connection, "rating_events", _RATINGS, row), *row)


def current_ratings(connection: Connection, user_id: int) -> dict[int, RatingEvent]:
    """The current ratings of a viewer by movie; empty for one who has none."""
    query = f"SELECT {_RATINGS} FROM ratings WHERE user_id = ?"
    rows = connection.read(lambda session: session.rows(query, (int(user_id),)))
    return {event.movie_id: event for event in (RatingEvent(*row) for row in rows)}


def rating_history(connection: Connection, user_id: int, limit: int) -> list[RatingEvent]:
    """What a viewer rated, rated again and took back, newest first."""
    return [RatingEvent(*row) for row in _newest(connection, "rating_events", _RATINGS, user_id, limit)]


def half_stars_before(connection: Connection, event: RatingEvent) -> int | None:
    """What the viewer had given to the movie before an event; None where it was not rated then."""
    query = (
        "SELECT half_stars FROM rating_events WHERE user_id = ? AND movie_id = ? AND seq < ? ORDER BY seq DESC LIMIT 1"
    )
    key = (event.user_id, event.movie_id, event.seq)
    rows = connection.read(lambda session: session.rows(query, key))
    return int(rows[0][0]) if rows and rows[0][0] is not None else None


def last_seq(connection: Connection) -> int:
    """The number of the newest rating event; 0 when there is none."""
    return connection.read(lambda session: counters.last(session, "rating_events"))


def ratings_after(connection: Connection, seq: int, limit: int | None, chunk: int = _CHUNK) -> EventColumns:
    """The rating log after `seq`, at most `limit` events. Numbers have no holes, so a limit is a range of them."""
    after, upto = int(seq), last_seq(connection)
    if limit is not None:
        upto = min(upto, after + int(limit))
    return ratings_between(connection, after, upto, chunk)


def ratings_between(connection: Connection, after: int, upto: int, chunk: int = _CHUNK) -> EventColumns:
    """The rating log in (after, upto], in order; empty columns where there is nothing."""
    import numpy as np

    read, n = 0, max(upto - after, 0)
    # Filled where they are: parts that are joined in the end would take twice as much.
    columns = EventColumns(
        np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int8), np.empty(n, np.int64)
    )
    for start in range(after, upto, chunk):
        part = _read_chunk(connection, start, min(start + chunk, upto))
        filled: Iterable[tuple[NDArray[Any], NDArray[np.int64]]] = zip(columns, part, strict=True)
        for column, values in filled:
            column[read : read + len(values)] = values
        read += len(part[0])
    seq, user_id, movie_id, half_stars, rated_at = columns
    return EventColumns(seq[:read], user_id[:read], movie_id[:read], half_stars[:read], rated_at[:read])


def append_watch(
    connection: Connection, user_id: int, movie_id: int, kind: WatchKind, seconds: int | None
) -> WatchEvent:
    """Write one watch event; returns after COMMIT. Raises UnknownUser and UnknownMovie."""
    position = None if seconds is None else max(0, min(_LONGEST_RUN, int(seconds)))
    row = (int(user_id), int(movie_id), int(WatchKind(kind)), position, int(time.time()))
    return _watch_event((_append(connection, "watch_events", _WATCHED, row), *row))


def watch_history(connection: Connection, user_id: int, limit: int) -> list[WatchEvent]:
    """A viewer's watch events, newest first."""
    return [_watch_event(row) for row in _newest(connection, "watch_events", _WATCHED, user_id, limit)]


def watch_position(connection: Connection, user_id: int, movie_id: int) -> int | None:
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


def _append(connection: Connection, log: str, columns: str, row: Row) -> int:
    """The number of the new row. Its first two fields are the viewer and the movie."""
    try:
        return counters.append(connection, log, columns, row)
    except Conflict:
        users.by_id(connection, row[0])  # raises when that is what is wrong
        movies.by_id(connection, row[1])
        raise


def _newest(connection: Connection, log: str, columns: str, user_id: int, limit: int) -> list[Row]:
    query = f"SELECT {columns} FROM {log} WHERE user_id = ? ORDER BY seq DESC LIMIT ?"
    return connection.read(lambda session: session.rows(query, (int(user_id), limit)))


def _watch_event(row: Row) -> WatchEvent:
    seq, user_id, movie_id, kind, seconds, happened_at = row
    return WatchEvent(seq, user_id, movie_id, WatchKind(kind), seconds, happened_at)


def _read_chunk(connection: Connection, after: int, upto: int) -> list[NDArray[np.int64]]:
    """The columns of a range, in order."""
    import numpy as np

    def work(session: SqlSession) -> list[NDArray[np.int64]]:
        [(count, *texts)] = session.rows(_AS_TEXTS, (after, upto))
        columns = [np.fromstring(text or "", dtype=np.int64, sep=",") for text in texts]
        if any(len(column) != count for column in columns):
            raise StoreFailed(
                f"{connection.url} cut {count} rating events short. Raise the server's max_allowed_packet to 16M."
            )
        order = np.argsort(columns[0], kind="stable")
        return [column[order] for column in columns]

    return connection.read(work)
