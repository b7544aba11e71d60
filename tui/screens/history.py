"""Everything the viewer rated and watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.commands import bindings_of
from tui.plain import entitle
from tui.presenters.history import Deed, deed_line, deeds
from tui.screens.base import Starring
from tui.widgets.linelist import LineList
from tui.widgets.live import app_of
from tui.widgets.now import Now
from tui.widgets.statusline import Foot
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content

    from tui.commands import Place
    from tui.session import Change


class DeedList(LineList[Deed]):
    """The cursor's movie comes into Now."""

    EMPTY: ClassVar[str] = "Nothing yet: rate or watch a movie, and it stands here."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "pick", "Open", show=False)]

    now = 0.0

    def line_of(self, row: Deed, width: int, *, cursor: bool) -> Content:
        """The deed's line."""
        return deed_line(row, width, now=self.now, cursor=cursor)

    def go_to(self, place: int) -> None:
        """The movie under the cursor takes the stars."""
        super().go_to(place)
        if self.row is not None:
            app_of(self).viewing.select(self.row.movie.movie_id)


class HistoryScreen(Starring):
    """Read anew after every change of stars."""

    PLACE: ClassVar[Place] = "history"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("history")]

    def compose(self) -> ComposeResult:
        """The list, and the movie under the cursor."""
        yield TopBar()
        with Vertical(id="deeds", classes="dialog"):
            yield DeedList()
        yield Now()
        yield Foot()

    def on_mount(self) -> None:
        """Read the logs."""
        entitle(self.query_one("#deeds"), title="Your history")
        app_of(self).changes.subscribe(self, self._hear)
        self.query_one(DeedList).focus()
        app_of(self).attempt(self._fill(first=True))

    def _hear(self, change: Change) -> None:
        if change == "ratings" and not app_of(self).viewing.pending:
            app_of(self).attempt(self._fill(first=False))

    async def _fill(self, *, first: bool) -> None:
        app = app_of(self)
        service, user_id = app.service, app.viewing.user.user_id
        ratings = await app.on_store(lambda: service.rating_history(user_id, 500))
        watched = await app.on_store(lambda: service.watch_history(user_id, 500))
        if not self.is_attached:
            return
        shown = self.query_one(DeedList)
        shown.now = app.calendar()
        made = deeds(ratings, watched, service.catalogue.by_id)
        shown.show_rows(made)
        if first and made:
            shown.go_to(0)

    def on_line_list_picked(self, event: DeedList.Picked) -> None:
        """Open the movie's page."""
        event.stop()
        if isinstance(event.row, Deed):
            app_of(self).open_movie(event.row.movie)

    def do_open(self) -> None:
        """The page of the movie that is shown."""
        if self.starred:
            app_of(self).open_movie(self.starred)
