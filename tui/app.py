"""The app: it owns the service, the session and the screens, and carries news between them."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on, work
from textual.app import App
from textual.notifications import Notify
from textual.signal import Signal

from engine.errors import MatineeError
from engine.service.messages import Notice, PredictionsReady, StatusChanged, Trained
from engine.text import plain
from tui import settings as kept
from tui.actions import AppCommands
from tui.messages import EngineNews, StoreFailed, StoreOpened, StoreProgress
from tui.palette import MatineeCommands
from tui.plain import PlainLines
from tui.predictions import PredictionTable
from tui.screens.login import LoginScreen
from tui.session import Change, Session
from tui.themes import THEMES, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from textual.filter import LineFilter
    from textual.notifications import SeverityLevel

    from engine.service.messages import Reply
    from engine.service.protocols import ViewerService
    from engine.types import Movie, User

T = TypeVar("T")

_TICK_S = 0.25
"""Between two steps of the playback."""
_SELECTION_S = 0.02
"""From the cursor's move to the movie in Now: a held key moves the cursor at once, the poster when there is time."""
_TRAINING_ASK_S = 2.0
"""Between two lists while a full training runs."""
_PLAIN_LINES = PlainLines()


class MatineeApp(AppCommands, App[None]):
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
        super().__init__()
        self.clock = clock
        """Seconds from anywhere: what latencies are taken with."""
        self.calendar = calendar
        """Epoch seconds."""
        self.opening = opening
        """Called behind the first frame, before the store is opened."""
        self.service = service
        self.session: Session | None = None
        self.changes: Signal[Change] = Signal(self, "changes")
        self.wanted_user = user
        self.settings_path = settings_path or kept.settings_path()
        self.kept = kept.load(self.settings_path)
        self.store_thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self.failure: BaseException | None = None
        self.wants_timeline = False
        """Whether the app ends because its viewer wants to see the evening's timeline."""
        self._selecting = False
        for theme in THEMES:
            self.register_theme(theme)
        known = {theme.name for theme in THEMES}
        self.theme = self.kept.theme if self.kept.theme in known else kept.DEFAULT_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Textual's own themes lack Matinée's variables."""
        return dict(VARIABLES)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Whatever a widget draws, no line of it steers the terminal."""
        return [*super().get_line_filters(), _PLAIN_LINES]

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """A toast; its words are never markup, since titles, names and messages of errors are in them."""
        del markup
        words, head = plain(message, keep="\n"), plain(title)
        super().notify(words, title=head, severity=severity, timeout=timeout, markup=False)

    @property
    def viewing(self) -> Session:
        """The session; there is one on every screen behind the log-in."""
        if self.session is None:
            raise RuntimeError("nobody is logged in")
        return self.session

    # ------------------------------------------------------------------------------------------------------- opening

    def on_mount(self) -> None:
        """The first screen at once; the store and the engine behind it, when it is drawn."""
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
            self.post_to_screen(StoreFailed(error))
        else:
            self.post_to_screen(StoreOpened())

    def _store_progress(self, done: int, of: int, doing: str) -> None:
        self.post_to_screen(StoreProgress(done / max(1, of), doing))

    def post_to_screen(self, message: StoreProgress | StoreFailed | StoreOpened) -> None:
        """To the screen that is up; safe from any thread."""
        if self.screen_stack:
            self.screen.post_message(message)

    def _hear_engine(self, reply: Reply) -> None:
        """On the reader thread: unpack, and hand over; records stay in the ring, where the panels look for them."""
        if not isinstance(reply, Trained):
            unpacked = PredictionTable.unpack(reply.predictions) if isinstance(reply, PredictionsReady) else reply
            self.post_message(EngineNews(unpacked))

    @on(EngineNews)
    def take_news(self, event: EngineNews) -> None:
        """All that a reply changes is drawn in one go."""
        reply = event.reply
        if isinstance(reply, Notice):
            if self._in_the_banner(reply):
                return
            self.notify(reply.text, title="The engine", severity=reply.level)
            return
        with self.batch_update():
            if self.session is not None:
                self.session.take(reply)
            elif isinstance(reply, StatusChanged):
                self.changes.publish("status")

    def _in_the_banner(self, notice: Notice) -> bool:
        """True where the banner says the same already."""
        status = self.service.engine.status
        return self.session is not None and status.state == "failed" and notice.text == status.detail

    @on(Notify)
    def one_of_a_kind(self, event: Notify) -> None:
        """A toast that stands there with the same words gives way to the new one."""
        fresh = event.notification
        for standing in list(self._notifications):
            if (standing.message, standing.title) == (fresh.message, fresh.title):
                self._unnotify(standing, refresh=False)

    # ------------------------------------------------------------------------------------------------------- session

    async def on_store(self, call: Callable[[], T]) -> T:
        """Run a call on the one thread that talks to the store, in the order asked."""
        return await asyncio.get_running_loop().run_in_executor(self.store_thread, call)

    def attempt(self, work: Coroutine[Any, Any, object]) -> None:
        """Start something that may fail; a failure is a toast. Nothing starts while the app ends."""
        if self.is_running and not self._exit:
            self.run_worker(self._attempted(work), group="attempts")
        else:
            work.close()

    async def _attempted(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except MatineeError as error:
            self.notify(str(error), title="That did not work", severity="error", timeout=8)

    async def log_in(self, user: User, *, new: bool = False) -> None:
        """Begin a session; a new viewer is asked about a few movies first."""
        ratings = await self.on_store(lambda: self._remembered(user))
        self.session = Session(
            self.service,
            user,
            ratings,
            run=self.on_store,
            changed=self._changed,
            diversity=self.kept.diversity_of(user.name),
            speed=self.kept.speed,
            clock=self.clock,
        )
        self.session.ask()
        self.clear_notifications()
        if new:
            from tui.screens.taste import TasteScreen

            await self.switch_screen(TasteScreen(await self.on_store(self.service.taste_start)))
        else:
            self.go_home()

    def _remembered(self, user: User) -> Any:
        self.service.remember_viewer(user)
        return self.service.ratings(user.user_id)

    def go_home(self) -> None:
        """The main screen."""
        from tui.screens.home import HomeScreen

        self.switch_screen(HomeScreen())

    def _changed(self, change: Change) -> None:
        if change in ("diversity", "playback") and self.session is not None:
            self._keep_session(self.session)
        if change != "selection":
            self.changes.publish(change)
        elif not self._selecting:
            self._selecting = True
            self.set_timer(_SELECTION_S, self._show_selection)

    def _show_selection(self) -> None:
        self._selecting = False
        self.changes.publish("selection")

    def rate(self, movie: Movie, half_stars: int | None) -> None:
        """Give stars, or take them back; shown as stored only when they are."""
        self.attempt(self.viewing.rate(movie.movie_id, half_stars))

    def open_movie(self, movie: Movie) -> None:
        """The movie's page, over the screen below."""
        from tui.screens.movie import MovieScreen

        self.viewing.select(movie.movie_id)
        self.push_screen(MovieScreen(movie))
        self.attempt(self.viewing.opened(movie.movie_id))

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

    # ---------------------------------------------------------------------------------------------------------- faults

    def _fatal_error(self) -> None:
        """Textual would print a traceback with all local values; the launcher says one line instead."""
        self.failure = self._exception
        self._close_messages_no_wait()

    # ------------------------------------------------------------------------------------------------------- settings

    def _keep_session(self, session: Session) -> None:
        wanted = session.diversity
        self.keep(
            replace(
                self.kept,
                diversity_viewer=session.user.name,
                diversity_on=wanted.on,
                diversity_strength=wanted.strength,
                diversity_method=wanted.method,
                speed=session.watching.speed,
            )
        )

    def keep(self, settings: kept.ScreenSettings) -> None:
        """Write the settings when they changed; a folder that can't be written costs a toast, once."""
        if settings == self.kept:
            return
        self.kept = settings
        try:
            kept.save(self.settings_path, settings)
        except OSError as error:
            self.notify(f"The settings can't be saved: {error}", severity="warning")
