"""Recordings of the screen as asciicast v2: a JSON line with the size, then a line for each change with its second.

Format: https://docs.asciinema.org/manual/asciicast/v2/. A picture is written as the lines that differ from the one
before, each put in its place by a cursor movement, so that a recording of minutes stays small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.text import json_line, plain

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN = "\x1b[?25l\x1b[2J"
_END = "\x1b[0m\x1b[?25h"


class Cast:
    """A recording in the making; `write` makes the file."""

    def __init__(self, size: tuple[int, int], title: str) -> None:
        self._header = {"version": 2, "width": size[0], "height": size[1], "title": plain(title)}
        self._events: list[tuple[float, str]] = []
        self._lines: list[str] = []
        self._at = 0.0

    def add(self, lines: list[str], seconds: float) -> None:
        """A picture (lines with their escape sequences) that stays for some seconds."""
        text = "" if self._events else _BEGIN
        for row, line in enumerate(lines):
            if row >= len(self._lines) or line != self._lines[row]:
                text += f"\x1b[{row + 1};1H\x1b[0m{line}"
        if text:
            self._events.append((self._at, text))
        self._lines = lines
        self._at += seconds

    def text(self) -> str:
        """The file's content."""
        events = [*self._events, (self._at, _END)]
        rows = [json_line(self._header)]
        rows += [json_line([round(at, 3), "o", text]) for at, text in events]
        return "\n".join(rows) + "\n"

    def write(self, path: Path) -> None:
        """Make the file."""
        path.write_text(self.text(), encoding="utf-8")
