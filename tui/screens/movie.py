"""A movie's page, over the screen it was opened from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from tui.commands import bindings_of
from tui.host import host_of
from tui.plain import entitle
from tui.presenters.moviepage import about, why
from tui.presenters.text import stack
from tui.screens.ratable import RatableModal
from tui.widgets.now import PosterArt, WatchLine
from tui.widgets.session_widget import SessionWidget
from tui.widgets.stars import StarLine
from tui.widgets.statusline import Foot

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from engine.types import Movie
    from tui.commands import ScreenName
    from tui.state.session import Change


class MovieFacts(SessionWidget):
    """What is known of the movie, and its predicted stars."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"predictions", "ratings"})
    DEFAULT_CSS = "MovieFacts { height: auto; }"

    def __init__(self, movie: Movie) -> None:
        super().__init__()
        self.movie = movie

    def render(self) -> Content:
        table = self.session.predictions
        movie_id = self.movie.movie_id
        rank = table.rank(movie_id, self.session.half_stars)
        rated = movie_id in self.session.half_stars
        likely, history = table.likely(movie_id), len(self.session.half_stars)
        width = self.size.width or 40
        return stack(about(self.movie, table.stars(movie_id), rank, width, rated=rated, likely=likely, history=history))


class Why(MovieFacts):
    """The viewer's ratings that speak for the movie."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"reasons"})

    def render(self) -> Content:
        session = self.session
        reasons = session.reasons.get(self.movie.movie_id)
        return stack(why(reasons, session.service.catalogue.by_id, len(session.half_stars), self.size.width or 40))


class MovieScreen(RatableModal):
    """Asks the engine why, when it opens and after every change of stars."""

    SCREEN_NAME: ClassVar[ScreenName] = "movie"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("movie")]

    def __init__(self, movie: Movie) -> None:
        super().__init__()
        self.movie = movie

    @property
    def shown_movie(self) -> Movie | None:
        """The page's movie takes the stars, whatever is selected below."""
        return self.movie

    def compose(self) -> ComposeResult:
        """The picture at the left, the words at its right."""
        with Vertical(classes="dialog", id="page"), Horizontal():
            yield PosterArt()
            with VerticalScroll(can_focus=True):
                yield MovieFacts(self.movie)
                yield StarLine()
                yield WatchLine()
                yield Why(self.movie)
        yield Foot()

    def on_mount(self) -> None:
        entitle(self.query_one("#page"), title=self.movie.label)
        host_of(self).changes.subscribe(self, self._hear)
        host_of(self).viewing.ask_why(self.movie.movie_id)

    def _hear(self, change: Change) -> None:
        if change == "list":
            host_of(self).viewing.ask_why(self.movie.movie_id)
