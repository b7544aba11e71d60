"""The commands that mean the same on every screen."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast, get_args

from engine import paths
from engine.errors import MatineeError
from engine.types import DiversityMethod
from tui.screens.base import Starring
from tui.themes import next_theme

if TYPE_CHECKING:
    from tui.app import MatineeApp

_BASE = 2
"""Textual's own first screen, and home."""
_STEP = 0.1
"""Of the diversity's strength, a key press."""
_METHODS: tuple[DiversityMethod, ...] = get_args(DiversityMethod)


class AppCommands:
    """Mixed into the app; a screen's own method of the same name goes first."""

    @property
    def _matinee(self) -> MatineeApp:
        return cast("MatineeApp", self)

    # --------------------------------------------------------------------------------------------- stars and playback

    def do_undo(self) -> None:
        """Undo the last change of stars."""
        self._matinee.attempt(self._undo())

    async def _undo(self) -> None:
        movie = await self._matinee.viewing.undo()
        words = f"Undone: {movie.title}." if movie else "There is nothing to undo."
        self._matinee.notify(words, timeout=2)

    def do_pause(self) -> None:
        """Pause, or go on; with nothing playing, watch what is shown."""
        session, screen = self._matinee.viewing, self._matinee.screen
        if session.watching.running:
            self._matinee.attempt(session.watching.pause())
        elif isinstance(screen, Starring):
            screen.do_watch()

    def do_stop(self) -> None:
        """Leave the movie."""
        self._matinee.attempt(self._matinee.viewing.watching.stop())

    def do_slower(self) -> None:
        """Nearer to real time."""
        self._matinee.viewing.watching.set_speed(-1)

    def do_faster(self) -> None:
        """Further from real time."""
        self._matinee.viewing.watching.set_speed(1)

    def do_playing(self) -> None:
        """Show the movie that plays, or played last."""
        session = self._matinee.viewing
        if session.watching.playback:
            session.select(session.watching.playback.movie.movie_id)

    # ------------------------------------------------------------------------------------------------------- diversity

    def do_diversity(self) -> None:
        """On or off."""
        session = self._matinee.viewing
        session.diversify(on=not session.diversity.on)

    def do_weaker(self) -> None:
        """Less."""
        session = self._matinee.viewing
        session.diversify(strength=session.diversity.strength - _STEP)

    def do_stronger(self) -> None:
        """More; a strength above nothing switches it on."""
        session = self._matinee.viewing
        session.diversify(on=True, strength=session.diversity.strength + _STEP)

    def do_method(self) -> None:
        """The next method."""
        session = self._matinee.viewing
        session.diversify(method=_METHODS[(_METHODS.index(session.diversity.method) + 1) % len(_METHODS)])

    # ---------------------------------------------------------------------------------------------------------- places

    def do_lab(self) -> None:
        """Training, large."""
        from tui.screens.lab import LabScreen

        self._matinee.push_screen(LabScreen())

    def do_history(self) -> None:
        """What the viewer did."""
        from tui.screens.history import HistoryScreen

        self._matinee.push_screen(HistoryScreen())

    async def do_timeline(self) -> None:
        """Every step so far; the launcher shows it when the app has ended, and comes back."""
        self._matinee.wants_timeline = True
        await self.do_quit()

    def do_help(self) -> None:
        """The keys, from the place where the viewer is."""
        from tui.screens.help import HelpScreen

        if not isinstance(self._matinee.screen, HelpScreen):
            self._matinee.push_screen(HelpScreen())

    def do_viewer(self) -> None:
        """Log out; a movie that plays is left where it is."""
        self._matinee.attempt(self._log_out())

    async def _log_out(self) -> None:
        from tui.screens.login import LoginScreen

        app = self._matinee
        await app.viewing.watching.stop()
        while len(app.screen_stack) > _BASE:
            await app.pop_screen()
        await app.switch_screen(LoginScreen(opened=True))
        app.session = None

    # ------------------------------------------------------------------------------------------------------------- app

    def do_retry(self) -> None:
        """Let an engine that died again and again rest no longer."""
        if self._matinee.service.engine.next_try_s is not None:
            self._matinee.attempt(self._start_engine())

    async def _start_engine(self) -> None:
        self._matinee.service.engine.start()

    def do_theme(self) -> None:
        """The next theme."""
        self.use_theme(next_theme(self._matinee.theme))

    def use_theme(self, name: str) -> None:
        """One theme, now and at the next start."""
        app = self._matinee
        app.theme = name
        app.keep(replace(app.kept, theme=name))
        app.notify(f"Theme: {name}", timeout=2)

    def do_screenshot(self) -> None:
        """The screen as an SVG file in the data folder."""
        app, folder = self._matinee, paths.data_dir() / "screenshots"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            saved = app.save_screenshot(f"matinee-{time.strftime('%Y%m%d-%H%M%S')}.svg", str(folder))
        except OSError as error:
            app.notify(f"The picture can't be saved: {error}", severity="error")
        else:
            app.notify(f"Saved {saved}", title="Picture")

    async def do_quit(self) -> None:
        """Leave; a movie that plays is left where it is."""
        app = self._matinee
        if app.session is not None:
            with contextlib.suppress(MatineeError):
                await app.session.watching.stop()
        app.exit()
