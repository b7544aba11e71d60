"""The lens: a slider of five notches, from what the viewer would surely watch to what they would rate highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.types import LENSES, MIDDLE
from tui.presenters.text import ACCENT, BOLD, QUIET, count, line

if TYPE_CHECKING:
    from textual.content import Content

    from engine.types import ListStats

NOTCH = 3
"""Cells from one notch to the next."""
TRACK = NOTCH * (len(LENSES) - 1) + 1
_FAME = ((0.97, "famous"), (0.9, "well known"), (0.7, "known"), (0.0, "little known"))
"""Words for the share of the catalogue's movies that are less known, from there on."""


def slider(lens: int) -> Content:
    """A track with a knob at one of its notches: `┼──┼──●──┼──┼`."""
    marks = [("●", f"{BOLD} {ACCENT}") if place == lens else ("┼", QUIET) for place in range(len(LENSES))]
    parts = [part for mark in marks for part in (("─" * (NOTCH - 1), QUIET), mark)]
    return line(*parts[1:])


def small_slider(lens: int) -> Content:
    """A cell a notch: `──●──`."""
    return line(("─" * lens, QUIET), ("●", f"{BOLD} {ACCENT}"), ("─" * (len(LENSES) - 1 - lens), QUIET))


def lens_at(cell: int) -> int:
    """The notch nearest to a cell of the track, also of one beside it."""
    return max(0, min(len(LENSES) - 1, round(cell / NOTCH)))


def leaning(lens: int) -> str:
    """The end that a lens leans to; both for the middle."""
    return "familiar or loved" if lens == MIDDLE else LENSES[0] if lens < MIDDLE else LENSES[-1]


def fame_word(known: float) -> str:
    """`famous`, `well known`, `known`, `little known`."""
    return next(word for bound, word in _FAME if known >= bound)


def ratings_word(number: float) -> str:
    """A number of ratings: `540`, `1,240`."""
    return count(round(number))


def fame(usual: ListStats, shown: ListStats) -> str:
    """`well known → known (540 → 210 ratings)`, or `well known (540 ratings)`."""
    before, after = fame_word(usual.known), fame_word(shown.known)
    few, many = ratings_word(usual.ratings), ratings_word(shown.ratings)
    word = after if before == after else f"{before} → {after}"
    return f"{word} ({many if few == many else f'{few} → {many}'} ratings)"
