"""Reading of a file of ratings: any separator, any order of columns, in blocks of whole lines.

Memory stays at one block, whatever the size of the file: `table.py` takes the blocks to where there is room.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.importing.archive import DataFiles
from engine.importing.fields import MAX_DIGITS, MAX_NUMBER, Lines, cut, is_number, stripped
from engine.importing.ids import IdArray, are_ids, join_ids, read_ids, why_no_id
from engine.importing.limits import MAX_TIME
from engine.importing.lines import Encoding, blocks, decode
from engine.importing.report import SHOWN, BadLine, LineTally
from engine.text import quoted


@dataclass(frozen=True, slots=True)
class RatingLayout:
    """How the lines of a rating file are made."""

    separator: bytes
    fields: int = 4
    user: int = 0
    movie: int = 1
    rating: int = 2
    time: int = 3
    header: bool = False
    quotes: bool = False
    """Fields may be in quotes, as in CSV."""
    encoding: Encoding = Encoding.UTF8
    """Only ids can hold more than ASCII."""
    plain_ids: bool = True
    """Ids are whole numbers, as in all MovieLens sets; any other id makes a bad line."""
    blank_is_taken_back: bool = False
    """An empty rating is a rating taken back, not a bad line."""


@dataclass(frozen=True, slots=True)
class RatingColumns:
    """The good lines of a rating file, in the order of the file."""

    file: str
    user: IdArray
    movie: IdArray
    value: NDArray[np.float32]
    """On the file's own scale; NaN where a rating was taken back."""
    at: NDArray[np.int64]
    """Epoch seconds."""
    line: NDArray[np.int32]

    def take(self, which: NDArray[np.bool_]) -> RatingColumns:
        """Some of the lines."""
        return RatingColumns(
            self.file, self.user[which], self.movie[which], self.value[which], self.at[which], self.line[which]
        )

    def keep(self, good: NDArray[np.bool_], reason: Callable[[int], str], tally: LineTally) -> RatingColumns:
        """The good lines; the others are noted as bad, each for the reason that a position gives."""
        if good.all():
            return self
        bad = np.flatnonzero(~good)
        examples = [BadLine(self.file, int(self.line[i]), reason(int(i))) for i in bad[:SHOWN]]
        tally.skip_all(len(bad), examples)
        return self.take(good)


def read_ratings(files: DataFiles, name: str, layout: RatingLayout, tally: LineTally) -> RatingColumns:
    """Read a file of ratings as a whole; bad lines go to the tally."""
    parts = [columns for columns, _ in read_blocks(files, name, layout, tally)]
    user, movie = (join_ids([getattr(part, column) for part in parts]) for column in ("user", "movie"))
    value, at, line = (
        np.concatenate([np.zeros(0, kind), *(getattr(part, column) for part in parts)])
        for column, kind in (("value", np.float32), ("at", np.int64), ("line", np.int32))
    )
    return RatingColumns(name, user, movie, value, at, line)


def read_blocks(
    files: DataFiles, name: str, layout: RatingLayout, tally: LineTally
) -> Iterator[tuple[RatingColumns, int]]:
    """Read a file of ratings block by block, each with the bytes read so far; bad lines go to the tally."""
    done = 0
    for line, data in blocks(files, name):
        done += len(data)
        if layout.header and line == 1:
            line, data = 2, data[data.index(b"\n") + 1 :]
        yield _read_block(data, name, line, layout, tally), done


def _read_block(data: bytes, file: str, first_line: int, layout: RatingLayout, tally: LineTally) -> RatingColumns:
    if not data.isascii():
        decode(data, layout.encoding, file, first_line)
    if layout.quotes and b'"' in data:
        data = _without_quotes(data)
    lines = cut(np.frombuffer(data, np.uint8), layout.separator, layout.fields)
    index, columns = _parse(lines, file, first_line, layout)
    bad = ~lines.blank
    tally.count(lines.blank, file, first_line)
    bad[index] = False
    wrong = np.flatnonzero(bad)
    first = ((int(i), data[lines.start[i] : lines.end[i]]) for i in wrong[:SHOWN])
    tally.skip_all(len(wrong), [BadLine(file, first_line + i, why_bad(text, layout)) for i, text in first])
    return columns


def _parse(lines: Lines, file: str, first_line: int, layout: RatingLayout) -> tuple[NDArray[np.int64], RatingColumns]:
    """Which of the block's lines are good, and what they say."""
    user, movie, rating, time = (
        lines.columns[place] for place in (layout.user, layout.movie, layout.rating, layout.time)
    )
    value, good = rating.numbers()
    at, good_at = time.whole_numbers()
    good &= good_at & (at <= MAX_TIME)
    if not layout.blank_is_taken_back:
        good &= ~np.isnan(value)
    good[good] = are_ids(user.take(good), plain=layout.plain_ids)
    good[good] = are_ids(movie.take(good), plain=layout.plain_ids)
    index = lines.index[good]
    ids = read_ids(user.take(good)), read_ids(movie.take(good))
    return index, RatingColumns(file, *ids, value[good], at[good], (index + first_line).astype(np.int32))


def _without_quotes(data: bytes) -> bytes:
    """The same lines with the quotes of CSV removed; a line whose fields hold commas gets too many fields."""
    lines = data.decode("latin-1").split("\n")[:-1]
    return "".join(_without_quotes_line(line.rstrip("\r")) + "\n" for line in lines).encode("latin-1")


def _without_quotes_line(line: str) -> str:
    try:
        return ",".join(next(csv.reader([line]), []))
    except csv.Error:
        return line


def why_bad(line: bytes, layout: RatingLayout) -> str:
    """One reason for people why a line can't be a rating."""
    fields = [stripped(part) for part in line.split(layout.separator)]
    if len(fields) != layout.fields:
        return f"{len(fields)} fields where {layout.fields} belong"
    for name, text in (("user", fields[layout.user]), ("movie", fields[layout.movie])):
        if reason := why_no_id(text, plain=layout.plain_ids):
            return f"the {name} id {reason}"
    rating = fields[layout.rating]
    if not is_number(rating) or len(rating) > MAX_NUMBER:
        return f"the rating {quoted(rating)} is not a number"
    time = fields[layout.time]
    if time.isdigit() and len(time) <= MAX_DIGITS and int(time) <= MAX_TIME:
        return "separators that run together"
    return f"the time {quoted(time)} is not in epoch seconds"
