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
_TAIL = ("help", "quit")
_TYPING = (("type", "to search"), ("↓ ⏎", "to the list"), ("esc", "clear"))


def _entry(command: Command, *, typing: bool) -> Content:
    action = f"screen.command('{command.name}')"
    return click(f" {command.typing_key if typing else command.key}", action, KEY) + click(
        f" {command.short} ", action, QUIET
    )


def key_line(context: str, width: int) -> Content:
    """As many entries as fit; help, quit and the palette always at the right end."""
    if context.endswith(".typing"):
        entries = [line((f" {key}", KEY), (f" {word} ", QUIET)) for key, word in _TYPING]
    else:
        entries = [
            _entry(command, typing=context in _TYPED) for command in footer_of(context) if command.name not in _TAIL
        ]
    tail = click(" ^p", "app.command_palette", KEY) + click(" all ", "app.command_palette", QUIET)
    offered = {command.name for command in footer_of(context)}
    for name in reversed(_TAIL):
        if name in offered:
            tail = _entry(BY_NAME[name], typing=context in _TYPED) + tail
    room, shown = width - tail.cell_length, line()
    for entry in entries:
        if shown.cell_length + entry.cell_length > room:
            break
        shown += entry
    return fit(spread(shown, tail, width), width)
