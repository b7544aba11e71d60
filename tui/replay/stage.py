"""The app that shows frames: the home screen as it was after a step, with a line that tells which."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from engine.replay.steps import Open, Search, Train
from engine.replay.steps import Session as About
from engine.service.catalogue import Catalogue
from tui.app import MatineeApp
from tui.commands import bindings_of
from tui.presenters.text import ACCENT, BOLD, QUIET, stack, wrapped
from tui.replay.scrubber import Place as Position
from tui.replay.scrubber import Scrubber
from tui.replay.still import StillService
from tui.screens.base import Placed
from tui.screens.home import HomeScreen
from tui.screens.lab import LabScreen
from tui.screens.movie import MovieScreen
from tui.session import Session
from tui.widgets.browse import Browse, SearchInput
from tui.widgets.foryou import ForYou
from tui.widgets.keybar import KeyBar
from tui.widgets.movielist import MovieList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import Mount

    from engine.types import Movie, TrainingRecord
    from tui.commands import Place
    from tui.replay.frames import Frame
    from tui.session import Change

_CHANGES: tuple[Change, ...] = (
    "ratings", "list", "predictions", "selection", "diversity", "playback", "status", "reasons",
)  # fmt: skip
"""Everything may differ between two frames."""


class Curtain(Placed):
    """Before anybody is logged in: what the session is about."""

    PLACE: ClassVar[Place] = "show"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("show")]
    DEFAULT_CSS = "#curtain { height: 1fr; align: center middle; }"

    def compose(self) -> ComposeResult:
        """The title, the story, and the line of the replay."""
        with Vertical(id="curtain"):
            yield Story()
        yield Scrubber()
        yield KeyBar()


class Story(Widget):
    """What the session is about."""

    DEFAULT_CSS = "Story { width: 72; max-width: 90%; height: auto; }"

    def render(self) -> Content:
        """The title and the story."""
        about = self.app.about if isinstance(self.app, ReplayApp) else About("")
        lines = wrapped(about.story, self.size.width or 60, 20) if about.story else []
        return stack(
            [
                Content.styled(about.title, f"{BOLD} {ACCENT}"),
                Content(""),
                *(Content.styled(text, QUIET) for text in lines),
            ]
        )


class StageScreen(HomeScreen, inherit_bindings=False):
    """Home as it was, with the line of the replay."""

    PLACE: ClassVar[Place] = "show"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("show")]

    def compose(self) -> ComposeResult:
        """As home, and the line over the footer."""
        yield from super().compose()
        yield Scrubber()

    @property
    def context(self) -> str:
        """One footer, whatever plays."""
        return self.PLACE

    def on_mount(self) -> None:
        """No pane takes the keys of the replay away; the mouse still scrolls."""
        for pane in (self.query_one(ForYou), self.query_one(MovieList), self.query_one(SearchInput)):
            pane.can_focus = False
        self.set_focus(None)

    def do_back(self) -> None:
        """There is nothing below."""

    def look_for(self, text: str, genre: str | None) -> None:
        """Show a search of the catalogue, or (empty) put it away."""
        browse = self.query_one(Browse)
        browse.genre = genre
        self._show_half(browsing=bool(text or genre))
        box = self.query_one(SearchInput)
        if box.value != text:
            box.value = text
        elif genre or not text:
            browse.find()


class Page(MovieScreen, inherit_bindings=False):
    """A movie's page, to be looked at."""

    PLACE: ClassVar[Place] = "show"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("show")]

    @property
    def context(self) -> str:
        """One footer, whatever plays."""
        return self.PLACE


class Lab(LabScreen, inherit_bindings=False):
    """The training lab, to be looked at."""

    PLACE: ClassVar[Place] = "show"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("show")]

    def compose(self) -> ComposeResult:
        """As the lab, and the line over the footer."""
        yield from super().compose()
        yield Scrubber()


