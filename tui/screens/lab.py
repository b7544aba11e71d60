"""The lab: the model with its lid off, in parts that one goes through by number keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container
from textual.content import Content

from tui.commands import bindings_of
from tui.host import host_of
from tui.presenters.lab_tabs import TITLES, lab_tabs
from tui.screens.base import CommandScreen
from tui.widgets.lab.hand import HandPart
from tui.widgets.lab.map import MapPart
from tui.widgets.lab.network import NetworkPart
from tui.widgets.lab.part import LabPart
from tui.widgets.lab.runs import RunsPart
from tui.widgets.lab.training import TrainingPart
from tui.widgets.lab.what_if import WhatIfPart
from tui.widgets.session_widget import SessionWidget
from tui.widgets.statusline import Foot
from tui.widgets.topbar import Banner, TopBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from engine.types import EngineStatus
    from tui.commands import ScreenName
    from tui.state.lab import PartName
    from tui.state.session import Change

_ASKED_S = 4.0
"""For so long a question waits for its answer."""
_PARTS: dict[PartName, type[LabPart]] = {
    part.PART: part for part in (TrainingPart, NetworkPart, HandPart, MapPart, RunsPart, WhatIfPart)
}
_NAMES: tuple[PartName, ...] = tuple(TITLES)


class LabTabs(SessionWidget):
    """The parts."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab"})
    DEFAULT_CSS = "LabTabs { height: 1; }"

    def render(self) -> Content:
        return lab_tabs(self.session.lab.part, self.size.width)


class LabScreen(CommandScreen):
    """The engine goes on serving lists while it trains; a part is made when it is first opened."""

    SCREEN_NAME: ClassVar[ScreenName] = "lab"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("lab")]
    _asked_to_stop = False
    """Whether the next press of the training's key stops it."""

    def compose(self) -> ComposeResult:
        """Tabs above the part that is shown."""
        yield TopBar()
        yield Banner()
        yield LabTabs()
        with Container(id="bench"):
            yield _PARTS[host_of(self).viewing.lab.part]()
        yield Foot()

    def on_mount(self) -> None:
        host_of(self).changes.subscribe(self, self._hear)
        self.call_after_refresh(self._opened)

    @property
    def part(self) -> LabPart:
        """The part that is shown."""
        return self.query_one(f"#bench > {_PARTS[host_of(self).viewing.lab.part].__name__}", LabPart)

    @property
    def context(self) -> str:
        """Each part has its own keys in the footer."""
        return f"lab.{host_of(self).viewing.lab.part}" if host_of(self).session else "lab"

    def _hear(self, change: Change) -> None:
        """New weights or ratings: what is shown is asked for again."""
        if change == "list" and host_of(self).session is not None:
            self.part.ask()

    def _opened(self) -> None:
        self.part.ask()
        self.part.take_focus()

    async def show_part(self, name: PartName) -> None:
        """Show a part in place of the one that is shown."""
        lab, bench = host_of(self).viewing.lab, self.query_one("#bench")
        lab.part = name
        known = [part for part in bench.children if isinstance(part, LabPart)]
        for part in known:
            part.display = name == part.PART
        if not any(part.display for part in known):
            await bench.mount(_PARTS[name]())
        self._opened()
        self.query_one(LabTabs).refresh()
        self.refresh_bindings()

    # ------------------------------------------------------------------------------------------------------- commands

    async def do_part(self, number: int) -> None:
        """Show a part by its number."""
        await self.show_part(_NAMES[number - 1])

    async def do_next_part(self) -> None:
        """Show the next part."""
        await self._step(1)

    async def do_previous_part(self) -> None:
        """Show the part before."""
        await self._step(-1)

    async def _step(self, step: int) -> None:
        at = _NAMES.index(host_of(self).viewing.lab.part)
        await self.show_part(_NAMES[(at + step) % len(_NAMES)])

    def do_next_movie(self) -> None:
        """Take the next movie of the list apart."""
        self._choose(1)

    def do_previous_movie(self) -> None:
        """Take the movie before it apart."""
        self._choose(-1)

    def _choose(self, step: int) -> None:
        if isinstance(self.part, NetworkPart | MapPart | WhatIfPart):
            self.part.choose(step)

    def do_before(self) -> None:
        """The units now, what the last rating changed, before it."""
        if isinstance(self.part, NetworkPart):
            self.part.show_next()

    def do_sort_runs(self) -> None:
        """Sort the table of runs another way."""
        if isinstance(self.part, RunsPart):
            self.part.sort_next()

    def _try(self, act: Callable[[WhatIfPart], None]) -> None:
        if isinstance(self.part, WhatIfPart):
            act(self.part)

    def do_try_up(self) -> None:
        """Try half a star more."""
        self._try(lambda part: part.step(1))

    def do_try_down(self) -> None:
        """Try half a star less."""
        self._try(lambda part: part.step(-1))

    def do_try_none(self) -> None:
        """Try the movie as not rated."""
        self._try(WhatIfPart.take_away)

    def do_keep(self) -> None:
        """Store what was tried."""
        self._try(WhatIfPart.keep)

    def do_leave(self) -> None:
        """Forget what was tried."""
        self._try(WhatIfPart.leave)

    def do_train(self) -> None:
        """Start a full run, for which an engine that is down is started; with one in progress, ask, then stop it."""
        host = host_of(self)
        status = host.service.engine.status
        if status.state == "training":
            self._stop(status)
            return
        down = host.service.engine.status.state == "failed"
        host.service.train("full")
        host.retry_engine()
        begins = "will begin when the engine is back" if down else "begins; your list goes on meanwhile"
        self.notify(f"A full training {begins}.", timeout=3)

    def _stop(self, status: EngineStatus) -> None:
        """The second press within a few seconds stops the run."""
        if not status.trained_seq:
            self.notify("This is the first training: there is no model without it, so it can't be stopped.", timeout=4)
        elif self._asked_to_stop:
            self._asked_to_stop = False
            host_of(self).service.stop_training()
            self.notify("The training is stopped. Your model stays as it was.", timeout=4)
        else:
            self._asked_to_stop = True
            self.set_timer(_ASKED_S, self._forget_question)
            self.notify("A full training is in progress. Press f again to stop it; your model stays.", timeout=_ASKED_S)

    def _forget_question(self) -> None:
        self._asked_to_stop = False
