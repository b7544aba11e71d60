"""The footer's line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.commands import BY_NAME, Command, footer_of
from tui.presenters.text import QUIET, click, fit, line, spread

if TYPE_CHECKING:
    from textual.content import Content

KEY = "bold $footer-key-foreground"

_TYPED = ("login", "login.typing", "home.typing")
"""Where letters are typed, so that single letters are no commands."""
_TYPING = (("type", "to search"), ("↓ ⏎", "to the list"), ("esc", "clear"))


def _entry(command: Command, *, typing: bool) -> Content:
    action = f"screen.command('{command.name}')"
    return click(f" {command.typing_key if typing else command.key}", action, KEY) + click(
        f" {command.short} ", action, QUIET
    )


def key_line(context: str, width: int) -> Content:
    """As many entries as fit, the palette and the help always at the right end."""
    if context.endswith(".typing"):
        entries = [line((f" {key}", KEY), (f" {word} ", QUIET)) for key, word in _TYPING]
    else:
        entries = [
            _entry(command, typing=context in _TYPED) for command in footer_of(context) if command.name != "help"
        ]
    tail = click(" ^p", "app.command_palette", KEY) + click(" all ", "app.command_palette", QUIET)
    if "help" in {command.name for command in footer_of(context)}:
        tail = _entry(BY_NAME["help"], typing=context in _TYPED) + tail
    room, shown = width - tail.cell_length, line()
    for entry in entries:
        if shown.cell_length + entry.cell_length > room:
            break
        shown += entry
    return fit(spread(shown, tail, width), width)
