"""The training lab: the curves large, the engine's figures, the finished runs, and a way to start one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container
from textual.content import Content

from tui.commands import bindings_of
from tui.plain import entitle
from tui.presenters.lab import engine_lines, run_lines
from tui.presenters.text import stack
from tui.screens.base import Placed
from tui.widgets.diversity import DiversityPanel
from tui.widgets.live import Pane, app_of
from tui.widgets.statusline import Foot
from tui.widgets.topbar import Banner, TopBar
from tui.widgets.training import PERIOD, TrainingPanel

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.commands import Place
    from tui.session import Change


class LabCurves(TrainingPanel):
    """Large; a click does nothing here."""

    async def on_click(self) -> None:
        """Already here."""


class EnginePanel(Pane):
    """What the engine is doing."""

    LISTENS: ClassVar[frozenset[Change]] = frozenset({"status", "list"})

    def on_mount(self) -> None:
        """Name the pane."""
        entitle(self, title="Engine")

    def render(self) -> Content:
        """The lines."""
        session = self.session
        made = session.recommendations
        status = session.service.engine.status
        inside = made.latency_ms if made else None
        lines = engine_lines(status, session.list_ms, inside, self.size.width, session.metrics.gate)
        return stack(lines[: self.size.height])


class RunsPanel(Pane):
    """The finished runs."""

    LISTENS: ClassVar[frozenset[Change]] = frozenset({"status"})

    def on_mount(self) -> None:
        """Name the pane."""
        entitle(self, title="Runs")
        self.set_interval(PERIOD * 4, self.refresh)

    def render(self) -> Content:
        """The table."""
        return stack(run_lines(self.session.metrics.runs(), self.size.width, self.size.height))


class LabScreen(Placed):
    """The engine goes on serving lists while it trains."""

    PLACE: ClassVar[Place] = "lab"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("lab")]

    def compose(self) -> ComposeResult:
        """Curves above, figures below."""
        yield TopBar()
        yield Banner()
        with Container(id="bench"):
            yield LabCurves()
            yield EnginePanel()
            yield RunsPanel()
            yield DiversityPanel()
        yield Foot()

    def do_train(self) -> None:
        """A full run; one in progress is ended, and an engine that is down is started for it."""
        app = app_of(self)
        down = app.service.engine.status.state == "failed"
        app.service.train("full")
        app.do_retry()
        begins = "will begin when the engine is back" if down else "begins; your list goes on meanwhile"
        self.notify(f"A full training {begins}.", timeout=3)
