"""The app: it owns the service, the session and the screens, and carries what the engine says to them."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.signal import Signal

from engine.errors import MatineeError
from engine.service.messages import Notice, PredictionsReady, StatusChanged, Trained
from engine.types import LENSES
from tui.messages import EngineReplied, StoreOpened, StoreProgress, StoreRefused
from tui.screens.login import LoginScreen
from tui.screens.palette import MatineeCommands, Palette
from tui.shell import Shell
from tui.state.predictions import PredictionTable
from tui.state.session import Change, ViewerSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.service.messages import Reply
    from engine.service.protocols import ViewerService
    from engine.types import Movie, RatingEvent, User

_TICK_S = 0.25
"""Between two steps of the playback."""
_SELECTION_S = 0.02
"""From the cursor's move to the movie in Now: a held key moves the cursor at once, the poster when there is time."""
_TRAINING_ASK_S = 2.0
"""Between two lists while a full training runs."""
_BASE = 2
"""Textual's own first screen, and home."""


class MatineeApp(Shell):
    """Opens the store in a thread, the engine in a process; the log-in screen is there at once."""

    TITLE = "Matinée"
    CSS_PATH = Path(__file__).with_name("matinee.tcss")
    COMMANDS: ClassVar[set[Any]] = {MatineeCommands}

    def __init__(
        self,
        service: ViewerService,
        *,
        user: str | None = None,
        settings_path: Path | None = None,
        clock: Callable[[], float] = time.perf_counter,
        calendar: Callable[[], float] = time.time,
        opening: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(settings_path)
        self.clock = clock
        """Seconds from anywhere: what latencies are taken with."""
        self.calendar = calendar
        """Epoch seconds."""
        self.opening = opening
        """Called behind the first frame, before the store is opened."""
        self.service = service
        self.session: ViewerSession | None = None
        self.changes: Signal[Change] = Signal(self, "changes")
        self.wanted_user = user
        self.wants_timeline = False
        """Whether the app ends because its viewer wants to see the evening's timeline."""
        self._selecting = False
        self._leaving = False
        """Whether the viewer is logging out."""

    @property
    def viewing(self) -> ViewerSession:
        """The session; there is one on every screen behind the log-in."""
        if self.session is None:
            raise RuntimeError("nobody is logged in")
        return self.session

    # ------------------------------------------------------------------------------------------- the store, the engine

    def on_mount(self) -> None:
        """Show the first screen at once; the store and the engine are opened behind it, when it is drawn."""
        self.push_screen(LoginScreen())
        self.set_interval(_TICK_S, self._tick)
        self.set_interval(_TRAINING_ASK_S, self._ask_while_training)
        self.service.engine.subscribe(self._hear_engine)
        self.call_after_refresh(self.open_store)

    @work(thread=True, exclusive=True, group="open")
    def open_store(self) -> None:
        """Open (or make) the store, then start the engine."""
        try:
            self.opening()
            self.service.open(self._store_progress)
            self.service.engine.start()
        except MatineeError as error:
            self.post_to_screen(StoreRefused(error))
        else:
            self.post_to_screen(StoreOpened())

    def _store_progress(self, done: int, of: int, doing: str) -> None:
        self.post_to_screen(StoreProgress(done / max(1, of), doing))

    def post_to_screen(self, message: StoreProgress | StoreRefused | StoreOpened) -> None:
        """Hand a message to the screen that is up; safe from any thread."""
        if self.screen_stack:
            self.screen.post_message(message)

    def _hear_engine(self, reply: Reply) -> None:
        """On the reader thread: unpack, and hand over; records stay in the ring, where the panels look for them."""
        if not isinstance(reply, Trained):
            unpacked = PredictionTable.unpack(reply.predictions) if isinstance(reply, PredictionsReady) else reply
            self.post_message(EngineReplied(unpacked))

    @on(EngineReplied)
    def take_reply(self, event: EngineReplied) -> None:
        """Draw all that a reply changes in one go."""
        reply = event.reply
        if isinstance(reply, Notice):
            if not self._in_the_banner(reply):
                self.notify(reply.text, title="The engine", severity=reply.level)
            return
        with self.batch_update():
            if self.session is not None:
                self.session.take(reply)
            elif isinstance(reply, StatusChanged):
                self.changes.publish("status")

    def _in_the_banner(self, notice: Notice) -> bool:
        """Whether the banner says the same already."""
        status = self.service.engine.status
        return self.session is not None and status.state == "failed" and notice.text == status.detail

    def retry_engine(self) -> None:
        """Start an engine that rests between two tries."""
        if self.service.engine.next_try_s is not None:
            self.attempt(self._start_engine())

    async def _start_engine(self) -> None:
        self.service.engine.start()

    # ------------------------------------------------------------------------------------------------------- session

    async def log_in(self, user: User, *, new: bool = False) -> None:
        """Begin a session; a new viewer is asked about a few movies first."""
        ratings = await self.on_store(lambda: self._remembered(user))
        self.session = ViewerSession(
            self.service,
            user,
            ratings,
            run=self.on_store,
            changed=self._changed,
            diversity=self.screen_settings.diversity_of(user.name),
            lens=self.screen_settings.lens_of(user.name),
            speed=self.screen_settings.speed,
            clock=self.clock,
        )
        self.session.ask()
        self.clear_notifications()
        if new:
            from tui.screens.taste import TasteScreen

            await self.switch_screen(TasteScreen(await self.on_store(self.service.taste_start)))
        else:
            self.go_home()

    def _remembered(self, user: User) -> dict[int, RatingEvent]:
        self.service.remember_viewer(user)
        return self.service.ratings(user.user_id)

    async def log_out(self) -> None:
        """End the session and show the log-in screen; a movie that plays is left where it is."""
        if self.session is None or self._leaving:
            return
        self._leaving = True
        try:
            await self.session.watching.stop()
            while len(self.screen_stack) > _BASE:
                await self.pop_screen()
            await self.switch_screen(LoginScreen(opened=True))
            self.session = None
        finally:
            self._leaving = False

    def _changed(self, change: Change) -> None:
        if change in ("toggles", "playback") and self.session is not None:
            self._save_session(self.session)
        if change != "selection":
            self.changes.publish(change)
        elif not self._selecting:
            self._selecting = True
            self.set_timer(_SELECTION_S, self._show_selection)

    def _show_selection(self) -> None:
        self._selecting = False
        self.changes.publish("selection")

    def _save_session(self, session: ViewerSession) -> None:
        wanted = session.diversity
        self.save_settings(
            replace(
                self.screen_settings,
                diversity_viewer=session.user.name,
                diversity_on=wanted.on,
                diversity_strength=wanted.strength,
                diversity_method=wanted.method,
                lens=LENSES[session.lens],
                speed=session.watching.speed,
            )
        )

    def rate(self, movie: Movie, half_stars: int | None) -> None:
        """Give stars, or take them back; shown as stored only when they are."""
        self.attempt(self.viewing.rate(movie.movie_id, half_stars))

    # --------------------------------------------------------------------------------------------------------- clocks

    def _tick(self) -> None:
        playback = self.session.watching.playback if self.session else None
        if playback is not None and playback.state == "playing":
            self.attempt(self._play_on())

    async def _play_on(self) -> None:
        session = self.viewing
        if await session.watching.tick(_TICK_S) and session.watching.playback is not None:
            movie = session.watching.playback.movie
            known = session.stars_of(movie.movie_id)
            ask = "" if known else " How was it? Press n to go to it, then 1 to 5."
            self.notify(f"You finished {movie.title}.{ask}", title="The end")

    def _ask_while_training(self) -> None:
        if self.session is not None and self.service.engine.status.state == "training":
            self.session.ask()

    # -------------------------------------------------------------------------------------- screens, loaded when wanted

    def go_home(self) -> None:
        """Show the main screen in place of the one that is up."""
        from tui.screens.home import HomeScreen

        self.switch_screen(HomeScreen())

    def open_movie(self, movie: Movie) -> None:
        """Show the movie's page over the screen that is up."""
        from tui.screens.movie import MovieScreen

        self.viewing.select(movie.movie_id)
        self.push_screen(MovieScreen(movie))
        self.attempt(self.viewing.note_opened(movie.movie_id))

    def do_lab(self) -> None:
        """Show the lab; it takes the movie apart that was selected."""
        from tui.screens.lab import LabScreen

        if self.viewing.selected is not None:
            self.viewing.lab.movie_id = self.viewing.selected.movie_id
        self.push_screen(LabScreen())

    def do_history(self) -> None:
        """Show what the viewer rated and watched."""
        from tui.screens.history import HistoryScreen

        self.push_screen(HistoryScreen())

    def do_help(self) -> None:
        """Show the keys of the screen where the viewer is."""
        from tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_command_palette(self) -> None:
        """Show all commands by name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def do_viewer(self) -> None:
        """Log out."""
        self.attempt(self.log_out())

    async def do_timeline(self) -> None:
        """Show every step so far: the launcher does it when the app has ended, and comes back."""
        self.wants_timeline = True
        await self.do_quit()

    async def do_quit(self) -> None:
        """Leave; a movie that plays is left where it is."""
        if self.session is not None:
            with contextlib.suppress(MatineeError):
                await self.session.watching.stop()
        self.exit()
