"""The foot of the screens that have no panels: diversity and training in one line, over the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical

from tui.host import host_of
from tui.presenters.statusline import status_line
from tui.widgets.footer import KeyFooter
from tui.widgets.session_widget import SessionWidget
from tui.widgets.training import PERIOD

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content

    from tui.state.session import Change


class StatusLine(SessionWidget):
    """It stands where a viewer can be logged in, and stays quiet while they log out."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"toggles", "list", "status"})
    DEFAULT_CSS = "StatusLine { height: 1; background: $surface; }"

    def on_mount(self) -> None:
        self._seen = 0
        self.set_interval(PERIOD, self._look)

    def _look(self) -> None:
        if host_of(self).session is None:
            return
        seen = self.session.read_records()
        if seen != self._seen:
            self._seen = seen
            self.refresh()

    def render(self) -> Content:
        session = self.session
        status = session.service.engine.status
        return status_line(
            session.recommendations, session.diversity, session.lens, session.training_log, status, self.size.width
        )


class Foot(Vertical):
    """Two lines at the bottom."""

    DEFAULT_CSS = "Foot { dock: bottom; height: 2; }"

    def compose(self) -> ComposeResult:
        """What goes on, and what can be done."""
        yield StatusLine()
        yield KeyFooter()
