"""The top line: who the viewer is, what the model thinks they like, whether it is up to date, how fast it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    spread,
    took,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.content import Content

    from engine.types import EngineStatus, Movie


_MINUTES_FROM_S = 90
"""Longer waits are told in minutes."""


@dataclass(frozen=True, slots=True)
class Taste:
    """A genre that a viewer likes."""

    genre: str
    gain: float
    """Stars above the viewer's own mean, shrunk towards it."""


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
    return [Taste(genre, gain[genre] / 2) for genre in liked[:n]]


def gain_bar(gain: float) -> str:
    """One cell: how far above the mean, full at a star and a half."""
    return "▁▂▃▄▅▆▇█"[max(0, min(7, round(gain / 1.5 * 7)))]


def staleness(status: EngineStatus, share: float | None = None) -> tuple[str, str]:
    """What the model is doing, in a few words, and their style; `share` is how much of a training is done."""
    words = {
        "starting": ("engine starts", WARNING),
        "loading": ("model loads", WARNING),
        "failed": ("engine down", ERROR),
        "stopped": ("engine stopped", ERROR),
    }
    if status.state in words:
        return words[status.state]
    if status.state == "training":
        how_far = "" if share is None else f" {share:.0%}".replace("%", " %")
        return ("model trains" if status.trained_seq else "first training") + how_far, QUIET
    if status.ratings_behind:
        return f"model {plural(status.ratings_behind, 'rating')} behind", WARNING
    return "model up to date", UP


def down_words(detail: str, next_try_s: float | None) -> str:
    """What happened to the engine, and what comes; `next_try_s` is None where it is tried again all the time."""
    happened = f"✗ {detail or 'The engine is down.'}"
    if next_try_s is None:
        return f"{happened} It tries again by itself."
    left = f"{next_try_s:.0f} s" if next_try_s < _MINUTES_FROM_S else f"{next_try_s / 60:.0f} min"
    return f"{happened} It is tried again in {left}; ^r starts it at once."


def top_line(
    width: int,
    name: str,
    rated: int,
    liked: list[Taste],
    status: EngineStatus,
    list_ms: float | None,
    share: float | None = None,
) -> Content:
    """The whole line; on narrow screens the genres go first, then the word `rated`."""
    words, style = staleness(status, share)
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
            (" · likes " if place == 0 else ", ", QUIET),
            f"{taste.genre} ",
            (gain_bar(taste.gain), ACCENT),
        )
        if piece.cell_length > room:
            break
        head, room = head + piece, room - piece.cell_length
    return fit(spread(head, tail, width), width)
