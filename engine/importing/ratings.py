"""Reading of a file of ratings: any separator, any order of columns, in blocks of whole lines.

Memory stays at a few bytes a rating beside one block, so a set of 32 million ratings can be read on a laptop.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.importing.archive import DataFiles
from engine.importing.fields import MAX_DIGITS, MAX_NUMBER, Lines, cut, is_number, stripped
from engine.importing.ids import IdArray, are_ids, join_ids, read_ids, why_no_id
from engine.importing.limits import MAX_TIME, free_memory, refuse_beyond_memory
from engine.importing.lines import Encoding, blocks, decode
from engine.importing.report import SHOWN, BadLine, LineTally
from engine.text import quoted

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


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


@dataclass(slots=True)
class Parts:
    """Blocks read so far."""

    user: list[IdArray] = field(default_factory=list)
    movie: list[IdArray] = field(default_factory=list)
    value: list[NDArray[np.float32]] = field(default_factory=list)
    at: list[NDArray[np.int64]] = field(default_factory=list)
    line: list[NDArray[np.int32]] = field(default_factory=list)

    def add(self, columns: RatingColumns) -> None:
        """One more block."""
        self.user.append(columns.user)
        self.movie.append(columns.movie)
        self.value.append(columns.value)
        self.at.append(columns.at)
        self.line.append(columns.line)

    def joined(self, file: str) -> RatingColumns:
        """All blocks as one; they are let go column by column, so that the memory does not hold all of them twice."""
        user, movie = (join_ids(_taken(column)) for column in (self.user, self.movie))
        value = np.concatenate([np.zeros(0, np.float32), *_taken(self.value)])
        at = np.concatenate([np.zeros(0, np.int64), *_taken(self.at)])
        return RatingColumns(file, user, movie, value, at, np.concatenate([np.zeros(0, np.int32), *_taken(self.line)]))


def _taken(parts: list[T]) -> list[T]:
    """The parts of a column, which are nobody else's from now on."""
    taken = parts[:]
    parts.clear()
    return taken


def read_ratings(
    files: DataFiles, name: str, layout: RatingLayout, tally: LineTally, progress: Progress | None = None
) -> RatingColumns:
    """Read one file of ratings; bad lines go to the tally."""
    parts, total, done, rows, free = Parts(), files.size(name), 0, 0, free_memory()
    for line, data in blocks(files, name):
        done += len(data)
        if layout.header and line == 1:
            line, data = 2, data[data.index(b"\n") + 1 :]
        _read_block(data, name, line, layout, tally, parts)
        rows += len(parts.line[-1])
        refuse_beyond_memory(name, rows * total / done, free)
        if progress:
            progress(min(done, total), total)
    return parts.joined(name)


def _read_block(data: bytes, file: str, first_line: int, layout: RatingLayout, tally: LineTally, parts: Parts) -> None:
    if not data.isascii():
        decode(data, layout.encoding, file, first_line)
    if layout.quotes and b'"' in data:
        data = _without_quotes(data)
    lines = cut(np.frombuffer(data, np.uint8), layout.separator, layout.fields)
    good = _parse(lines, first_line, layout, parts)
    bad = ~lines.blank
    tally.count(lines.blank, file, first_line)
    bad[good] = False
    wrong = np.flatnonzero(bad)
    first = ((int(i), data[lines.start[i] : lines.end[i]]) for i in wrong[:SHOWN])
    tally.skip_all(len(wrong), [BadLine(file, first_line + i, why_bad(text, layout)) for i, text in first])


def _parse(lines: Lines, first_line: int, layout: RatingLayout, parts: Parts) -> NDArray[np.int64]:
    """Add the good lines to the parts; which of the block's lines they are."""
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
    parts.user.append(read_ids(user.take(good)))
    parts.movie.append(read_ids(movie.take(good)))
    parts.value.append(value[good])
    parts.at.append(at[good])
    index = lines.index[good]
    parts.line.append((index + first_line).astype(np.int32))
    return index


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
