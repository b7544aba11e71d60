"""Training seen large: the curves, the engine's figures, the runs that ended since the app began."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.plain import entitle
from tui.presenters.lab import engine_lines, run_lines
from tui.presenters.text import stack
from tui.widgets.lab.part import LabPart
from tui.widgets.session_widget import Pane
from tui.widgets.toggles import TogglesPanel
from tui.widgets.training import PERIOD, TrainingPanel

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.state.lab import PartName
    from tui.state.session import Change


class LabCurves(TrainingPanel):
    """Large; a click does nothing here."""

    async def on_click(self) -> None:
        """A click does nothing: this is where it leads elsewhere."""


class EnginePanel(Pane):
    """What the engine is doing."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"status", "list"})

    def on_mount(self) -> None:
        entitle(self, title="Engine")

    def render(self) -> Content:
        session = self.session
        made = session.recommendations
        status = session.service.engine.status
        inside = made.latency_ms if made else None
        lines = engine_lines(status, session.list_ms, inside, self.size.width, session.training_log.check_rmse)
        return stack(lines[: self.size.height])


class RunsPanel(Pane):
    """The finished runs as a table."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"status"})

    def on_mount(self) -> None:
        entitle(self, title="Runs")
        self.set_interval(PERIOD * 4, self.refresh)

    def render(self) -> Content:
        return stack(run_lines(self.session.training_log.runs(), self.size.width, self.size.height))


class TrainingPart(LabPart):
    """Curves above, figures below."""

    PART: ClassVar[PartName] = "training"

    def compose(self) -> ComposeResult:
        """The diversity's panel shows where there is room."""
        yield LabCurves()
        yield EnginePanel()
        yield RunsPanel()
        yield TogglesPanel()
