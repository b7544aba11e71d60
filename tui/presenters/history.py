"""What a viewer did, newest first: ratings with their changes, and what was watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.types import WatchKind
from tui.presenters.stars import stars_word
from tui.presenters.text import ACCENT, BOLD, QUIET, STAR, fit, line, minutes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.types import Movie, RatingEvent, WatchEvent


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the history."""

    at: int
    """Epoch seconds."""
    movie: Movie
    half_stars: int | None = None
    before: int | None = None
    """Half stars that it changed; None for a first rating."""
    watched: str = ""
    """What was watched; empty for a rating."""


_WATCHED = {WatchKind.FINISHED: "watched to the end", WatchKind.ABANDONED: "left at"}


def entries(
    ratings: Sequence[RatingEvent], watched: Sequence[WatchEvent], movies: Mapping[int, Movie]
) -> list[HistoryEntry]:
    """Both logs (newest first) as one, newest first; starts and progress are left out, endings say enough."""
    made: list[HistoryEntry] = []
    held: dict[int, int | None] = {}
    for event in reversed(ratings):
        if event.movie_id in movies:
            before = held.get(event.movie_id)
            made.append(HistoryEntry(event.rated_at, movies[event.movie_id], event.half_stars, before))
            held[event.movie_id] = event.half_stars
    for seen in reversed(watched):
        if seen.movie_id in movies and seen.kind in _WATCHED:
            where = f" {minutes(seen.seconds or 0)}" if seen.kind == WatchKind.ABANDONED else ""
            made.append(HistoryEntry(seen.happened_at, movies[seen.movie_id], watched=_WATCHED[seen.kind] + where))
    return sorted(made, key=lambda entry: entry.at)[::-1]


def ago(at: int, now: float) -> str:
    """`just now`, `5 min ago`, `3 h ago`, or the day."""
    seconds = now - at
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h ago"
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def entry_line(entry: HistoryEntry, width: int, *, now: float, cursor: bool) -> Content:
    """An entry's line of exactly `width` cells: when, which movie, what."""
    what = _what(entry)
    what_width = 28 if width >= 70 else 18
    room = width - 2 - 12 - what_width - 1
    year = f" ({entry.movie.year})" if entry.movie.year else ""
    made = line(
        ("▸ " if cursor else "  ", ACCENT),
        fit(line((ago(entry.at, now), QUIET)), 12),
        fit(line((entry.movie.title, BOLD if cursor else ""), (year, QUIET)), room),
        " ",
        fit(what, what_width),
    )
    made = fit(made, width)
    return made.stylize("on $cursor-row") if cursor else made


def _what(entry: HistoryEntry) -> Content:
    if entry.watched:
        return line(("▶ ", ACCENT), entry.watched)
    if entry.half_stars is None:
        return line(("✗ ", QUIET), ("taken back", QUIET))
    was = (f" was {entry.before / 2:g}", QUIET) if entry.before else ""
    return line((f"{stars_word(entry.half_stars / 2):<5}", STAR), f" {entry.half_stars / 2:g}", was)
