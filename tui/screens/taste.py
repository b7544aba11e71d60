"""A new viewer's first minute: a dozen well-spread movies to rate, and a way past them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from engine.types import Movie
from tui.commands import bindings_of
from tui.host import host_of
from tui.plain import entitle
from tui.presenters.stars import half_stars_at
from tui.presenters.taste import STARS_FROM_RIGHT, heading, taste_line
from tui.presenters.text import stack
from tui.screens.ratable import RatableScreen
from tui.widgets.linelist import LineList
from tui.widgets.now import Now
from tui.widgets.statusline import Foot
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.content import Content

    from tui.commands import ScreenName
    from tui.state.session import Change


class TasteList(LineList[Movie]):
    """Stars can be clicked in every line."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,tab", "move(1)", "Next", show=False)]

    def line_of(self, row: Movie, width: int, *, cursor: bool) -> Content:
        session = host_of(self).viewing
        return taste_line(
            row,
            width,
            half_stars=session.stars_of(row.movie_id),
            pending=row.movie_id in session.pending,
            just_saved=session.just_saved(row.movie_id),
            cursor=cursor,
        )

    def go_to(self, place: int) -> None:
        """Move the cursor; its movie takes the stars."""
        super().go_to(place)
        if self.row is not None:
            host_of(self).viewing.select(self.row.movie_id)

    def on_click(self, event: events.Click) -> None:
        """Give the stars that were clicked."""
        place = event.get_content_offset(self)
        half_stars = half_stars_at(place.x - (self.line_width - STARS_FROM_RIGHT)) if place else None
        if half_stars is not None and self.row is not None:
            host_of(self).rate(self.row, half_stars)


class TasteScreen(RatableScreen):
    """Every rating here is a rating like any other: stored, undoable, in the history."""

    SCREEN_NAME: ClassVar[ScreenName] = "taste"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("taste")]

    def __init__(self, movies: Sequence[Movie]) -> None:
        super().__init__()
        self.movies = movies

    def compose(self) -> ComposeResult:
        """Words, the list, and the movie under the cursor."""
        yield TopBar()
        yield Static(id="welcome", markup=False)
        with Vertical(id="taste", classes="dialog"):
            yield TasteList()
        yield Now()
        yield Foot()

    def on_mount(self) -> None:
        """The first movie has the cursor."""
        entitle(self.query_one("#taste"), title="Have you seen these?")
        host_of(self).changes.subscribe(self, self._hear)
        shown = self.query_one(TasteList)
        shown.show_rows(self.movies)
        shown.focus()
        self.call_after_refresh(shown.go_to, 0)
        self._greet()

    def on_resize(self) -> None:
        """The words are cut to the width."""
        self._greet()

    def _greet(self) -> None:
        session = host_of(self).viewing
        rated = sum(movie.movie_id in session.half_stars for movie in self.movies)
        lines = heading(session.user.name, rated, len(self.movies), max(20, self.size.width - 4))
        self.query_one("#welcome", Static).update(stack(lines))

    def _hear(self, change: Change) -> None:
        if change == "ratings":
            self.query_one(TasteList).redraw()
            self._greet()

    @on(LineList.Picked)
    def next(self, event: LineList.Picked) -> None:
        """A double click is no more than a click here."""
        event.stop()

    def do_done(self) -> None:
        """Go on to the list."""
        host_of(self).go_home()
