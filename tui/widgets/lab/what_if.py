"""What if: a rating tried without storing it. The movies at the left, both lists at the right, the bars below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from engine.types import Movie
from tui.host import host_of
from tui.plain import entitle
from tui.presenters.lab_network import nothing_yet, shares_lines
from tui.presenters.lab_what_if import candidates, try_line, would_be_lines
from tui.presenters.text import stack
from tui.state.moves import moves
from tui.widgets.lab.part import LabPart
from tui.widgets.linelist import LineList
from tui.widgets.session_widget import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.state.lab import PartName
    from tui.state.session import Change


class TryList(LineList[Movie]):
    """The movies whose stars can be tried."""

    EMPTY = "Your list is on its way."

    def line_of(self, row: Movie, width: int, *, cursor: bool) -> Content:
        session = host_of(self).viewing
        stored, tried = session.stars_of(row.movie_id), session.lab.what_if.stars.get(row.movie_id)
        return try_line(row, stored, tried, width, cursor=cursor)


class TryBox(Pane):
    """Their frame."""

    def on_mount(self) -> None:
        entitle(self, title="Try stars", subtitle="+ - stars · 0 none · ⏎ keep · x leave")


class WouldBe(Pane):
    """Both lists."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab", "list"})

    def on_mount(self) -> None:
        entitle(self, title="Your list")

    def render(self) -> Content:
        session = self.session
        made = session.lab.what_if.made
        now = session.recommendations.items if session.recommendations else ()
        then = made.items if made else None
        moved = moves(session.listed, [item.movie_id for item in then]) if then else ()
        movies = session.service.catalogue.by_id
        return stack(would_be_lines(now, then, moved, movies, self.size.width)[: self.size.height])


class WouldBeShares(Pane):
    """The shares of the movie that is looked at, as they would be."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab"})

    def on_mount(self) -> None:
        entitle(self, title="What its stars would be made of", subtitle=", . another movie of your list")

    def render(self) -> Content:
        lab, (width, height) = self.session.lab, self.size
        view = lab.what_if.network or lab.network
        if view is None:
            return stack(nothing_yet(view, width))
        return stack(shares_lines(view, self.session.service.catalogue.by_id, width, height)[:height])


class WhatIfPart(LabPart):
    """Keep it or leave it."""

    PART: ClassVar[PartName] = "what_if"

    def compose(self) -> ComposeResult:
        """Movies, lists, shares."""
        with TryBox():
            yield TryList()
        yield WouldBe()
        yield WouldBeShares()

    def ask(self) -> None:
        session = self.session
        if self.lab.movie_id is None and session.listed:
            self.lab.movie_id = session.listed[0]
        session.look(*self.lab.network_subjects()[:1])
        session.try_stars()
        self._show_movies()

    def _show_movies(self) -> None:
        session, table = self.session, self.query_one(TryList)
        wanted = candidates(session.listed, self.lab.movie_id, [*self.lab.what_if.stars, *reversed(session.half_stars)])
        held = table.row.movie_id if table.row else None
        is_held = (lambda movie: movie.movie_id == held) if held is not None else None
        table.show_rows(session.movies(wanted), is_held=is_held)

    def take_focus(self) -> None:
        self.query_one(TryList).focus()

    def step(self, step: int) -> None:
        """Try half a star more or less for the movie under the cursor."""
        movie = self.query_one(TryList).row
        if movie is not None:
            self.lab.what_if.step(movie.movie_id, step, self.session.stars_of(movie.movie_id))
            self._tried()

    def take_away(self) -> None:
        """Try the movie under the cursor as not rated."""
        movie = self.query_one(TryList).row
        if movie is not None:
            self.lab.what_if.take_away(movie.movie_id, self.session.stars_of(movie.movie_id))
            self._tried()

    def _tried(self) -> None:
        if not self.lab.what_if.tried:
            self.lab.what_if.leave()
        self.session.try_stars()
        self.query_one(TryList).redraw()

    def keep(self) -> None:
        """Store what was tried."""
        host_of(self).attempt(self._keep())

    async def _keep(self) -> None:
        kept = await self.session.keep_tried()
        self.query_one(TryList).redraw()
        self.notify(f"{kept} kept: stored as your own." if kept else "Nothing is tried.", timeout=3)

    def leave(self) -> None:
        """Forget what was tried."""
        self.lab.what_if.leave()
        self._tried()

    def choose(self, step: int) -> None:
        """Look at the shares of another movie of the list."""
        self.lab.choose_movie(self.session.listed, step)
        self.ask()
