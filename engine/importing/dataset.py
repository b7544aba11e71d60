"""A data set: joined, mapped to half stars, ordered. `read_dataset` is the way in without a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from engine.errors import ImportFailed
from engine.importing.archive import Progress, open_archive
from engine.importing.catalogue import MovieRow
from engine.importing.detect import Found, checked_size, find_dataset
from engine.importing.ids import ids_of_texts
from engine.importing.join import Joined, RawDataset, join
from engine.importing.limits import MEMORY_OF_A_RATING, refuse_beyond
from engine.importing.readers import read_raw
from engine.importing.report import LineTally, Reading
from engine.importing.rows import Table
from engine.text import named


@dataclass(frozen=True)
class Dataset:
    """Users, movies and ratings of a data set, keyed by the ids of its files.

    A column of ids is int64 where all of them are plain whole numbers, and text otherwise (`0042`). The frames are made
    when they are first asked for.
    """

    movie_rows: list[MovieRow]
    """The movies in the order of the file."""
    joined: Joined
    """The viewers, and every rating as positions in the two lists, which may lie on the disk: see `rows.py`."""
    report: Reading

    @cached_property
    def users(self) -> pd.DataFrame:
        """user, name, created_at (epoch seconds); ordered by id."""
        viewers = self.joined.viewers
        return pd.DataFrame(
            {
                "user": self._user_ids,
                "name": [viewer.name for viewer in viewers],
                "created_at": np.array([viewer.created_at for viewer in viewers], np.int64),
            }
        )

    @cached_property
    def movies(self) -> pd.DataFrame:
        """movie, title (for display), year (Int64, may be missing), genres (`Drama|War`, empty for none), raw_title."""
        rows = self.movie_rows
        return pd.DataFrame(
            {
                "movie": self._movie_ids,
                "title": [row.title.display for row in rows],
                "year": pd.array([row.title.year for row in rows], dtype="Int64"),
                "genres": ["|".join(row.genres) for row in rows],
                "raw_title": [row.title.raw for row in rows],
            }
        )

    @cached_property
    def events(self) -> pd.DataFrame:
        """Every rating of the files, earlier ones too: user, movie, stars (NaN: taken back), at (epoch seconds).

        A user's rows lie together, in the order in which they happened.
        """
        return self._frame(self._all())

    @cached_property
    def ratings(self) -> pd.DataFrame:
        """One rating per user and movie, the latest: user, movie, stars, at."""
        events = self._all()
        return self._frame(events[events["current"]])

    @cached_property
    def _user_ids(self) -> pd.Index:
        return ids_of_texts([viewer.id for viewer in self.joined.viewers])

    @cached_property
    def _movie_ids(self) -> pd.Index:
        return ids_of_texts([row.id for row in self.movie_rows])

    def _all(self) -> Table:
        """Every event in memory. Raises ImportFailed where there is no room for them."""
        events = self.joined.events
        free = int(psutil.virtual_memory().available)
        refuse_beyond("the data set", len(events), free, MEMORY_OF_A_RATING, "memory")
        return events.read(0, len(events))

    def _frame(self, events: Table) -> pd.DataFrame:
        half_stars = events["half_stars"]
        return pd.DataFrame(
            {
                "user": self._user_ids.take(events["user"]),
                "movie": self._movie_ids.take(events["movie"]),
                "stars": np.where(half_stars == 0, np.nan, half_stars / 2).astype(np.float32),
                "at": events["at"].copy(),
            }
        )


def read_dataset(
    path: str | Path, format: str | None = None, *, keep_going: bool = False, on_progress: Progress | None = None
) -> Dataset:
    """Read a data set from its zip or folder. Raises ImportFailed and its kinds.

    Arguments:
        path: the zip, or the folder that holds the files, at the top or in a sub-folder.
        format: one of `engine.importing.FORMATS`; told from the files where it is None.
        keep_going: accept more than 1 % of bad lines.
        on_progress: told bytes done and bytes in all of the file of ratings.

    """
    with open_dataset(path, format) as found:
        return read_found(found, keep_going=keep_going, on_progress=on_progress)


@contextmanager
def open_dataset(path: str | Path, format: str | None = None) -> Iterator[Found]:
    """Find the data set and keep its archive open."""
    with open_archive(Path(path)) as archive:
        found = find_dataset(archive, format)
        checked_size(found)
        yield found


def read_found(found: Found, *, keep_going: bool = False, on_progress: Progress | None = None) -> Dataset:
    """Read a data set that has been found."""
    tally = LineTally() if keep_going else LineTally.for_size(checked_size(found))
    return _build(read_raw(found, tally, on_progress), tally, keep_going)


def _build(raw: RawDataset, tally: LineTally, keep_going: bool) -> Dataset:
    joined = join(raw, tally)
    if not keep_going:
        tally.refuse_if_too_many()
    events = len(joined.events)
    if raw.viewers is None and not events:
        raise ImportFailed(f"{named(raw.ratings.file)} holds no good rating: nothing was written")
    report = Reading(
        format=raw.format.name,
        users=len(joined.viewers),
        movies=len(raw.movies),
        ratings=joined.current,
        earlier=events - joined.current,
        scale=str(joined.scale),
        skipped=tally.bad,
        skipped_lines=tuple(tally.first),
    )
    return Dataset(raw.movies, joined, report)
