"""The taste start: a dozen movies with stars to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presenters.stars import figure, star_bar
from tui.presenters.text import ACCENT, BOLD, QUIET, UP, fit, line

if TYPE_CHECKING:
    from textual.content import Content

    from engine.types import Movie

_TAIL = 17
"""Cells of the stars, their figure and the tick."""


def taste_line(
    movie: Movie, width: int, *, half_stars: int | None, pending: bool, just_saved: bool, cursor: bool
) -> Content:
    """A movie's line of exactly `width` cells: title, genres, stars."""
    genres_width = min(26, width // 3) if width >= 60 else 0
    room = width - 2 - genres_width - _TAIL
    year = f" ({movie.year})" if movie.year else ""
    tick = (" ✓", UP) if just_saved and half_stars and not pending else ""
    made = line(
        ("▸ " if cursor else "  ", ACCENT),
        fit(line((movie.title, BOLD if cursor else ""), (year, QUIET)), room),
        fit(line(("  " + " · ".join(movie.genres), QUIET)), genres_width),
        "  ",
        star_bar(half_stars, pending=pending),
        f"{figure(half_stars):>3}",
        tick,
    )
    made = fit(made, width)
    return made.stylize("on $cursor-row") if cursor else made


STARS_FROM_RIGHT = 15
"""The bar begins so many cells before the right edge of a line."""


def heading(name: str, rated: int, asked: int, width: int) -> list[Content]:
    """The lines over the list: what to do here, and how much of it is done."""
    state = f"{rated} of {asked} rated" if rated else "rate those you have seen, leave out the others"
    return [
        fit(line((f"Welcome, {name}.", BOLD), "  A few movies, so that your list can begin."), width),
        fit(line((state, QUIET), ("  ·  esc goes on to your list", QUIET)), width),
    ]
