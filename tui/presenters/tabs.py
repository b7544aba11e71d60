"""The tabs of narrow screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presenters.text import QUIET, click, fit, line

if TYPE_CHECKING:
    from textual.content import Content

_ON = "bold $accent"


def tab_line(*, browsing: bool, width: int) -> Content:
    """For you, Browse, Lab: the shown one stands out by brackets as well as by colour."""
    tabs = (("For you", "browse", not browsing), ("Browse", "browse", browsing), ("Lab", "lab", False))
    parts = [
        line((f"[{name}]", _ON), " ") if on else click(f" {name} ", f"screen.command('{command}')", QUIET) + line(" ")
        for name, command, on in tabs
    ]
    return fit(line(" ", *parts), width)
