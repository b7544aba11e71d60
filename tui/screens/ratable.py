"""Screens on which the movie that is shown can be given stars and watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.screen import ModalScreen

from tui.host import host_of
from tui.screens.base import CommandScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from engine.types import Movie


class RatableScreen(CommandScreen):
    """The commands of stars and of playback."""

    @property
    def shown_movie(self) -> Movie | None:
        """The movie that takes the stars."""
        return host_of(self).viewing.selected

    def _with_movie(self, act: Callable[[Movie], None]) -> None:
        """Do something with the movie that is shown; before there is one, say what is missing."""
        if self.shown_movie:
            act(self.shown_movie)
        else:
            self.notify("Choose a movie first: your list is on its way, and b leads to the catalogue.", timeout=4)

    def _attempt_with_movie(self, work: Callable[[Movie], Coroutine[Any, Any, object]]) -> None:
        self._with_movie(lambda movie: host_of(self).attempt(work(movie)))

    # ---------------------------------------------------------------------------------------------------------- stars

    def do_rate(self, stars: int) -> None:
        """Give whole stars."""
        self._with_movie(lambda movie: host_of(self).rate(movie, stars * 2))

    def do_take_back(self) -> None:
        """Take the stars back."""
        self._with_movie(lambda movie: host_of(self).rate(movie, None))

    def do_half(self) -> None:
        """Add half a star, or take it away again."""
        self._attempt_with_movie(lambda movie: host_of(self).viewing.half(movie.movie_id))

    def do_half_up(self) -> None:
        """Add half a star."""
        self._attempt_with_movie(lambda movie: host_of(self).viewing.step(movie.movie_id, 1))

    def do_half_down(self) -> None:
        """Take half a star away."""
        self._attempt_with_movie(lambda movie: host_of(self).viewing.step(movie.movie_id, -1))

    def do_undo(self) -> None:
        """Undo the last change of stars."""
        host_of(self).attempt(self._undo())

    async def _undo(self) -> None:
        movie = await host_of(self).viewing.undo()
        self.notify(f"Undone: {movie.title}." if movie else "There is nothing to undo.", timeout=4)

    # ------------------------------------------------------------------------------------------------------- playback

    def do_watch(self) -> None:
        """Start the movie, or pause it if it plays."""
        self._attempt_with_movie(lambda movie: host_of(self).viewing.watching.watch(movie))

    def do_pause(self) -> None:
        """Pause, or go on; with nothing playing, watch what is shown."""
        watching = host_of(self).viewing.watching
        if watching.running:
            host_of(self).attempt(watching.pause())
        else:
            self.do_watch()

    def do_stop(self) -> None:
        """Leave the movie where it is."""
        host_of(self).attempt(host_of(self).viewing.watching.stop())

    def do_slower(self) -> None:
        """Play nearer to real time."""
        host_of(self).viewing.watching.set_speed(-1)

    def do_faster(self) -> None:
        """Play further from real time."""
        host_of(self).viewing.watching.set_speed(1)

    def do_playing(self) -> None:
        """Show the movie that plays, or played last."""
        session = host_of(self).viewing
        if session.watching.playback:
            session.select(session.watching.playback.movie.movie_id)


class RatableModal(RatableScreen, ModalScreen[Any]):
    """The same over the screen below."""
