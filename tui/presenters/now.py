"""The movie that is shown: what it is, whether the viewer will like it, what they do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.presenters.chart import track
from tui.presenters.stars import figure, star_bar, stars_word
from tui.presenters.text import ACCENT, BOLD, QUIET, STAR, UP, fit, line, minutes, wrapped

if TYPE_CHECKING:
    from engine.types import Movie
    from tui.state.playback import Playback


def facts(movie: Movie) -> str:
    """`Sci-Fi · Thriller · 117 min · USA`."""
    runtime = f"{movie.runtime} min" if movie.runtime else ""
    return " · ".join(part for part in (*movie.genres, runtime, movie.country) if part)


def making(movie: Movie) -> str:
    """`117 min · USA · Ridley Scott`."""
    runtime = f"{movie.runtime} min" if movie.runtime else ""
    return " · ".join(part for part in (runtime, movie.country, movie.director) if part)


def heading(movie: Movie, width: int) -> Content:
    """Title and year, exactly `width` cells."""
    return fit(line((movie.title, BOLD), (f" ({movie.year})" if movie.year else "", QUIET)), width)


def predicted(stars: float | None, *, rated: bool = False) -> Content:
    """What the model believes the viewer would give; nothing where they gave stars."""
    if rated:
        return line(("you rated it", QUIET))
    if stars is None:
        return line(("no prediction yet", QUIET))
    return line(("you would give ", QUIET), (stars_word(stars), STAR), (f" {stars:.1f}", BOLD))


def card(movie: Movie, stars: float | None, width: int, height: int, *, rated: bool = False) -> list[Content]:
    """The text beside the poster: as many of its parts as the height allows, most telling first."""
    tall = height >= 7
    about = [" · ".join(movie.genres), making(movie)] if tall else [facts(movie)]
    head = [heading(movie, width), *(fit(line((text, QUIET)), width) for text in about)]
    guess = fit(predicted(stars, rated=rated), width)
    gap = [fit("", width)] if tall else []
    room = max(0, height - len(head) - 1 - len(gap))
    story = [fit(text, width) for text in wrapped(movie.synopsis or "", width, room)]
    return [*head, guess, *gap, *story][:height]


_WITH_WORDS = 36
"""Cells from which on the tick has a word beside it."""


def your_stars(
    half_stars: int | None, *, pending: bool, just_saved: bool, hover: int | None = None, width: int = 60
) -> Content:
    """The viewer's own stars, and how sure they are: hollow while on their way, a tick when the store has them."""
    if hover is not None:
        words, style = figure(hover), QUIET
    elif pending:
        words, style = "saving…" if half_stars else "taking back…", QUIET
    elif just_saved and half_stars is None:
        words, style = "✓ taken back", UP
    elif half_stars is None:
        words, style = "not rated", QUIET
    else:
        words, style = figure(half_stars), BOLD
    saved = "  ✓ saved" if width >= _WITH_WORDS else " ✓"
    tick = line((saved, UP)) if just_saved and half_stars and not pending and hover is None else line()
    bar = star_bar(half_stars, pending=pending, hover=hover)
    return fit(line(("your stars  ", QUIET), bar, " ", (words, style), tick), width)


STARS_AT = len("your stars  ")
"""The cell where the bar of `your_stars` begins."""

_SIGNS = {
    "playing": ("▶", "watching"),
    "paused": ("‖", "paused"),
    "finished": ("✓", "finished"),
    "stopped": ("■", "left"),
}


def watch_line(playback: Playback | None, shown: Movie | None, width: int) -> Content:
    """How far the movie is; with its title when another one is shown."""
    if playback is None:
        return fit(line(("w", ACCENT), (" watch it", QUIET)), width)
    sign, word = _SIGNS[playback.state]
    if shown is not None and shown != playback.movie:
        word = playback.movie.title
    tail = line(
        "  ",
        (minutes(playback.position), ""),
        (f" of {minutes(playback.length)}", QUIET) if width >= 44 else "",
        (f"  ×{playback.speed}" if playback.running else "", QUIET),
    )
    head = line((f"{sign} ", ACCENT), word).truncate(max(10, width // 3), ellipsis=True) + Content("  ")
    room = width - head.cell_length - tail.cell_length
    done, left = track(playback.share, max(0, room))
    return fit(line(head, (done, ACCENT), (left, QUIET), tail), width)
