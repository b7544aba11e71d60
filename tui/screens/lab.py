"""The training lab: the curves large, the engine's figures, the finished runs, and a way to start one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container
from textual.content import Content

from tui.commands import bindings_of
from tui.host import host_of
from tui.plain import entitle
from tui.presenters.lab import engine_lines, run_lines
from tui.presenters.text import stack
from tui.screens.base import CommandScreen
from tui.widgets.session_widget import Pane
from tui.widgets.statusline import Foot
from tui.widgets.toggles import TogglesPanel
from tui.widgets.topbar import Banner, TopBar
from tui.widgets.training import PERIOD, TrainingPanel

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.commands import ScreenName
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


class LabScreen(CommandScreen):
    """The engine goes on serving lists while it trains."""

    SCREEN_NAME: ClassVar[ScreenName] = "lab"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("lab")]

    def compose(self) -> ComposeResult:
        """Curves above, figures below."""
        yield TopBar()
        yield Banner()
        with Container(id="bench"):
            yield LabCurves()
            yield EnginePanel()
            yield RunsPanel()
            yield TogglesPanel()
        yield Foot()

    def do_train(self) -> None:
        """Start a full run; one in progress is ended, and an engine that is down is started for it."""
        host = host_of(self)
        down = host.service.engine.status.state == "failed"
        host.service.train("full")
        host.retry_engine()
        begins = "will begin when the engine is back" if down else "begins; your list goes on meanwhile"
        self.notify(f"A full training {begins}.", timeout=3)
