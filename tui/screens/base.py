"""What all screens have in common: commands by name, breakpoints, the footer's context, a word for tiny terminals."""

from __future__ import annotations

from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from tui.commands import AHEAD
from tui.widgets.live import app_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from engine.types import Movie
    from tui.commands import Place

TOO_SMALL = (
    "Matinée needs a terminal of at least 60 columns and 16 lines. Make the window larger, or the letters smaller."
)


class Placed(Screen[Any]):
    """A screen of the table of commands."""

    PLACE: ClassVar[Place]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (Textual declares it as it is)
        (0, "-tiny"),
        (60, "-narrow"),
        (110, "-wide"),
        (150, "-xwide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (30, "-tall")]  # noqa: RUF012

    def on_mount(self) -> None:
        """The sentence lies over everything, and shows only where nothing else can."""
        self.mount(Static(TOO_SMALL, classes="too-small", markup=False))

    @property
    def context(self) -> str:
        """What the footer tells about: the place, and what goes on there."""
        if isinstance(self.focused, Input):
            return f"{self.PLACE}.typing"
        session = app_of(self).session
        return f"{self.PLACE}.watching" if session is not None and session.watching.running else self.PLACE

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where letters are typed, the commands that go ahead of everything are letters too."""
        if action == "command" and parameters and parameters[0] in AHEAD:
            return not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def handler(self, name: str) -> Callable[[], object] | None:
        """The method that carries out a command: the screen's own, or the app's."""
        if name.startswith("rate_"):
            rate = getattr(self, "do_rate", None)
            return partial(rate, int(name.removeprefix("rate_"))) if rate else None
        method: Callable[[], object] | None = getattr(self, f"do_{name}", None)
        return method or getattr(self.app, f"do_{name}", None)

    async def action_command(self, name: str) -> None:
        """Carry out a command of the table."""
        handler = self.handler(name)
        if handler is None:
            return
        result = handler()
        if isawaitable(result):
            await result

    def do_back(self) -> None:
        """Leave."""
        self.app.pop_screen()


class Starring(Placed):
    """A screen on which the movie that is shown can be given stars and watched."""

    @property
    def starred(self) -> Movie | None:
        """Whom the stars go to."""
        return app_of(self).viewing.selected

    def _give(self, act: Callable[[Movie], None]) -> None:
        """Do something with the movie that is shown; before there is one, say what is missing."""
        if self.starred:
            act(self.starred)
        else:
            self.notify("Choose a movie first: your list is on its way, and b leads to the catalogue.", timeout=4)

    def _attempt(self, work: Callable[[Movie], Coroutine[Any, Any, object]]) -> None:
        self._give(lambda movie: app_of(self).attempt(work(movie)))

    def do_rate(self, stars: int) -> None:
        """Whole stars."""
        self._give(lambda movie: app_of(self).rate(movie, stars * 2))

    def do_take_back(self) -> None:
        """No stars."""
        self._give(lambda movie: app_of(self).rate(movie, None))

    def do_half(self) -> None:
        """Half a star on or off."""
        self._attempt(lambda movie: app_of(self).viewing.half(movie.movie_id))

    def do_half_up(self) -> None:
        """Half a star more."""
        self._attempt(lambda movie: app_of(self).viewing.step(movie.movie_id, 1))

    def do_half_down(self) -> None:
        """Half a star less."""
        self._attempt(lambda movie: app_of(self).viewing.step(movie.movie_id, -1))

    def do_watch(self) -> None:
        """Start the movie, or pause it if it plays."""
        self._attempt(lambda movie: app_of(self).viewing.watching.watch(movie))


class StarringModal(Starring, ModalScreen[Any]):
    """The same over the screen below."""
