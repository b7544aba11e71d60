"""The app that shows frames: the screens as they were after a step, with a line that tells which."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from engine.replay.steps import Open, Search, Train
from engine.service.catalogue import Catalogue
from engine.types import EngineStatus
from tui.app import MatineeApp
from tui.replay.read_only import ReadOnlyEngine, ReadOnlyService
from tui.replay.screens import ReplayHome, ReplayLab, ReplayMovie, TitleScreen
from tui.replay.scrubber import Playhead
from tui.state.session import ViewerSession

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.events import Mount

    from engine.replay.steps import About
    from engine.service.protocols import ViewerService
    from engine.types import Movie, TrainingRecord
    from tui.replay.frames import Frame
    from tui.replay.scrubber import PlayedPart
    from tui.state.session import Change

_CHANGES: tuple[Change, ...] = (
    "ratings", "list", "predictions", "selection", "toggles", "playback", "status", "reasons",
)  # fmt: skip
"""Everything may differ between two frames."""


def _read_only(catalogue: Catalogue, status: EngineStatus, records: tuple[TrainingRecord, ...] = ()) -> ViewerService:
    """What the screens take for a service; what it lacks it refuses."""
    return cast("ViewerService", ReadOnlyService(catalogue, ReadOnlyEngine(status, records)))


class ReplayApp(MatineeApp):
    """Shows frames. It has no store and no engine, and writes no settings."""

    def __init__(self, about: About, *, clock: Callable[[], float] = time.perf_counter) -> None:
        folder = Path(tempfile.gettempdir()) / "matinee-replay-no-settings"
        nothing = _read_only(Catalogue(()), EngineStatus())
        super().__init__(nothing, settings_path=folder / "none.toml", clock=clock)
        self.playhead = Playhead(about)

    @property
    def frame(self) -> Frame | None:
        """The frame that is shown."""
        return self.playhead.frame

    # What the app does with a store and an engine, it does not do here.

    def on_mount(self, event: Mount) -> None:  # type: ignore[override]  # Textual passes the event where it is wanted
        """Show the title, and do nothing of what the app does when it starts."""
        event.prevent_default()
        self.push_screen(TitleScreen(self.playhead))
        self.begin()

    def begin(self) -> None:
        """The title stands on the screen."""

    def save_settings(self, settings: object) -> None:
        """Settings are not written."""

    def _tick(self) -> None:
        """Playback is a matter of frames."""

    def open_movie(self, movie: Movie) -> None:
        """The movie's page, to be looked at."""
        self.viewing.select(movie.movie_id)
        self.push_screen(ReplayMovie(movie))

    def do_lab(self) -> None:
        """The training lab, to be looked at."""
        self.push_screen(ReplayLab(self.playhead))

    # --------------------------------------------------------------------------------------------------------- frames

    async def show_frame(self, frame: Frame, progress: PlayedPart, records: Sequence[TrainingRecord] = ()) -> None:
        """Bring the screen to where a step has led."""
        self.playhead.frame, self.playhead.progress = frame, progress
        if frame.user is not None:
            self.session = self._session_of(frame, tuple(records))
            home = await self._to_home()
            with self.batch_update():
                for change in _CHANGES:
                    self.changes.publish(change)
                self._go_where_the_viewer_went(home, frame)
        self.redraw()

    def _session_of(self, frame: Frame, records: tuple[TrainingRecord, ...]) -> ViewerSession:
        assert frame.user is not None
        session = ViewerSession(
            _read_only(frame.catalogue, frame.status, records),
            frame.user,
            {},
            run=self.on_store,
            changed=self._changed,
            diversity=frame.diversity,
            lens=frame.lens,
            clock=self.clock,
        )
        session.half_stars = dict(frame.half_stars)
        session.recommendations, session.baseline, session.predictions = (
            frame.recommendations,
            frame.baseline,
            frame.table(),
        )
        session.selected, session.watching.playback = frame.movie, frame.playback
        if frame.recommendations:
            session.list_ms = frame.recommendations.latency_ms
            session.reasons = {item.movie_id: item.reasons for item in frame.recommendations.items}
        movie, reasons = frame.outcome.movie, frame.outcome.reasons
        if movie and isinstance(frame.outcome.line.step, Open) and (reasons or movie.movie_id not in session.reasons):
            session.reasons[movie.movie_id] = reasons
        session.training_log.extend(records)
        session.training_log.ratings = list(frame.rated_at)
        return session

    async def _to_home(self) -> ReplayHome:
        """Take away what lies over the home screen, and the title."""
        while len(self.screen_stack) > 1 and not isinstance(self.screen, ReplayHome | TitleScreen):
            await self.pop_screen()
        if not isinstance(self.screen, ReplayHome):
            await self.switch_screen(ReplayHome(self.playhead))
        home = self.screen
        assert isinstance(home, ReplayHome)
        return home

    def _go_where_the_viewer_went(self, home: ReplayHome, frame: Frame) -> None:
        step = frame.outcome.line.step
        if isinstance(step, Search):
            home.show_search(step.text, step.genre)
        else:
            home.show_search("", None)
        if isinstance(step, Open) and frame.movie:
            self.open_movie(frame.movie)
        elif isinstance(step, Train) and step.wait:
            self.do_lab()

    def redraw(self) -> None:
        """Draw the line of the replay and the title again."""
        for screen in self.screen_stack:
            for widget in screen.query("Scrubber, Story"):
                widget.refresh()
