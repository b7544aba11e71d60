"""What any app of Matinée's needs of Textual: plain text, toasts, themes, settings, a thread for the store, faults."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from textual import on
from textual.app import App
from textual.notifications import Notify

from engine import paths
from engine.errors import MatineeError
from engine.text import plain
from tui.plain import PlainLines
from tui.state import settings
from tui.themes import THEMES, VARIABLES, next_theme

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from textual.filter import LineFilter
    from textual.notifications import SeverityLevel

T = TypeVar("T")
_PLAIN_LINES = PlainLines()


class Shell(App[None]):
    """An app without screens."""

    def __init__(self, settings_path: Path | None = None) -> None:
        super().__init__()
        self.settings_path = settings_path or settings.settings_path()
        self.screen_settings = settings.load(self.settings_path)
        self.store_thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self.failure: BaseException | None = None
        """The fault that ended the app."""
        self.ended_by: int | None = None
        """The signal that ended it."""
        for theme in THEMES:
            self.register_theme(theme)
        known = {theme.name for theme in THEMES}
        self.theme = self.screen_settings.theme if self.screen_settings.theme in known else settings.DEFAULT_THEME

    # ----------------------------------------------------------------------------------------------------------- text

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
        """Show a toast; its words are never markup, since titles, names and messages of errors are in them."""
        del markup
        words, head = plain(message, keep="\n"), plain(title)
        super().notify(words, title=head, severity=severity, timeout=timeout, markup=False)

    @on(Notify)
    def replace_same_toast(self, event: Notify) -> None:
        """A toast that stands there with the same words gives way to the new one."""
        new = event.notification
        for standing in list(self._notifications):
            if (standing.message, standing.title) == (new.message, new.title):
                self._unnotify(standing, refresh=False)

    # ----------------------------------------------------------------------------------------------------------- work

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

    def _fatal_error(self) -> None:
        """Textual would print a traceback with all local values; the launcher says one line instead."""
        self.failure = self._exception
        self._close_messages_no_wait()

    # ----------------------------------------------------------------------------------------------- themes, settings

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Textual's own themes lack Matinée's variables."""
        return dict(VARIABLES)

    def use_theme(self, name: str) -> None:
        """Show a theme, now and at the next start."""
        self.theme = name
        self.save_settings(replace(self.screen_settings, theme=name))
        self.notify(f"Theme: {name}", timeout=2)

    def save_settings(self, changed: settings.ScreenSettings) -> None:
        """Write the settings when they changed; a folder that can't be written costs a toast, once."""
        if changed == self.screen_settings:
            return
        self.screen_settings = changed
        try:
            settings.save(self.settings_path, changed)
        except OSError as error:
            self.notify(f"The settings can't be saved: {error}", severity="warning")

    def do_theme(self) -> None:
        """Show the next theme."""
        self.use_theme(next_theme(self.theme))

    def do_screenshot(self) -> None:
        """Save the screen as an SVG file in the data folder."""
        folder = paths.data_dir() / "screenshots"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            saved = self.save_screenshot(f"matinee-{time.strftime('%Y%m%d-%H%M%S')}.svg", str(folder))
        except OSError as error:
            self.notify(f"The picture can't be saved: {error}", severity="error")
        else:
            self.notify(f"Saved {saved}", title="Picture")
