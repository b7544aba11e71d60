"""The footer: what can be done here now, from the one table of commands; every entry can be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from tui.presenters.keybar import key_line
from tui.widgets.live import app_of

if TYPE_CHECKING:
    from tui.session import Change


class KeyBar(Widget):
    """One line at the foot."""

    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; background: $panel; }"

    def on_mount(self) -> None:
        """Playback changes what can be done, and so does the keyboard's place."""
        self.auto_links = False
        app_of(self).changes.subscribe(self, self._hear)
        self.watch(self.screen, "focused", self._moved, init=False)

    def _hear(self, change: Change) -> None:
        if change == "playback":
            self.refresh()

    def _moved(self, _focused: Widget | None) -> None:
        self.refresh()

    def render(self) -> Content:
        """The line for the screen's context."""
        context: str = getattr(self.screen, "context", "help")
        return key_line(context, self.size.width)
