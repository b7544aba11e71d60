"""The top line: who the viewer is, what the model thinks they like, whether it is up to date, how fast it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.presenters.chart import histogram
from tui.presenters.text import (
    ACCENT,
    BOLD,
    ERROR,
    QUIET,
    UP,
    WARNING,
    click,
    fit,
    line,
    plural,
    short_number,
    spread,
    took,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.content import Content

    from engine.types import EngineStatus, Movie


@dataclass(frozen=True, slots=True)
class Taste:
    """How a viewer rated one genre."""

    genre: str
    low: int
    """Ratings up to 2 stars."""
    middle: int
    high: int
    """Ratings of 4 stars and more."""


def tastes(half_stars: Mapping[int, int], movies: Mapping[int, Movie], n: int = 3) -> list[Taste]:
    """The genres that the viewer likes best, best first: mean stars, shrunk towards their own mean by two ratings."""
    if not half_stars:
        return []
    mean = sum(half_stars.values()) / len(half_stars)
    by_genre: dict[str, list[int]] = {}
    for movie_id, half in half_stars.items():
        for genre in movies[movie_id].genres if movie_id in movies else ():
            by_genre.setdefault(genre, []).append(half)
    gain = {genre: sum(half - mean for half in given) / (len(given) + 2) for genre, given in by_genre.items()}
    liked = sorted((genre for genre in gain if max(by_genre[genre]) >= 7), key=lambda genre: (-gain[genre], genre))
    return [_taste(genre, by_genre[genre]) for genre in liked[:n]]


def _taste(genre: str, given: list[int]) -> Taste:
    low, high = sum(half <= 4 for half in given), sum(half >= 8 for half in given)
    return Taste(genre, low, len(given) - low - high, high)


def staleness(status: EngineStatus) -> tuple[str, str]:
    """What the model is doing, in a few words, and their style."""
    words = {
        "starting": ("engine starts", WARNING),
        "loading": ("model loads", WARNING),
        "failed": ("engine down, restarting", ERROR),
        "stopped": ("engine stopped", ERROR),
    }
    if status.state in words:
        return words[status.state]
    if status.state == "training" and status.ratings_behind:
        return f"model trains, {short_number(status.ratings_behind)} behind", WARNING
    if status.ratings_behind:
        return f"model {plural(status.ratings_behind, 'rating')} behind", WARNING
    if status.state == "training":
        return "model trains", QUIET
    return "model up to date", UP


def top_line(
    width: int, name: str, rated: int, liked: list[Taste], status: EngineStatus, list_ms: float | None
) -> Content:
    """The whole line; on narrow screens the genres go first, then the word `rated`."""
    words, style = staleness(status)
    wide = width >= 100
    device = (f"{status.device} · ", QUIET) if status.device and wide else ""
    latency = (f" · list in {took(list_ms)}", QUIET) if list_ms is not None else ""
    tail = line(device, (words, style), latency, " ")
    head = line(
        (" Matinée", f"{BOLD} {ACCENT}"),
        "  ",
        click(f"{name} ▾", "screen.command('viewer')", BOLD),
        "  ",
        (plural(rated, "rating") if rated else "no ratings yet", QUIET),
    )
    room = width - tail.cell_length - head.cell_length - 2
    for place, taste in enumerate(liked):
        piece = line(
            (" · likes " if place == 0 else "  ", QUIET),
            (histogram((taste.low, taste.middle, taste.high)), ACCENT),
            (f" {taste.genre}", ""),
        )
        if piece.cell_length > room:
            break
        head, room = head + piece, room - piece.cell_length
    return fit(spread(head, tail, width), width)
