"""What the headless commands print: every word of it is safe for a terminal, and none of it is markup.

The commands print with these functions alone; a test sees to that.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.segment import Segment

from engine.text import json_line, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType


_UNBROKEN = 10_000
"""Columns of what is no terminal."""


class PlainConsole(Console):
    """Draws tables and bars with colours; texts in them stay texts."""

    def __init__(self, *, err: bool = False) -> None:
        super().__init__(stderr=err, markup=False, emoji=False, highlight=False)
        if not self.is_terminal and "COLUMNS" not in os.environ:
            self.width = _UNBROKEN  # a program reads it, or a file keeps it: a line stays a line

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces that it draws, cleaned before they are measured; what moves the cursor is rich's own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain(segment.text, keep="\n"), segment.style)


def console(*, err: bool = False) -> Console:
    """Where tables and bars are drawn: standard output, or standard error."""
    return PlainConsole(err=err)


def say(text: str, keep: str = "") -> None:
    """A line for people, on standard output; several where line ends are kept."""
    click.echo(plain(text, keep=keep))


def say_json(data: Any) -> None:
    """A line for programs, on standard output."""
    click.echo(json_line(data))


def warn(text: str) -> None:
    """A line for people, on standard error."""
    click.echo(f"matinee: {plain(text)}", err=True)
