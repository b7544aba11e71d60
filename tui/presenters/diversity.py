"""The diversity toggle: a switch with its strength and method, and a slider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presenters.text import BOLD, QUIET, VARIETY, line

if TYPE_CHECKING:
    from textual.content import Content

    from engine.types import Diversity

METHODS = {"calibrated": "calibrated", "mmr": "MMR", "dpp": "DPP"}


def slider(strength: float, width: int, *, on: bool) -> Content:
    """A track of `width` cells with a knob."""
    place = round(max(0.0, min(1.0, strength)) * (width - 1))
    style = VARIETY if on else QUIET
    return line(("━" * place, style), ("●" if on else "○", style), ("─" * (width - 1 - place), QUIET))


def strength_at(cell: int, width: int) -> float:
    """The strength of a click on a cell of the track, in hundredths."""
    return round(max(0.0, min(1.0, cell / max(1, width - 1))), 2)


def switch(diversity: Diversity) -> Content:
    """`on  0.4 calibrated` or `off`."""
    word = ("● on ", f"{BOLD} {VARIETY}") if diversity.on else ("○ off", QUIET)
    return line(word, f"  {diversity.strength:.2f}  ", (METHODS[diversity.method], QUIET))
