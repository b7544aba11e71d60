"""Text from data on the screen: never markup, and nothing that a terminal would obey.

`PlainLines` is the last border before the terminal, for every line of every widget, also in recordings and pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.filter import LineFilter

from engine.text import shown

if TYPE_CHECKING:
    from textual.color import Color
    from textual.widget import Widget


class PlainLines(LineFilter):
    """Takes hostile characters out of lines that are laid out; what is typed or pasted is cleaned nowhere else."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same cells, each safe to print."""
        del background
        return [
            segment if segment.control else Segment(shown(segment.text, cell_len), segment.style)
            for segment in segments
        ]


def entitle(widget: Widget, *, title: str | None = None, subtitle: str | None = None) -> None:
    """Write a title into a widget's frame; Textual would read a text as markup, and a film may be called `[/]`."""
    if title is not None:
        widget.border_title = Content(title)
    if subtitle is not None:
        widget.border_subtitle = Content(subtitle)