class ReplayApp(MatineeApp):
    """Shows frames. It has no store and no engine, and writes no settings."""

    def __init__(self, about: About, *, clock: Callable[[], float] = time.perf_counter) -> None:
        folder = Path(tempfile.gettempdir()) / "matinee-replay-no-settings"
        super().__init__(StillService(Catalogue(())), settings_path=folder / "none.toml", clock=clock)
        self.about = about
        self.frame: Frame | None = None
        self.place = Position(about.title, 0, 1, 0)

    # What the app does with a store and an engine, it does not do here.

    def on_mount(self, event: Mount) -> None:  # type: ignore[override]  # Textual passes the event to whom wants it
        """Nothing but the curtain, and nothing of what the app does when it starts."""
        event.prevent_default()
        self.push_screen(Curtain())
        self.begin()

    def begin(self) -> None:
        """The curtain hangs."""

    def keep(self, settings: object) -> None:
        """Settings are not written."""

    def _tick(self) -> None:
        """Playback is a matter of frames."""

    def open_movie(self, movie: Movie) -> None:
        """The movie's page, to be looked at."""
        self.viewing.select(movie.movie_id)
        self.push_screen(Page(movie))

    def do_lab(self) -> None:
        """Training, large."""
        self.push_screen(Lab())

    # --------------------------------------------------------------------------------------------------------- frames

    async def show_frame(self, frame: Frame, place: Position, records: Sequence[TrainingRecord] = ()) -> None:
        """Bring the screen to where a step has led."""
        self.frame, self.place = frame, place
        if frame.user is None:
            self.redraw()
            return
        self.session = self._session_of(frame, records)
        await self._to_the_stage()
        with self.batch_update():
            for change in _CHANGES:
                self.changes.publish(change)
            await self._follow(frame)
        self.redraw()

    def _session_of(self, frame: Frame, records: Sequence[TrainingRecord]) -> Session:
        service = StillService(frame.catalogue, frame.status, tuple(records))
        assert frame.user is not None
        session = Session(
            service,
            frame.user,
            {},
            run=self.on_store,
            changed=self._changed,
            diversity=frame.diversity,
            clock=self.clock,
        )
        session.half_stars = dict(frame.half_stars)
        session.recommendations, session.baseline, session.predictions = frame.made, frame.baseline, frame.table()
        session.selected, session.watching.playback = frame.movie, frame.playback
        if frame.made:
            session.list_ms = frame.made.latency_ms
            session.reasons = {item.movie_id: item.reasons for item in frame.made.items}
        movie, reasons = frame.outcome.movie, frame.outcome.reasons
        if movie and frame.outcome.line.step.WORD == Open.WORD and (reasons or movie.movie_id not in session.reasons):
            session.reasons[movie.movie_id] = reasons
        session.metrics.extend(records)
        session.metrics.ratings = list(frame.rated_at)
        return session

    async def _to_the_stage(self) -> None:
        """Away with what lies over the home screen, and home if the curtain still hangs."""
        while len(self.screen_stack) > 1 and not isinstance(self.screen, StageScreen | Curtain):
            await self.pop_screen()
        if not isinstance(self.screen, StageScreen):
            await self.switch_screen(StageScreen())

    async def _follow(self, frame: Frame) -> None:
        """Go where the viewer went."""
        step, stage = frame.outcome.line.step, self.screen
        if not isinstance(stage, StageScreen):
            return
        if isinstance(step, Search):
            stage.look_for(step.text, step.genre)
        elif stage.query_one(SearchInput).value or stage.query_one(Browse).genre:
            stage.look_for("", None)
        if isinstance(step, Open) and frame.movie:
            self.open_movie(frame.movie)
        elif isinstance(step, Train) and step.wait:
            self.do_lab()

    def redraw(self) -> None:
        """The line of the replay, and the curtain."""
        for screen in self.screen_stack:
            for widget in screen.query("Scrubber, Story"):
                widget.refresh()
