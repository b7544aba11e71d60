"""The parts of the lab by their number keys; the one that is shown stands in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presenters.text import QUIET, click, fit, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from tui.state.lab import PartName

_ON = "bold $accent"
TITLES: dict[PartName, str] = {"training": "Training", "network": "Network", "hand": "By hand", "runs": "Runs"}
"""In the order of their keys."""


def lab_tabs(part: PartName, width: int, parts: Sequence[PartName] = tuple(TITLES)) -> Content:
    """`[1 Training] 2 Network …`; where there is no room, the numbers alone for those that are not shown."""
    full = _tabs(part, parts, short=False)
    return fit(full if full.cell_length <= width else _tabs(part, parts, short=True), width)


def _tabs(part: PartName, parts: Sequence[PartName], *, short: bool) -> Content:
    pieces = []
    for number, name in enumerate(parts, start=1):
        if name == part:
            pieces.append(line((f"[{number} {TITLES[name]}]", _ON), " "))
        else:
            words = f" {number} " if short else f" {number} {TITLES[name]} "
            pieces.append(click(words, f"screen.command('part_{number}')", QUIET) + line(" "))
    return line(" ", *pieces)
