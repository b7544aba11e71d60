"""The good lines of the files of ratings, as numbers of one size, more of them than the memory could hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from engine.importing.archive import DataFiles, Progress
from engine.importing.formats import Scale
from engine.importing.ids import IdNumbers
from engine.importing.limits import DISK_OF_A_RATING, refuse_beyond
from engine.importing.ratings import RatingColumns, RatingLayout, read_blocks
from engine.importing.report import SHOWN, BadLine, LineTally
from engine.importing.rows import CHUNK, Rows, Table, free_room
from engine.text import named

LINE = np.dtype([("user", np.int32), ("movie", np.int32), ("value", np.float32), ("line", np.int32), ("at", np.int64)])
"""User and movie as the numbers of their ids; value on the file's own scale, NaN where a rating was taken back."""


class RatingTable:
    """Ratings in the order of the files."""

    def __init__(self, file: str) -> None:
        """`file` is the one that messages name."""
        self.file = file
        self.users, self.movies = IdNumbers(file, "viewers"), IdNumbers(file, "movies")
        self.rows = Rows(LINE)

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, columns: RatingColumns) -> Table:
        """Take one block more, and return it. Raises ImportFailed for more viewers or movies than there may be."""
        rows = np.empty(len(columns.line), LINE)
        rows["user"], rows["movie"] = self.users.of(columns.user), self.movies.of(columns.movie)
        rows["value"], rows["line"], rows["at"] = columns.value, columns.line, columns.at
        self.rows.append(rows)
        return rows

    def chunks(self, size: int = CHUNK) -> Iterable[Table]:
        """All ratings, some at a time."""
        return self.rows.chunks(size)

    def keep(self, rows: Table, good: NDArray[np.bool_], reason: Callable[[np.void], str], tally: LineTally) -> Table:
        """The good ones of some ratings; the others are noted as bad lines, each for its reason."""
        if good.all():
            return rows
        bad = np.flatnonzero(~good)
        examples = [BadLine(self.file, int(rows["line"][i]), reason(rows[i])) for i in bad[:SHOWN]]
        tally.skip_all(len(bad), examples)
        return rows[good]


class Expected:
    """What the join will ask of a rating, as far as it is known before: so that reading ends when it can't go well."""

    def __init__(self, movies: Iterable[str], movies_file: str, scale: Scale | None, tally: LineTally) -> None:
        self._movies = frozenset(movies)
        self._file = movies_file
        self._scale = scale
        self._tally = tally
        self._known = np.zeros(0, np.bool_)
        """Whether the movie of each number is one of these."""
        self._bad = 0
        self._first: list[BadLine] = []

    def look(self, table: RatingTable, rows: Table) -> None:
        """Raise TooManyBadLines when more lines will be bad than the rest of the files can make up for."""
        new = range(len(self._known), len(table.movies))
        self._known = np.append(self._known, [table.movies.text(number) in self._movies for number in new]).astype(bool)
        unknown = ~self._known[rows["movie"]]
        off = np.zeros(len(rows), np.bool_)
        if self._scale:
            off = ~(self._scale.fits(rows["value"]) | np.isnan(rows["value"]))
        wrong = np.flatnonzero(unknown | off)
        for at in wrong[: SHOWN - len(self._first)].tolist():
            reason = unknown_movie(table, rows[at], self._file) if unknown[at] else off_scale(rows[at], self._scale)
            self._first.append(BadLine(table.file, int(rows["line"][at]), reason))
        self._bad += len(wrong)
        if self._bad + self._tally.bad > self._tally.most:
            self._tally.skip_all(self._bad, self._first)


def unknown_movie(table: RatingTable, row: np.void, movies_file: str) -> str:
    """Why a rating is bad whose movie is nowhere."""
    return f"movie {named(table.movies.text(row['movie']))} is not in {movies_file}"


def off_scale(row: np.void, scale: Scale | None) -> str:
    """Why a rating is bad that the scale does not hold."""
    return f"the rating {row['value']:g} is off the scale {scale.span if scale else ''}"


class Gathering:
    """Blocks on their way into a table, with an eye on whether all that are to come will fit."""

    def __init__(self, file: str, total: int, progress: Progress | None, expected: Expected | None = None) -> None:
        """`total`: bytes of all files."""
        self.table = RatingTable(file)
        self._expected = expected
        self._total = total
        self._progress = progress
        self._free = free_room()

    def add(self, columns: RatingColumns, done: int) -> None:
        """Take a block, after which so many bytes are read. Raises ImportFailed."""
        rows = self.table.add(columns)
        if self._expected:
            self._expected.look(self.table, rows)
        coming = len(self.table) * self._total / max(done, 1)
        refuse_beyond(named(columns.file), coming, self._free, DISK_OF_A_RATING, "disk")
        if self._progress:
            self._progress(min(done, self._total), self._total)


def read_table(
    files: DataFiles, name: str, layout: RatingLayout, tally: LineTally, progress: Progress | None, expected: Expected
) -> RatingTable:
    """Read one file of ratings; bad lines go to the tally."""
    gathering = Gathering(name, files.size(name), progress, expected)
    for columns, done in read_blocks(files, name, layout, tally):
        gathering.add(columns, done)
    return gathering.table
