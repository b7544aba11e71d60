"""The training panel: it looks at the engine's ring of records four times a second, never at single messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.plain import entitle
from tui.presenters.training import one_line, panel, state_words
from tui.widgets.session_widget import Pane

if TYPE_CHECKING:
    from tui.state.session import Change

PERIOD = 0.25
"""Seconds between two looks."""


class TrainingPanel(Pane):
    """Curves and figures; one line where there is no room for more; a click opens the lab."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"status"})

    def on_mount(self) -> None:
        """Name the pane and begin to look."""
        entitle(self, title="Training")
        self._seen = 0
        self.set_interval(PERIOD, self.look)
        self.look()

    def look(self) -> None:
        """Read new records; nothing is drawn when there are none."""
        seen = self.session.read_records()
        if seen != self._seen:
            self._seen = seen
            self.refresh()

    def session_changed(self, change: Change) -> None:
        """Another state in the title."""
        entitle(self, subtitle=state_words(self.session.service.engine.status))
        self.refresh()

    def render(self) -> Content:
        session, (width, height) = self.session, self.size
        status = session.service.engine.status
        if height < 2:
            return one_line(session.training_log, status, width)
        return panel(session.training_log, status, width, height)

    async def on_click(self) -> None:
        """Open the lab."""
        await self.screen.run_action("command('lab')")
