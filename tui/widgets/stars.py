"""The viewer's own stars as a line that takes clicks: the left half of a star is its half."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.reactive import reactive

from tui.host import host_of
from tui.presenters.now import STARS_AT, your_stars
from tui.presenters.stars import half_stars_at
from tui.widgets.session_widget import SessionWidget

if TYPE_CHECKING:
    from textual import events

    from engine.types import Movie
    from tui.state.session import Change


_TICK_S = 2.1
"""After so long the tick beside the stars is gone."""


class StarLine(SessionWidget):
    """Stars of the movie that is shown."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"ratings", "selection"})
    DEFAULT_CSS = "StarLine { height: 1; }"

    hover: reactive[int | None] = reactive(None)

    @property
    def movie(self) -> Movie | None:
        """The movie that the stars are for."""
        return self.session.selected

    def session_changed(self, change: Change) -> None:
        """Draw again, and once more when the tick has had its time."""
        self.hover = None
        self.refresh()
        if change == "ratings":
            self.set_timer(_TICK_S, self.refresh)

    def render(self) -> Content:
        movie, session = self.movie, self.session
        if movie is None:
            return Content("")
        movie_id = movie.movie_id
        return your_stars(
            session.stars_of(movie_id),
            pending=movie_id in session.pending,
            just_saved=session.just_saved(movie_id),
            hover=self.hover,
            width=self.size.width,
        )

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what a click would give."""
        self.hover = self._under(event)

    def _under(self, event: events.MouseEvent) -> int | None:
        place = event.get_content_offset(self)
        return None if place is None else half_stars_at(place.x - STARS_AT)

    def on_leave(self) -> None:
        self.hover = None

    def on_click(self, event: events.Click) -> None:
        """Give the stars under the mouse."""
        half_stars = self._under(event)
        if half_stars is not None and self.movie is not None:
            event.stop()
            self.hover = None
            host_of(self).rate(self.movie, half_stars)
