"""The append-only log of ratings, and what follows from it."""

from __future__ import annotations

import math
import time
from numbers import Real
from typing import TYPE_CHECKING

from engine.errors import BadStars
from engine.store import movies, numbers, users
from engine.store.connection import Conflict
from engine.store.events import between
from engine.types import RatingEvent

if TYPE_CHECKING:
    from engine.store.columns import EventColumns
    from engine.store.connection import Connection, Row

_COLUMNS = "seq, user_id, movie_id, half_stars, rated_at"
LATEST_TIME = 253_402_300_799
"""The last second of the year 9999: the bound of the schema."""


def half_stars_of(stars: object) -> int:
    """Half stars, 1 to 10; raises BadStars off the half steps from 0.5 to 5."""
    halves = math.nan if isinstance(stars, bool) or not isinstance(stars, Real) else float(stars) * 2
    if not (math.isfinite(halves) and halves == int(halves) and 1 <= halves <= 10):
        raise BadStars(f"{stars!r} is no rating. Give 0.5 to 5 stars in half steps.")
    return int(halves)


def append(
    connection: Connection, user_id: int, movie_id: int, half_stars: int | None, rated_at: int | None
) -> RatingEvent:
    """Write one event; returns after COMMIT. Raises UnknownUser and UnknownMovie."""
    row = (int(user_id), int(movie_id), half_stars, clamp_time(rated_at))
    try:
        return RatingEvent(numbers.append(connection, "rating_events", _COLUMNS, row), *row)
    except Conflict:
        users.by_id(connection, user_id)  # raises when that is what is wrong
        movies.by_id(connection, movie_id)
        raise


def of_user(connection: Connection, user_id: int) -> dict[int, RatingEvent]:
    """The current ratings of a viewer by movie; empty for one who has none."""
    query = f"SELECT {_COLUMNS} FROM ratings WHERE user_id = ?"
    events = map(_event, connection.read(lambda session: session.rows(query, (int(user_id),))))
    return {event.movie_id: event for event in events}


def history(connection: Connection, user_id: int, limit: int) -> list[RatingEvent]:
    """What a viewer rated, rated again and took back, newest first."""
    query = f"SELECT {_COLUMNS} FROM rating_events WHERE user_id = ? ORDER BY seq DESC LIMIT ?"
    return [_event(row) for row in connection.read(lambda session: session.rows(query, (int(user_id), limit)))]


def last_seq(connection: Connection) -> int:
    """The number of the newest event; 0 when there is none."""
    return connection.read(lambda session: numbers.last(session, "rating_events"))


def events_after(connection: Connection, seq: int, limit: int | None) -> EventColumns:
    """The log after `seq`, at most `limit` events. Numbers have no holes, so a limit is a range of them."""
    after, upto = int(seq), last_seq(connection)
    if limit is not None:
        upto = min(upto, after + int(limit))
    return between(connection, after, upto)


def clamp_time(moment: int | None) -> int:
    """Epoch seconds within the bounds of the schema; now for None."""
    return max(0, min(LATEST_TIME, int(time.time() if moment is None else moment)))


def _event(row: Row) -> RatingEvent:
    return RatingEvent(*row)
