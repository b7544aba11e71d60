"""The base of every widget that shows the session: it is drawn again when something changed that it listens to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from tui.host import host_of

if TYPE_CHECKING:
    from tui.state.session import Change, ViewerSession


class SessionWidget(Widget):
    """Draws itself from the session; clicks in its text run commands."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset()

    def on_mount(self) -> None:
        """Subscribe to the session's changes."""
        self.auto_links = False
        host_of(self).changes.subscribe(self, self._hear)

    @property
    def session(self) -> ViewerSession:
        """The viewer's session; these widgets stand only on screens that have one."""
        return host_of(self).viewing

    def _hear(self, change: Change) -> None:
        if change in self.LISTENS_TO and host_of(self).session is not None:
            self.session_changed(change)

    def session_changed(self, change: Change) -> None:
        """Something changed; by default the widget is drawn again."""
        self.refresh()


class Pane(SessionWidget):
    """A live widget in a round frame that lights up with the keyboard."""

    DEFAULT_CSS = """
    Pane {
        border: round $frame;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $quiet;
        background: $surface;
        padding: 0 1;
        &:focus, &:focus-within { border: round $accent; border-title-color: $accent; }
    }
    """
