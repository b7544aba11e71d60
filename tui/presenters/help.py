"""The help, from the table of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.commands import COMMANDS
from tui.presenters.text import ACCENT, BOLD, QUIET, line, wrapped

if TYPE_CHECKING:
    from textual.content import Content

KEYS = 10
"""Cells of the keys' column."""

_INTRO = (
    ("For you", "the five movies the model would show you, best first. ▲▼ say how far a movie moved since your last "
     "deed, new that it was not in the list. The line under it says why."),
    ("Stars", "1 to 5 give whole stars, ` adds or removes a half, 0 takes them back. Hollow stars are on their way; a "
     "tick says that the database has them."),
    ("Now", "the movie under the cursor, with the stars you would give it, as the model believes."),
    ("Diversity", "lets movies of other genres into the list (◆) and shows what that costs in predicted stars."),
    ("Training", "the neural network learns beside your viewing: training loss, its error on ratings kept from it "
     "(val, in stars), and how many of your ratings are not in its weights yet."),
)  # fmt: skip


def help_lines(width: int) -> list[Content]:
    """What the screens mean, then every command by group."""
    lines: list[Content] = []
    for name, text in _INTRO:
        for place, piece in enumerate(wrapped(text, max(20, width - KEYS - 2), 9)):
            lines.append(line((f"{name if place == 0 else '':<{KEYS}}  ", f"{BOLD} {ACCENT}"), piece))
    group = ""
    for command in COMMANDS:
        if command.folded:
            continue
        if command.group != group:
            group = command.group
            lines += [line(), line((group, BOLD))]
        for place, piece in enumerate(wrapped(command.help, max(20, width - KEYS - 2), 4)):
            key = command.key if place == 0 else ""
            lines.append(line((f"{key:>{KEYS}}  ", ACCENT), piece))
    return [*lines, line(), line(("Everything can also be clicked, and ctrl+p finds every command by name.", QUIET))]
