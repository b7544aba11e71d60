"""Features of movies beside their ratings: genres as flags, and the decade."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.data.interactions import Vocabulary, plain_ids

NO_GENRES = "(no genres listed)"
Facts = tuple[Hashable, Sequence[str], int | None]
"""A movie's id, genres and year."""


class ItemFeatures:
    """Genres and years of movies by column number; a movie may have neither."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.genres: list[tuple[str, ...]] = []
        self.years: list[int | None] = []
        self._flags: Array = np.zeros((0, 0), np.float64)

    def copy(self) -> Self:
        """A copy that can be added to by itself."""
        other = type(self)()
        other.names, other._flags = self.names, self._flags
        other.genres, other.years = list(self.genres), list(self.years)
        return other

    def put(self, ids: Vocabulary, movies: Iterable[Facts]) -> None:
        """Set the facts of some movies, whose ids `ids` must hold."""
        missing = len(ids) - len(self.genres)
        self.genres += [()] * missing
        self.years += [None] * missing
        for movie, genres, year in movies:
            self.genres[ids.index(movie)], self.years[ids.index(movie)] = tuple(genres), year
        self.names = sorted({name for names in self.genres for name in names})
        at = {name: column for column, name in enumerate(self.names)}
        self._flags = np.zeros((len(self.genres), len(self.names)))
        for row, names in enumerate(self.genres):
            self._flags[row, [at[name] for name in names]] = 1

    def flags(self, n_movies: int) -> Array:
        """0/1 flags (M × G); movies without a known genre have none."""
        missing = n_movies - len(self._flags)
        return self._flags if missing <= 0 else np.pad(self._flags, ((0, missing), (0, 0)))

    def matrix(self, n_movies: int) -> Array:
        """Features of each movie (M × F): a constant, genre flags, decade flags."""
        decade_M = np.full(n_movies, -1)
        for row, year in enumerate(self.years[:n_movies]):
            decade_M[row] = -1 if year is None else year // 10
        decades = np.unique(decade_M[decade_M >= 0])
        return np.hstack((np.ones((n_movies, 1)), self.flags(n_movies), decade_M[:, None] == decades))


def read_movies(movies: pd.DataFrame) -> list[Facts]:
    """Facts from a frame with the column movie and, optionally, genres (`Drama|War`) and year."""
    ids = plain_ids(movies["movie"])
    genres = movies["genres"].tolist() if "genres" in movies.columns else [None] * len(ids)
    years = _years(movies["year"]) if "year" in movies.columns else [None] * len(ids)
    return [(movie, split_genres(text), year) for movie, text, year in zip(ids, genres, years, strict=True)]


def _years(column: pd.Series[Any]) -> list[int | None]:
    """Whole years; None for what is missing, whichever of pandas' ways marks it, and for what is no number."""
    year_M = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return [None if np.isnan(year) else int(year) for year in year_M]


def split_genres(text: Any) -> tuple[str, ...]:
    """Genres from `Drama|War`, or from a tuple or list; missing ones give none."""
    if isinstance(text, (tuple, list)):
        return tuple(text)
    if not isinstance(text, str) or text == NO_GENRES:
        return ()
    return tuple(part.strip() for part in text.split("|") if part.strip())
