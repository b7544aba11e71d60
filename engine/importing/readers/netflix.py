"""The Netflix Prize: ratings under the number of their movie, a file for each movie or four big files with all of them.

A line `123:` opens the section of a movie, the lines `customer,rating,date` under it belong to it. The titles are
latin-1, `id,year,title` with unquoted commas in the title.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.importing.archive import DataFiles, Progress
from engine.importing.catalogue import Catalogue
from engine.importing.fields import Column, Lines, cut
from engine.importing.formats import FILES, WHOLE_STARS, Format
from engine.importing.ids import are_ids, is_plain, read_ids
from engine.importing.join import RawDataset
from engine.importing.limits import YEARS
from engine.importing.lines import blocks, read_lines
from engine.importing.ratings import RatingColumns
from engine.importing.report import SHOWN, BadLine, LineTally
from engine.importing.table import Gathering
from engine.text import named, quoted

_COLON = 58
_DAY = 86_400
_DATE = 10
"""Letters of a date."""
_NO_YEAR = "NULL"


class _Sections(NamedTuple):
    """Which lines name a movie, and which movie: the lines below one belong to it."""

    line: NDArray[np.int64]
    movie: NDArray[np.int64]
    """One more than lines: first the movie that is open when the block begins. 0: a line that names no movie."""

    def of(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        """The movie of each line."""
        return self.movie[np.searchsorted(self.line, index)]


def read(files: DataFiles, format: Format, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read the data set. Ratings of unknown movies or off the scale are found here, where their file is known."""
    titles, ratings = (files.matching(pattern) for pattern in FILES["netflix"])
    catalogue = Catalogue(titles[0], tally)
    for number, line in read_lines(files, titles[0], format.encoding):
        _add(catalogue, number, line)
    movies = pd.Index(np.array([int(movie_id) for movie_id in catalogue.ids()], np.int64))
    gathering, done = Gathering(ratings[0], sum(map(files.size, ratings)), progress), 0
    for name in ratings:
        for columns, size in _read_file(files, name, tally):
            done += size
            gathering.add(_checked(columns, movies, catalogue.file, tally), done)
    return RawDataset(format, catalogue.movies, catalogue.file, gathering.table)


def _add(catalogue: Catalogue, number: int, line: str) -> None:
    fields = line.split(",", 2)
    if len(fields) != 3:
        catalogue.skip(number, f"{len(fields)} fields where 3 belong")
    elif not (fields[1] == _NO_YEAR or (is_plain(fields[1]) and int(fields[1]) in YEARS)):
        catalogue.skip(number, f"the year {quoted(fields[1])} is neither a year nor NULL")
    else:
        catalogue.add(number, fields[0], fields[2], (), None if fields[1] == _NO_YEAR else int(fields[1]))


def _checked(ratings: RatingColumns, movies: pd.Index, titles: str, tally: LineTally) -> RatingColumns:
    known = movies.get_indexer(pd.Index(ratings.movie)) >= 0
    kept = ratings.keep(known, lambda i: f"movie {ratings.movie[i]} is not in {titles}", tally)
    fits = WHOLE_STARS.fits(kept.value)
    return kept.keep(fits, lambda i: f"the rating {kept.value[i]:g} is off the scale {WHOLE_STARS.span}", tally)


def _read_file(files: DataFiles, name: str, tally: LineTally) -> Iterator[tuple[RatingColumns, int]]:
    """Blocks of a file, each with its number of bytes."""
    movie, file = 0, named(name)
    for line, data in blocks(files, name):
        columns, movie = _read_block(data, file, line, movie, tally)
        yield columns, len(data)


def _read_block(data: bytes, file: str, first_line: int, movie: int, tally: LineTally) -> tuple[RatingColumns, int]:
    """The good ratings of a block, and the movie that is open at its end."""
    lines = cut(np.frombuffer(data, np.uint8), b",", 3)
    sections = _sections(lines, movie)
    user, rating, day = lines.columns
    value, good = rating.numbers()
    at, good_at = _days(day)
    above = sections.of(lines.index)
    good &= good_at & ~np.isnan(value) & are_ids(user, plain=True) & (above > 0)
    index = lines.index[good]
    line = (index + first_line).astype(np.int32)
    columns = RatingColumns(file, read_ids(user.take(good)), above[good], value[good], at[good], line)

    bad = ~lines.blank
    tally.count(lines.blank, file, first_line)
    bad[index] = False
    bad[sections.line[sections.movie[1:] > 0]] = False
    wrong = np.flatnonzero(bad)
    first = zip(wrong[:SHOWN].tolist(), sections.of(wrong[:SHOWN]).tolist(), strict=True)
    tally.skip_all(
        len(wrong),
        [BadLine(file, first_line + i, _why(data[lines.start[i] : lines.end[i]], under)) for i, under in first],
    )
    return columns, int(sections.movie[-1])


def _sections(lines: Lines, movie: int) -> _Sections:
    """Find the lines that end in a colon; `movie` is open when the block begins."""
    block = lines.columns[0].block
    where = np.flatnonzero((block[np.maximum(lines.end - 1, 0)] == _COLON) & ~lines.blank)
    numbers, plain = Column(block, lines.start[where], lines.end[where] - 1).whole_numbers()
    return _Sections(where, np.concatenate([[movie], np.where(plain, numbers, 0)]))


def _days(column: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Midnight UTC of dates such as 2005-09-06, and which fields are dates; a set has few different ones."""
    good = column.lengths() == _DATE
    codes, unique = pd.factorize(column.take(good).texts().astype(object))
    at = np.full(len(column), -1, np.int64)
    at[good] = np.array([_seconds(text) for text in unique.tolist()], np.int64)[codes]
    return at, at >= 0


def _seconds(text: bytes) -> int:
    try:
        return (date.fromisoformat(text.decode("ascii")) - date(1970, 1, 1)).days * _DAY
    except ValueError:
        return -1


def _why(line: bytes, movie: int) -> str:
    if line.endswith(b":"):
        return "names no movie"
    fields = line.split(b",")
    if len(fields) != 3:
        return f"{len(fields)} fields where 3 belong"
    return "not a customer, a rating and a date" if movie else "stands under no movie"
