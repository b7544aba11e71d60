"""What an import did with the lines of the files: the lines it skipped and why, and the figures it ends with."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.errors import ImportFailed, TooManyBadLines
from engine.importing.limits import MAX_BLANK_LINES, SHORTEST_LINE

SHOWN = 10
"""Skipped lines that a report shows."""
TOLERATED = 0.01
"""The share of bad lines that an honest data set may have."""
_FEW = 10_000
"""Bad lines of a small data set: all of it is read, so that the message has the whole count."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was skipped."""

    file: str
    line: int
    """Counted from 1, as editors do."""
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(slots=True)
class LineTally:
    """Counts the lines of all files, good and bad, and keeps the first bad ones."""

    read: int = 0
    bad: int = 0
    blank: int = 0
    first: list[BadLine] = field(default_factory=list)
    most: int = sys.maxsize
    """Bad lines at which reading stops: so many that the rest can't make up for them."""

    @classmethod
    def for_size(cls, size: int) -> LineTally:
        """For files of so many bytes: refuses them as soon as it is sure, not after all of their gigabytes."""
        return cls(most=max(int(TOLERATED * size / SHORTEST_LINE), _FEW))

    def count(self, blank: NDArray[np.bool_], file: str, line: int) -> None:
        """Count a block of lines that begins at `line`; those without text are nothing, but not without end."""
        n = int(blank.sum())
        self.read += len(blank) - n
        self.blank += n
        if self.blank > MAX_BLANK_LINES:
            raise ImportFailed(f"{file}, from line {line} on: too many lines without text: get the file again")

    def skip(self, file: str, line: int, reason: str) -> None:
        """Note one bad line."""
        self.skip_all(1, [BadLine(file, line, reason)])

    def skip_all(self, count: int, examples: Iterable[BadLine]) -> None:
        """Note `count` bad lines at once; `examples` are the first of them."""
        self.bad += count
        self.first.extend(list(examples)[: SHOWN - len(self.first)])
        if self.bad > self.most:
            self.refuse_if_too_many()

    def refuse_if_too_many(self) -> None:
        """Raise TooManyBadLines where more lines are bad than an honest data set has."""
        if self.bad > TOLERATED * self.read:
            raise TooManyBadLines(
                f"{self.bad:,} of {self.read:,} lines are bad, the first is {self.first[0]}: "
                "nothing was written; correct the files, or import the good lines with --keep-going"
            )


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in the files."""

    format: str
    users: int
    movies: int
    ratings: int
    """Ratings that count: one per user and movie, the latest."""
    earlier: int
    """Ratings of the same pair that a later one replaced; they stay in the history."""
    scale: str
    """The files' own scale, and the rule that maps it to half stars."""
    skipped: int
    skipped_lines: tuple[BadLine, ...]
    """The first of the skipped lines."""

    @property
    def events(self) -> int:
        """Lines of the log that the ratings make."""
        return self.ratings + self.earlier
