"""What the model knows of movies beside ratings: genres as flags, and the year."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from engine.read import Array, Ids, plain_ids

NO_GENRES = "(no genres listed)"


class Genres:
    """Genre flags of movies by column number; unknown movies have none."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.of_movie: list[tuple[str, ...]] = []
        self._flags: Array = np.zeros((0, 0), np.float64)

    def put(self, ids: Ids, movies: Iterable[tuple[Hashable, Sequence[str]]]) -> None:
        """Set the genres of some movies; the ids must be known to `ids`."""
        self.of_movie.extend(() for _ in range(len(ids) - len(self.of_movie)))
        for movie, genres in movies:
            self.of_movie[ids.index(movie)] = tuple(genres)
        self.names = sorted({name for names in self.of_movie for name in names})
        at = {name: column for column, name in enumerate(self.names)}
        self._flags = np.zeros((len(self.of_movie), len(self.names)))
        for row, names in enumerate(self.of_movie):
            self._flags[row, [at[name] for name in names]] = 1

    def flags(self, n_movies: int) -> Array:
        """0/1 flags (M × G); movies without a known genre have none."""
        missing = n_movies - len(self._flags)
        return self._flags if missing <= 0 else np.pad(self._flags, ((0, missing), (0, 0)))


def read_genres(movies: pd.DataFrame) -> list[tuple[Hashable, tuple[str, ...]]]:
    """Pairs of movie id and genres from a frame with the columns movie and, optionally, genres (`Drama|War`)."""
    ids = plain_ids(movies["movie"])
    if "genres" not in movies.columns:
        return [(movie, ()) for movie in ids]
    return [(movie, split_genres(text)) for movie, text in zip(ids, movies["genres"].tolist(), strict=True)]


def split_genres(text: Any) -> tuple[str, ...]:
    """Genres from `Drama|War`, or from a tuple or list; missing ones give none."""
    if isinstance(text, (tuple, list)):
        return tuple(text)
    if not isinstance(text, str) or text == NO_GENRES:
        return ()
    return tuple(part.strip() for part in text.split("|") if part.strip())
