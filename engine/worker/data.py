"""The rating log in columns: a local copy on disk, checked, and brought up to date with the new events alone.

A prefix of the log never changes, so a copy of `seq <= S` stays true for ever and only `seq > S` is read. One million
ratings load in some 50 ms this way, against one or two seconds from the database.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine import files
from engine.store import EventColumns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.store import Store
    from engine.types import Movie

_log = logging.getLogger("matinee.worker.data")
_FILE = "ratings.npz"
_SAMPLES = 8
LEAST_SAVED = 2_000
"""New events fewer than this are quicker to read again than to write."""
_TYPES = {"seq": np.int64, "user_id": np.int32, "movie_id": np.int32, "half_stars": np.int8, "rated_at": np.int64}
_PAIR = 2**32
_MOST_HALF_STARS = 10


class RatingsLog:
    """Every rating event up to `seq`, as columns that grow at the end."""

    def __init__(self, store: Store, folder: Path, least_saved: int = LEAST_SAVED) -> None:
        """Load the copy in `folder` if it is one of this store, then read the new events; a bad copy is read anew."""
        self._store = store
        self._path = folder / _FILE
        self._least_saved = least_saved
        self.unsaved: OSError | None = None
        """Why the copy could not be written when `save` last tried; None when it was written."""
        cached = _load(self._path, store)
        self._parts = [cached] if cached is not None else []
        self._saved = self.seq
        if cached is None and self._path.exists():
            _log.warning("%s is damaged or not of this store: all ratings are read again", self._path)
        self.read_new_events()
        _log.info("%d rating events, %d of them from the copy", self.seq, self._saved)
        self.save()

    @property
    def seq(self) -> int:
        """The last rating event in the columns; 0 when there is none."""
        return int(self._parts[-1].seq[-1]) if self._parts else 0

    @property
    def columns(self) -> EventColumns:
        """All events in order of `seq`."""
        if len(self._parts) != 1:
            self._parts = [_joined(self._parts)] if self._parts else []
        return self._parts[0] if self._parts else _empty()

    def read_new_events(self) -> EventColumns:
        """Read and return what the store has after `seq`."""
        new = self._store.events_after(self.seq)
        if len(new.seq):
            self._parts.append(new)
        return new

    def after(self, seq: int) -> EventColumns:
        """The events in the columns after `seq`."""
        columns = self.columns
        start = int(np.searchsorted(columns.seq, seq, side="right"))
        return _rows(columns, slice(start, None))

    def save(self) -> None:
        """Write the copy, atomically, if enough events are new to be worth it."""
        if self.seq - self._saved < self._least_saved:
            return
        try:
            with files.replacing(self._path, durable=False) as file:
                np.savez(file, uuid=np.array(self._store.uuid), **self.columns._asdict())
        except OSError as error:
            self.unsaved = error
        else:
            self._saved, self.unsaved = self.seq, None


def latest(columns: EventColumns) -> EventColumns:
    """The last event of each pair of viewer and movie, in order of `seq`."""
    pair = columns.user_id.astype(np.int64) * _PAIR + columns.movie_id
    _, place = np.unique(pair[::-1], return_index=True)
    return _rows(columns, np.sort(len(pair) - 1 - place))


def current(columns: EventColumns) -> EventColumns:
    """The current ratings: the last event of each pair, unless it took the rating back."""
    last = latest(columns)
    return _rows(last, np.flatnonzero(last.half_stars))


def frame(columns: EventColumns) -> pd.DataFrame:
    """Ratings as `Recommender` takes them: user, movie, stars, at. Stars are NaN where a rating was taken back."""
    stars = np.where(columns.half_stars > 0, columns.half_stars / 2, np.nan)
    return pd.DataFrame(
        {"user": columns.user_id, "movie": columns.movie_id, "stars": stars, "at": columns.rated_at}, copy=False
    )


def movie_frame(movies: Iterable[Movie]) -> pd.DataFrame:
    """The movies as `Recommender` takes them: movie, title, year, genres (`Drama|War`)."""
    rows = [(movie.movie_id, movie.title, movie.year, "|".join(movie.genres)) for movie in movies]
    return pd.DataFrame(rows, columns=["movie", "title", "year", "genres"])


def _load(path: Path, store: Store) -> EventColumns | None:
    """The copy, or None where it is missing, damaged, or of another store or course of events."""
    columns = _read(path, store.uuid)
    return columns if columns is not None and _is_current(columns, store) else None


def _read(path: Path, uuid: str) -> EventColumns | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if str(arrays["uuid"]) != uuid:
                return None
            columns = EventColumns(*(arrays[name] for name in _TYPES))
        return columns if _is_well_formed(columns) else None
    except Exception:  # noqa: BLE001 - a damaged archive raises nearly anything, and the store has all that it held
        return None


def _is_well_formed(columns: EventColumns) -> bool:
    """Whether these can be rating events from the first on: one type and length a column, no hole, no odd stars."""
    n = len(columns.seq)
    if n == 0 or any(np.shape(column) != (n,) for column in columns):
        return False
    if [column.dtype for column in columns] != [np.dtype(kind) for kind in _TYPES.values()]:
        return False
    in_order = bool((columns.seq == np.arange(1, n + 1)).all())
    return in_order and bool(columns.half_stars.min() >= 0 and columns.half_stars.max() <= _MOST_HALF_STARS)


def _is_current(columns: EventColumns, store: Store) -> bool:
    """Whether sampled rows, the first and the last among them, are what the store holds."""
    n = len(columns.seq)
    for row in np.linspace(0, n - 1, num=min(n, _SAMPLES)).astype(int).tolist():
        held = store.events_after(row, limit=1)
        pairs: Iterable[tuple[NDArray[Any], NDArray[Any]]] = zip(held, columns, strict=True)
        if any(_only(kept) != copied[row] for kept, copied in pairs):
            return False
    return True


def _rows(columns: EventColumns, rows: NDArray[np.int64] | slice) -> EventColumns:
    chosen: list[NDArray[Any]] = [column[rows] for column in columns]
    return EventColumns(*chosen)


def _only(column: NDArray[Any]) -> object:
    return column[0] if len(column) else None


def _joined(parts: list[EventColumns]) -> EventColumns:
    return EventColumns(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _empty() -> EventColumns:
    return EventColumns(*(np.empty(0, dtype=kind) for kind in _TYPES.values()))
