"""The catalogue's list: the cursor's movie is the one shown in Now while the list has the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.types import Movie
from tui.host import host_of
from tui.presenters.browse import movie_line
from tui.widgets.linelist import LineList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from tui.state.session import Change

_REDRAWN: frozenset[Change] = frozenset({"ratings", "predictions"})


class MovieList(LineList[Movie]):
    """Title, genres, runtime, predicted stars, the viewer's own."""

    query_text = ""

    def on_mount(self) -> None:
        """Listen to what changes the figures in the lines."""
        host_of(self).changes.subscribe(self, self._hear)

    def _hear(self, change: Change) -> None:
        if change in _REDRAWN:
            self.redraw()

    def show(self, movies: Sequence[Movie], query: str = "", *, keep: bool = False) -> None:
        """Other movies; with `keep` the cursor stays on its movie."""
        held = self.row if keep else None
        self.query_text = query
        self.show_rows(movies, is_held=None if held is None else lambda movie: movie.movie_id == held.movie_id)

    @property
    def empty_text(self) -> str:
        """Says what was searched for."""
        return f"Nothing in the catalogue matches “{self.query_text}”." if self.query_text else "No movies here."

    def line_of(self, row: Movie, width: int, *, cursor: bool) -> Content:
        session = host_of(self).viewing
        return movie_line(
            row,
            width,
            stars=session.predictions.stars(row.movie_id),
            half_stars=session.stars_of(row.movie_id),
            cursor=cursor,
            query=self.query_text,
        )

    def go_to(self, place: int) -> None:
        """The movie under the cursor comes into Now."""
        super().go_to(place)
        if self.row is not None:
            host_of(self).viewing.select(self.row.movie_id)

    def on_focus(self) -> None:
        """The list has the keyboard: Now shows its movie."""
        self.go_to(self.cursor)
