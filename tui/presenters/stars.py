"""Stars as text: predicted ones as a word of five cells, the viewer's own as a bar that can be clicked."""

from __future__ import annotations

from textual.content import Content

from tui.presenters.text import QUIET, STAR, line

CELLS = 10
"""Width of the bar: each star has a left and a right cell, for its half and its whole."""


def stars_word(stars: float) -> str:
    """To the nearest half: 4.4 is `★★★★½`."""
    halves = max(0, min(10, round(stars * 2)))
    return "★" * (halves // 2) + ("½" if halves % 2 else "")


def star_bar(half_stars: int | None, *, pending: bool = False, hover: int | None = None) -> Content:
    """Ten cells: solid when stored, hollow while the store has not answered yet, faint where there is nothing.

    `hover` is what a click would give; it is drawn in place of the rating.
    """
    shown = hover if hover is not None else half_stars or 0
    hollow = pending or hover is not None
    parts: list[tuple[str, str]] = []
    for star in range(1, 6):
        if shown >= 2 * star:
            parts.append(("☆ " if hollow else "★ ", STAR))
        elif shown == 2 * star - 1:
            parts.append(("½ ", STAR))
        else:
            parts.append(("· " if hollow else "☆ ", QUIET))
    return line(*parts)


def half_stars_at(cell: int) -> int | None:
    """What a click on a cell of the bar gives: 1 to 10, or None beside it."""
    return cell + 1 if 0 <= cell < CELLS else None


def figure(half_stars: int | None) -> str:
    """`4`, `3.5`; empty for none."""
    return "" if half_stars is None else f"{half_stars / 2:g}"
