"""The pane of the movie that is shown: poster, facts, playback, stars."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.plain import entitle
from tui.presenters.now import card, watch_line
from tui.presenters.poster import poster
from tui.presenters.text import stack
from tui.widgets.session_widget import Pane, SessionWidget
from tui.widgets.stars import StarLine

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.state.session import Change


class PosterArt(SessionWidget):
    """The generated poster of the movie that is shown."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"selection"})
    DEFAULT_CSS = "PosterArt { width: 14; height: 7; }"

    def render(self) -> Content:
        """The picture, in shades where the terminal's own colours rule."""
        movie = self.session.selected
        if movie is None:
            return Content("")
        return poster(movie, self.size.width, self.size.height, shaded=self.app.current_theme.ansi)


class Card(SessionWidget):
    """What the movie is, and what the model expects."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"selection", "predictions", "ratings"})
    DEFAULT_CSS = "Card { height: 100%; padding: 0 0 0 2; }"

    def render(self) -> Content:
        movie = self.session.selected
        if movie is None:
            return Content("Choose a movie from the list or the catalogue.")
        stars = self.session.predictions.stars(movie.movie_id)
        rated = movie.movie_id in self.session.half_stars
        return stack(card(movie, stars, self.size.width, self.size.height, rated=rated))


class WatchLine(SessionWidget):
    """The playback; a click starts, pauses and goes on."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"playback", "selection"})
    DEFAULT_CSS = "WatchLine { height: 1; }"

    def render(self) -> Content:
        return watch_line(self.session.watching.playback, self.session.selected, self.size.width)

    async def on_click(self) -> None:
        """Start, pause or go on, as the keys do."""
        running = self.session.watching.running
        await self.screen.run_action(f"command('{'pause' if running else 'watch'}')")


class Now(Pane):
    """The pane around poster, facts, playback and stars."""

    def on_mount(self) -> None:
        entitle(self, title="Now")

    def compose(self) -> ComposeResult:
        """A grid: the picture at the left, the words at its right, the lines beside or under it."""
        yield PosterArt()
        yield Card()
        yield WatchLine()
        yield StarLine()
