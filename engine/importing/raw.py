"""What a reader of one family of formats hands on: the good lines, not yet joined, mapped or sorted."""

from __future__ import annotations

from dataclasses import dataclass

from engine.importing.catalogue import MovieRow
from engine.importing.formats import Format
from engine.importing.ratings import RatingColumns


@dataclass(frozen=True, slots=True)
class ViewerRow:
    """A viewer of the file, where the data set has a list of them."""

    id: str
    name: str
    created_at: int


def shown_name(text: str) -> str:
    """A viewer's name as the store takes it: a dot for what can't be shown, no blanks at the edges."""
    return "".join(letter if letter.isprintable() else "·" for letter in text.strip())


@dataclass(frozen=True, slots=True)
class RawDataset:
    """Checked line by line."""

    format: Format
    movies: list[MovieRow]
    movies_file: str
    ratings: RatingColumns
    viewers: list[ViewerRow] | None = None
    """None where the viewers are those who rate."""
    in_order: bool = False
    """The file's order is the order of the log; otherwise a user's ratings are ordered by time."""
