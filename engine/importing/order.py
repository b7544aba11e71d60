"""Ratings sorted by viewer, part by part: a part is some viewers with all that they rated, so memory holds no more.

The parts lie one behind the other in one table. First every rating is carried into its part, then each part is sorted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.importing.limits import MAX_TIME
from engine.importing.rows import CHUNK, Rows, Table

EVENT = np.dtype(
    [("user", np.int32), ("movie", np.int32), ("half_stars", np.int8), ("current", np.bool_), ("at", np.int64)]
)
"""User and movie as positions in their lists; 0 half stars take a rating back; whether it is the one that counts."""
_TIME_BITS = MAX_TIME.bit_length()
"""A user's position above the time in one number, which sorts faster than two; leaves room for 33 million users."""


class Sizes(NamedTuple):
    """How much is held at once."""

    chunk: int = CHUNK
    """Ratings in the order of the file."""
    part: int = 2 * CHUNK
    """Ratings of some viewers; those of one viewer are never torn apart."""


SIZES = Sizes()


def sorted_by_user(
    events: Rows, order: NDArray[np.int64], counts: NDArray[np.int64], *, by_time: bool, sizes: Sizes
) -> Rows:
    """The same events, user by user; what a user has is in the order of time where asked, of the file otherwise.

    `order` names the users one after the other, by numbers that their positions in it replace; `counts` says how many
    events each number has. Which of the events count is filled in.
    """
    place = np.full(len(counts), -1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    ends = np.cumsum(counts[order])
    bounds = _bounds(ends, sizes.part)
    done = Rows(events.kind)
    _carry((_placed(rows, place) for rows in events.chunks(sizes.chunk)), done, ends, bounds)
    start = 0
    for stop in bounds:
        done.write(start, _sorted(done.read(start, stop), by_time=by_time))
        start = stop
    return done


def are_last(user: NDArray[np.int32], movie: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which events are the last of their pair."""
    pairs = (user.astype(np.int64) << 32) | movie
    return ~pd.Series(pairs).duplicated(keep="last").to_numpy()


def _bounds(ends: NDArray[np.int64], most: int) -> list[int]:
    """Where parts end: as many whole users as there is room for, one at least."""
    bounds: list[int] = []
    start, total = 0, int(ends[-1]) if len(ends) else 0
    while start < total:
        fitting = int(np.searchsorted(ends, start + most, side="right"))
        next_one = int(np.searchsorted(ends, start, side="right"))
        start = int(ends[max(fitting - 1, next_one)])
        bounds.append(start)
    return bounds


def _placed(rows: Table, place: NDArray[np.int32]) -> Table:
    placed = rows.copy()
    placed["user"] = place[rows["user"]]
    return placed


def _carry(chunks: Iterable[Table], to: Rows, ends: NDArray[np.int64], bounds: list[int]) -> None:
    """Put every event into the part of its user, behind those that are there."""
    part_of_user = np.searchsorted(bounds, ends, side="left").astype(np.int16)
    filled = [0, *bounds[:-1]]
    for rows in chunks:
        if len(bounds) == 1:
            to.append(rows)
            continue
        part = part_of_user[rows["user"]]
        order = np.argsort(part, kind="stable")
        cuts = np.searchsorted(part[order], np.arange(len(bounds) + 1))
        for number in np.flatnonzero(np.diff(cuts)).tolist():
            some = rows[order[cuts[number] : cuts[number + 1]]]
            to.write(filled[number], some)
            filled[number] += len(some)


def _sorted(rows: Table, *, by_time: bool) -> Table:
    user = rows["user"].astype(np.int64)
    rows = rows[np.argsort((user << _TIME_BITS) | rows["at"] if by_time else user, kind="stable")]
    rows["current"] = are_last(rows["user"], rows["movie"]) & (rows["half_stars"] > 0)
    return rows
