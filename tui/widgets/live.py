"""The base of every widget that shows the session: it is drawn again when something changed that it listens to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.widget import Widget

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.app import MatineeApp
    from tui.session import Change, Session


def app_of(node: DOMNode) -> MatineeApp:
    """The app, by its own type."""
    return cast("MatineeApp", node.app)


class Live(Widget):
    """Draws itself from the session; clicks in its text run commands."""

    LISTENS: ClassVar[frozenset[Change]] = frozenset()

    def on_mount(self) -> None:
        """Listen from now on."""
        self.auto_links = False
        app_of(self).changes.subscribe(self, self._hear)

    @property
    def session(self) -> Session:
        """The viewer's session; these widgets stand only on screens that have one."""
        return app_of(self).viewing

    def _hear(self, change: Change) -> None:
        if change in self.LISTENS and app_of(self).session is not None:
            self.heard(change)

    def heard(self, change: Change) -> None:
        """Something changed; by default it is drawn again."""
        self.refresh()


class Pane(Live):
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
