"""From a reader's lines to a data set: which movie, which stars, whose, in which order, and which one counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.errors import ImportFailed
from engine.importing.catalogue import MovieRow
from engine.importing.formats import HALF_STARS, Format, Scale, infer_scale
from engine.importing.ids import codes_in, distinct
from engine.importing.limits import MAX_TIME, MAX_VIEWERS
from engine.importing.ratings import RatingColumns
from engine.importing.report import LineTally
from engine.text import named

Codes = NDArray[np.int32]
_TIME_BITS = MAX_TIME.bit_length()
"""A user's position above the time in one number, which sorts faster than two; leaves room for 33 million users."""


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
    ratings: RatingColumns
    viewers: list[ViewerRow] | None = None
    """None where the viewers are those who rate."""
    in_order: bool = False
    """The file's order is the order of the log; otherwise a user's ratings are ordered by time."""


class Joined(NamedTuple):
    """Events as positions in the lists of viewers and movies."""

    viewers: list[ViewerRow]
    user: Codes
    movie: Codes
    half_stars: NDArray[np.int8]
    """0 where the rating was taken back."""
    at: NDArray[np.int64]
    is_current: NDArray[np.bool_]
    scale: Scale


def join(raw: RawDataset, tally: LineTally) -> Joined:
    """Join ratings to movies and viewers; lines that fit neither go to the tally."""
    ratings, movie = _of_known_movies(raw, raw.ratings, tally)
    scale = raw.format.scale or (infer_scale(ratings.value) if len(ratings.value) else HALF_STARS)
    fits = scale.fits(ratings.value) | np.isnan(ratings.value)
    movie = movie[fits]
    ratings = ratings.keep(fits, lambda i: f"the rating {ratings.value[i]:g} is off the scale {scale.span}", tally)
    viewers, user = _viewers(raw, ratings)
    known = user >= 0
    user, movie = user[known], movie[known]
    ratings = ratings.keep(known, lambda i: f"user {_text(ratings.user[i])} is not in viewers.csv", tally)

    by_time = user if raw.in_order else (user.astype(np.int64) << _TIME_BITS) | ratings.at
    order = np.argsort(by_time, kind="stable")
    del by_time
    user, movie, value = user[order], movie[order], ratings.value[order]
    given = ~np.isnan(value)
    half_stars = np.zeros(len(value), np.int8)
    half_stars[given] = scale.half_stars(value[given])
    return Joined(viewers, user, movie, half_stars, ratings.at[order], are_last(user, movie) & given, scale)


def are_last(user: Codes, movie: Codes, at_once: int = 1_000_000) -> NDArray[np.bool_]:
    """Which events are the last of their pair. A user's lie together, so about `at_once` events are looked at."""
    last = np.zeros(len(user), np.bool_)
    start = 0
    while start < len(user):
        end = int(np.searchsorted(user, user[min(start + at_once, len(user)) - 1], side="right"))
        pairs = (user[start:end].astype(np.int64) << 32) | movie[start:end]
        last[start:end] = ~pd.Series(pairs).duplicated(keep="last").to_numpy()
        start = end
    return last


def _of_known_movies(raw: RawDataset, ratings: RatingColumns, tally: LineTally) -> tuple[RatingColumns, Codes]:
    movie = codes_in(ratings.movie, [row.id for row in raw.movies])
    known = movie >= 0
    kept = ratings.keep(known, lambda i: f"movie {_text(ratings.movie[i])} is not in {raw.movies_file}", tally)
    return kept, movie[known]


def _viewers(raw: RawDataset, ratings: RatingColumns) -> tuple[list[ViewerRow], Codes]:
    """The viewers, and whose each rating is (-1: of none). Where there is no list, they are those who rate."""
    if raw.viewers is not None:
        return raw.viewers, codes_in(ratings.user, [viewer.id for viewer in raw.viewers])
    user, ids = distinct(ratings.user)
    if len(ids) > MAX_VIEWERS:
        raise ImportFailed(f"{named(ratings.file)} names more than {MAX_VIEWERS:,} viewers: import a part of it")
    first = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(first, user, ratings.at)
    return [ViewerRow(key, key, at) for key, at in zip(ids, first.tolist(), strict=True)], user


def _text(key: np.int64 | np.bytes_) -> str:
    return named(key.decode("utf-8", errors="backslashreplace") if isinstance(key, bytes) else str(key))
