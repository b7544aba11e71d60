"""Step 1, read: from data frames to a user × movie matrix.

The matrix is the study's: one row a user, one column a movie, 0 where there is no rating. Only its rated cells are
kept (compressed rows), since a few per cent of the cells are rated; `dense` writes out the rows that a batch needs.

Letters in the names of arrays, here and in the whole engine: U users, M movies, N ratings, B users of a batch,
S steps of a chunk, D hidden units, G genres.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import BadFrame, BadStars

Array = npt.NDArray[Any]


class Ids:
    """Ids of users or movies in the order of their rows or columns."""

    def __init__(self, ids: Iterable[Hashable] = ()) -> None:
        self.list: list[Hashable] = []
        self._index: dict[Hashable, int] = {}
        self.add(ids)

    def __len__(self) -> int:
        return len(self.list)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.list)

    def __contains__(self, item: Hashable) -> bool:
        return item in self._index

    def add(self, ids: Iterable[Hashable]) -> None:
        """Append those that are new."""
        for item in ids:
            if item not in self._index:
                self._index[item] = len(self.list)
                self.list.append(item)

    def index(self, item: Hashable) -> int:
        """Row or column of an id, -1 when it is unknown."""
        return self._index.get(item, -1)

    def indices(self, items: Iterable[Hashable]) -> Array:
        """Rows or columns of many ids (int32), -1 for unknown ones."""
        get = self._index.get
        return np.fromiter(map(get, items, repeat(-1)), np.int32)


def plain_ids(column: pd.Series[Any] | Sequence[Hashable]) -> list[Hashable]:
    """Ids as Python's own int and str, not numpy's, so that equal ids are one id wherever they come from."""
    return list(column.tolist() if isinstance(column, pd.Series) else column)


class Triples(NamedTuple):
    """Ratings as columns: row, column and half stars (1 to 10; 0 is a rating taken back), and when they were given."""

    user_N: Array
    movie_N: Array
    half_N: Array
    at_N: Array
    """Seconds since some fixed moment (float64); NaN where nobody knows."""


def half_stars(stars: Array) -> Array:
    """Stars 0.5 to 5 as half stars 1 to 10 (uint8); 0 and NaN give 0, a rating taken back.

    Raises BadStars for anything else.
    """
    whole = _whole_halves(stars)
    if whole is not None:
        return whole
    doubled = np.nan_to_num(np.asarray(stars, np.float64), nan=0.0) * 2
    rounded = np.rint(doubled)
    wrong = (np.abs(doubled - rounded) > 1e-6) | (rounded < 0) | (rounded > 10)
    if wrong.any():
        raise BadStars(f"{np.asarray(stars)[wrong][0]} is no rating: stars go from 0.5 to 5 in half steps")
    return rounded.astype(np.uint8)


def _whole_halves(stars: Array) -> Array | None:
    """The half stars where all is as it should be, which costs a third of looking for what is not; else None."""
    doubled = np.asarray(stars, np.float64) * 2
    if not len(doubled) or not (doubled.min() >= 0 and doubled.max() <= 10):
        return None
    half = doubled.astype(np.uint8)
    return half if (half == doubled).all() else None


def read_ratings(ratings: pd.DataFrame, users: Ids, movies: Ids) -> Triples:
    """Columns user, movie, stars[, at] as triples; new ids are appended to `users` and `movies`.

    Of several ratings of one movie by one user the last counts: the latest by `at`, else by row; a dated one
    counts before an undated one.
    Raises BadFrame and BadStars.
    """
    if missing := {"user", "movie", "stars"} - set(ratings.columns):
        raise BadFrame(f"the ratings lack the column {sorted(missing)[0]!r}; they have {list(ratings.columns)}")
    if "at" in ratings.columns:
        ratings = ratings.sort_values("at", kind="stable", na_position="first")
    half_N = half_stars(_numbers(ratings["stars"]))
    user_N, movie_N = _encode(ratings["user"], users), _encode(ratings["movie"], movies)
    last = ~pd.DataFrame({"u": user_N, "m": movie_N}).duplicated(keep="last").to_numpy()
    at_N = seconds(ratings["at"]) if "at" in ratings.columns else np.full(len(ratings), np.nan)
    return Triples(user_N[last], movie_N[last], half_N[last], at_N[last])


def seconds(column: pd.Series[Any]) -> Array:
    """Moments as seconds (float64): numbers are seconds already; NaN for missing ones. Raises BadFrame."""
    if pd.api.types.is_datetime64_any_dtype(column):
        utc = column.dt.tz_convert(None) if column.dt.tz is not None else column
        since: pd.Series[Any] = (utc - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
        return since.to_numpy(np.float64)
    try:
        return column.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise BadFrame(f"the column 'at' must hold seconds or dates ({error})") from None


def _numbers(stars: pd.Series[Any]) -> Array:
    try:
        return stars.to_numpy(np.float64)
    except (TypeError, ValueError) as error:
        raise BadFrame(f"the column 'stars' must hold numbers from 0.5 to 5 ({error})") from None


def _encode(column: pd.Series[Any], ids: Ids) -> Array:
    codes_N, uniques = pd.factorize(column)
    distinct = uniques.tolist()
    ids.add(distinct)
    return ids.indices(distinct)[codes_N].astype(np.int32) if len(distinct) else np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class RatingMatrix:
    """The user × movie matrix in compressed rows, each rated cell with its side of the split."""

    start_U: Array
    """First cell of each row, and the number of cells at the end: U + 1 numbers."""
    movie_N: Array
    half_N: Array
    held_N: Array
    """True for the cells that validate."""
    at_N: Array
    """When each rating was given, in seconds; NaN where nobody knows."""
    n_movies: int

    @classmethod
    def build(cls, triples: Triples, held_N: Array, n_users: int, n_movies: int) -> RatingMatrix:
        """Sort triples into rows; taken-back ratings are left out."""
        keep = np.flatnonzero(triples.half_N)
        order = keep[np.lexsort((triples.movie_N[keep], triples.user_N[keep]))]
        start_U = np.zeros(n_users + 1, np.int64)
        np.cumsum(np.bincount(triples.user_N[order], minlength=n_users), out=start_U[1:])
        columns = (triples.movie_N[order], triples.half_N[order], held_N[order], triples.at_N[order])
        return cls(start_U, *columns, n_movies)

    @property
    def n_users(self) -> int:
        """Rows."""
        return len(self.start_U) - 1

    @property
    def n_ratings(self) -> int:
        """Rated cells, held-out ones included."""
        return len(self.movie_N)

    @property
    def user_N(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Row of each rated cell."""
        return np.repeat(np.arange(self.n_users, dtype=np.int32), np.diff(self.start_U))

    def row(self, user: int) -> tuple[Array, Array]:
        """Movies and half stars of one user, held-out ones included."""
        cells = slice(self.start_U[user], self.start_U[user + 1])
        return self.movie_N[cells], self.half_N[cells]

    def train_counts(self) -> Array:
        """Training cells of each user."""
        kept = np.concatenate(([0], np.cumsum(~self.held_N)))
        return np.diff(kept[self.start_U])

    def dense(self, users_B: Array, width: int, out: Array | None = None) -> Array:
        """Training rows written out: half stars (uint8, B × width), 0 where unrated or held out."""
        half_BxM = np.zeros((len(users_B), width), np.uint8) if out is None else out
        rows, cells = self.cells(users_B)
        train = ~self.held_N[cells]
        half_BxM[rows[train], self.movie_N[cells[train]]] = self.half_N[cells[train]]
        return half_BxM

    def held_cells(self, users_B: Array) -> tuple[Array, Array, Array]:
        """Held-out ratings of some users: their positions in `users_B`, movies and half stars."""
        rows, cells = self.cells(users_B)
        held = self.held_N[cells]
        return rows[held], self.movie_N[cells[held]], self.half_N[cells[held]]

    def cells_of_movies(self, movies: Array, width: int) -> Array:
        """Where the cells of some movies lie in the columns."""
        if len(movies) <= 4:
            return np.flatnonzero(np.logical_or.reduce([self.movie_N == movie for movie in movies]))
        wanted_M = np.zeros(width, bool)
        wanted_M[movies] = True
        return np.flatnonzero(wanted_M[self.movie_N])

    def rows_of(self, cells: Array) -> Array:
        """Users of some cells."""
        return np.searchsorted(self.start_U, cells, side="right") - 1

    def train_row(self, user: int) -> tuple[Array, Array]:
        """Movies and half stars of one user's training cells."""
        cells = slice(self.start_U[user], self.start_U[user + 1])
        train = ~self.held_N[cells]
        return self.movie_N[cells][train], self.half_N[cells][train]

    def cells(self, users_B: Array) -> tuple[Array, Array]:
        """All cells of some users (-1: nobody): their positions in `users_B`, and where they lie in the columns."""
        lengths = np.where(users_B >= 0, self.start_U[users_B + 1] - self.start_U[users_B], 0)
        return np.repeat(np.arange(len(users_B)), lengths), concat_ranges(self.start_U[users_B], lengths)

    def upsert(self, news: Triples, n_users: int, n_movies: int) -> RatingMatrix:
        """A matrix with ratings added, changed or (half stars 0) taken back; all of them are training cells.

        Each user and movie may appear once in `news`. The cost is a copy of the columns, not a sort.
        """
        start_U = np.concatenate((self.start_U, np.full(n_users - self.n_users, self.start_U[-1], np.int64)))
        order = np.lexsort((news.movie_N, news.user_N))
        user_K, movie_K, half_K, when_K = (column[order] for column in news)
        at_K, there_K = self._find(start_U, user_K, movie_K)
        half_N, held_N, at_N = self.half_N.copy(), self.held_N.copy(), self.at_N.copy()
        half_N[at_K[there_K]], held_N[at_K[there_K]], at_N[at_K[there_K]] = half_K[there_K], False, when_K[there_K]
        new, gone = ~there_K & (half_K > 0), at_K[there_K & (half_K == 0)]
        change_U = np.bincount(user_K[new], minlength=n_users) - np.bincount(
            user_K[there_K & (half_K == 0)], minlength=n_users
        )
        start_U[1:] += np.cumsum(change_U)
        gone += np.searchsorted(at_K[new], gone, side="right")

        def spliced(column: Array, values: Array) -> Array:
            more = _inserted(column, at_K[new], values[new])
            return np.delete(more, gone) if len(gone) else more

        no_K = np.zeros(len(at_K), bool)
        return RatingMatrix(
            start_U, spliced(self.movie_N, movie_K), spliced(half_N, half_K), spliced(held_N, no_K),
            spliced(at_N, when_K), n_movies,
        )  # fmt: skip

    def _find(self, start_U: Array, user_K: Array, movie_K: Array) -> tuple[Array, Array]:
        """Where each cell is or would be inserted, and whether it is there; users and movies in sorted order."""
        at_K, end_K = start_U[user_K], start_U[user_K + 1]
        while (open_K := np.flatnonzero(at_K < end_K)).size:  # bisection in all rows at once
            middle = (at_K[open_K] + end_K[open_K]) // 2
            below = self.movie_N[middle] < movie_K[open_K]
            at_K[open_K[below]], end_K[open_K[~below]] = middle[below] + 1, middle[~below]
        inside = at_K < start_U[user_K + 1]
        there_K = inside.copy()
        there_K[inside] = self.movie_N[at_K[inside]] == movie_K[inside]
        return at_K, there_K


def _inserted(column: Array, at_K: Array, values: Array) -> Array:
    """`np.insert` at places in rising order; the parts between them are copied whole."""
    result = np.empty(len(column) + len(at_K), column.dtype)
    place_K = at_K + np.arange(len(at_K))
    first = 0
    for shift, end in enumerate([*at_K.tolist(), len(column)]):
        result[first + shift : end + shift] = column[first:end]
        first = end
    result[place_K] = values
    return result


def concat_ranges(starts: Array, lengths: Array) -> Array:
    """The numbers start, start + 1, ... of every range, one after the other.

    >>> concat_ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    numbers: Array = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return numbers
