"""From a reader's lines to a data set: which movie, which stars, whose, in which order, and which one counts.

Nothing here holds all ratings: they are looked at in chunks, and sorted in parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ImportFailed
from engine.importing.catalogue import MovieRow
from engine.importing.formats import Format, Scale, infer_scale
from engine.importing.ids import IdNumbers, why_no_id
from engine.importing.limits import MAX_OF_A_VIEWER
from engine.importing.order import EVENT, SIZES, Sizes, sorted_by_user
from engine.importing.report import LineTally
from engine.importing.rows import Rows, Table
from engine.importing.table import RatingTable, off_scale, unknown_movie
from engine.text import dotted, named, quoted, tidy

Places = NDArray[np.int32]
"""For the number of each id, its position in a list; -1 where it is not there."""


@dataclass(frozen=True, slots=True)
class ViewerRow:
    """A viewer of the file, where the data set has a list of them."""

    id: str
    name: str
    created_at: int


@dataclass(frozen=True, slots=True)
class RawDataset:
    """What a reader hands on: the good lines, not yet joined, mapped or sorted."""

    format: Format
    movies: list[MovieRow]
    movies_file: str
    ratings: RatingTable
    viewers: list[ViewerRow] | None = None
    """None where the viewers are those who rate."""
    in_order: bool = False
    """The file's order is the order of the log; otherwise a user's ratings are ordered by time."""
    plain_ids: bool = False
    """Ids are whole numbers; the reader has let others through, before it knew."""


class Joined(NamedTuple):
    """A data set's ratings and who gave them."""

    viewers: list[ViewerRow]
    events: Rows
    """Sorted by viewer, see `order.EVENT`."""
    current: int
    """How many of them count: the last of each viewer and movie, unless it took the rating back."""
    scale: Scale


class _Known(NamedTuple):
    """What a rating is checked against."""

    movies: Places
    users: Places
    scale: Scale


def join(raw: RawDataset, tally: LineTally, sizes: Sizes = SIZES) -> Joined:
    """Join ratings to movies and viewers; lines that fit neither go to the tally. The raw ratings are given back."""
    ratings = raw.ratings
    movies = ratings.movies.places_in([row.id for row in raw.movies])
    scale = raw.format.scale or infer_scale(_Values(ratings, movies, sizes))
    listed = raw.viewers
    users = _with_a_name(ratings.users) if listed is None else ratings.users.places_in([viewer.id for viewer in listed])
    with ratings.rows, Rows(EVENT) as good:
        first, counts = _gather(raw, _Known(movies, users, scale), good, tally, sizes)
        order = np.arange(len(counts)) if listed is not None else _who_rate(ratings, counts)
        viewers = listed if listed is not None else _viewers(ratings, order.tolist(), first)
        _refuse_a_crowd(ratings.file, viewers, counts[order])
        events = sorted_by_user(good, order, counts, by_time=not raw.in_order, sizes=sizes)
    return Joined(viewers, events, sum(int(rows["current"].sum()) for rows in events.chunks(sizes.chunk)), scale)


class _Values:
    """The values of the ratings of known movies, in chunks, as often as they are asked for."""

    def __init__(self, ratings: RatingTable, movies: Places, sizes: Sizes) -> None:
        self._ratings, self._movies, self._chunk = ratings, movies, sizes.chunk

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        for rows in self._ratings.chunks(self._chunk):
            yield rows["value"][self._movies[rows["movie"]] >= 0]


def _gather(
    raw: RawDataset, known: _Known, good: Rows, tally: LineTally, sizes: Sizes
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Check and map the ratings, in the order of the file; for each user the first time, and how many there are."""
    n = len(known.users) if raw.viewers is None else len(raw.viewers)
    first, counts = np.full(n, np.iinfo(np.int64).max), np.zeros(n, np.int64)
    for lines in raw.ratings.chunks(sizes.chunk):
        rows = _checked(raw, known, lines, tally)
        events = np.zeros(len(rows), EVENT)
        given = ~np.isnan(rows["value"])
        events["user"], events["movie"] = known.users[rows["user"]], known.movies[rows["movie"]]
        events["half_stars"][given] = known.scale.half_stars(rows["value"][given])
        events["at"] = rows["at"]
        good.append(events)
        np.minimum.at(first, events["user"], events["at"])
        counts += np.bincount(events["user"], minlength=n)
    return first, counts


def _checked(raw: RawDataset, known: _Known, rows: Table, tally: LineTally) -> Table:
    """The ratings of known movies and users on the scale."""
    users, movies = raw.ratings.users, raw.ratings.movies

    def keep(rows: Table, good: NDArray[np.bool_], reason: Callable[[np.void], str]) -> Table:
        return raw.ratings.keep(rows, good, reason, tally)

    if raw.plain_ids:
        rows = keep(rows, users.plain()[rows["user"]], lambda row: f"the user id {_why(users.text(row['user']))}")
        rows = keep(rows, movies.plain()[rows["movie"]], lambda row: f"the movie id {_why(movies.text(row['movie']))}")
    rows = keep(
        rows,
        known.movies[rows["movie"]] >= 0,
        lambda row: unknown_movie(raw.ratings, row, raw.movies_file),
    )
    rows = keep(
        rows,
        known.scale.fits(rows["value"]) | np.isnan(rows["value"]),
        lambda row: off_scale(row, known.scale),
    )
    return keep(
        rows,
        known.users[rows["user"]] >= 0,
        lambda row: _why_nobody(users.text(row["user"]), listed=raw.viewers is not None),
    )


def _with_a_name(users: IdNumbers) -> Places:
    """The numbers of those whose id is a name too, as it becomes one: blanks beyond ASCII alone are none."""
    numbers = np.arange(len(users), dtype=np.int32)
    for number in range(len(users)):
        text = users.text(number)
        if not (text.isascii() or tidy(dotted(text))):
            numbers[number] = -1
    return numbers


def _why_nobody(text: str, *, listed: bool) -> str:
    return f"user {named(text)} is not in viewers.csv" if listed else f"the user id {quoted(text)} shows no letter"


def _why(text: str) -> str | None:
    return why_no_id(text.encode(), plain=True)


def _who_rate(ratings: RatingTable, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of those with a good rating, in the order of their ids."""
    order = ratings.users.in_order()
    return order[counts[order] > 0]


def _viewers(ratings: RatingTable, order: list[int], first: NDArray[np.int64]) -> list[ViewerRow]:
    return [ViewerRow(key := ratings.users.text(number), key, int(first[number])) for number in order]


def _refuse_a_crowd(file: str, viewers: list[ViewerRow], counts: NDArray[np.int64]) -> None:
    """Raise ImportFailed for a viewer with more ratings than can be sorted together."""
    most = int(counts.argmax()) if len(counts) else 0
    if len(counts) and counts[most] > MAX_OF_A_VIEWER:
        raise ImportFailed(
            f"{named(file)}: user {named(viewers[most].id)} has more than {MAX_OF_A_VIEWER:,} ratings: "
            "import a part of them"
        )
