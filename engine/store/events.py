"""The rating log as columns: one GROUP_CONCAT for each column of a range, parsed by numpy.

Row by row, a driver makes an object in Python of each field (0.8 million rows a second from SQLite, 0.25 from PyMySQL);
as text it is 1.5 to 2 million from either. The traps: GROUP_CONCAT skips NULL, hence COALESCE; a server cuts a text at
group_concat_max_len without an error, hence the count; and it promises no order, hence the sort. The five texts of a
range come from the same pass over its rows, so that they are in the same order, whichever it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import StoreFailed
from engine.store.columns import EventColumns

if TYPE_CHECKING:
    from engine.store.connection import Connection, Session

CHUNK = 20_000
"""Rows a query: texts of up to 0.2 MB."""
_QUERY = (
    "SELECT COUNT(*), GROUP_CONCAT(seq), GROUP_CONCAT(user_id), GROUP_CONCAT(movie_id), "
    "GROUP_CONCAT(COALESCE(half_stars, 0)), GROUP_CONCAT(rated_at) FROM rating_events WHERE seq > ? AND seq <= ?"
)


def between(connection: Connection, after: int, upto: int) -> EventColumns:
    """The log in (after, upto], in order; empty columns where there is nothing."""
    import numpy as np

    starts = range(after, max(upto, after + 1), CHUNK)
    parts = [_chunk(connection, start, min(start + CHUNK, upto)) for start in starts]
    return EventColumns(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _chunk(connection: Connection, after: int, upto: int) -> EventColumns:
    import numpy as np

    def work(session: Session) -> EventColumns:
        [(count, *texts)] = session.rows(_QUERY, (after, upto))
        columns = [np.fromstring(text or "", dtype=np.int64, sep=",") for text in texts]
        if any(len(column) != count for column in columns):
            raise StoreFailed(
                f"{connection.url} cut {count} rating events short. Raise the server's max_allowed_packet to 16M."
            )
        order = np.argsort(columns[0], kind="stable")
        kinds = (np.int64, np.int32, np.int32, np.int8, np.int64)
        return EventColumns(*(column[order].astype(kind) for column, kind in zip(columns, kinds, strict=True)))

    return connection.read(work)
