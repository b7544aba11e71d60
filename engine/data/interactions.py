"""Step 1, read: from data frames to triples of user, movie and half stars."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.errors import BadFrame, BadStars


class Vocabulary:
    """Ids of users or movies, numbered in the order of their rows or columns."""

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
        """Append the ids that are new."""
        for item in ids:
            if item not in self._index:
                self._index[item] = len(self.list)
                self.list.append(item)

    def index(self, item: Hashable) -> int:
        """The number of an id, -1 when it is unknown."""
        return self._index.get(item, -1)

    def indices(self, items: Iterable[Hashable]) -> Array:
        """The numbers of many ids (int32), -1 for unknown ones."""
        get = self._index.get
        return np.fromiter(map(get, items, repeat(-1)), np.int32)


def plain_ids(column: pd.Series[Any] | Sequence[Hashable]) -> list[Hashable]:
    """Ids as Python's own int and str, not numpy's, so that equal ids are one id wherever they come from."""
    return list(column.tolist() if isinstance(column, pd.Series) else column)


class Triples(NamedTuple):
    """Ratings as columns. No pair of user and movie comes twice."""

    user_N: Array
    movie_N: Array
    half_N: Array
    """Half stars 1 to 10; 0 is a rating taken back."""
    at_N: Array
    """Timestamp in seconds (float64); NaN where it is unknown."""


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
    """The half stars where every value is valid, which costs a third of finding one that is not; else None."""
    doubled = np.asarray(stars, np.float64) * 2
    if not len(doubled) or not (doubled.min() >= 0 and doubled.max() <= 10):
        return None
    half = doubled.astype(np.uint8)
    return half if (half == doubled).all() else None


def read_ratings(ratings: pd.DataFrame, users: Vocabulary, movies: Vocabulary) -> Triples:
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
    """Timestamps as seconds (float64): numbers are seconds already; NaN for missing ones. Raises BadFrame."""
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


def _encode(column: pd.Series[Any], ids: Vocabulary) -> Array:
    codes_N, uniques = pd.factorize(column)
    distinct = uniques.tolist()
    ids.add(distinct)
    return ids.indices(distinct)[codes_N].astype(np.int32) if len(distinct) else np.empty(0, np.int32)
