"""Everything the viewer rated and watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.commands import bindings_of
from tui.host import host_of
from tui.plain import entitle
from tui.presenters.history import HistoryEntry, entries, entry_line
from tui.screens.ratable import RatableScreen
from tui.widgets.linelist import LineList
from tui.widgets.now import Now
from tui.widgets.statusline import Foot
from tui.widgets.topbar import TopBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content

    from tui.commands import ScreenName
    from tui.state.session import Change


class HistoryList(LineList[HistoryEntry]):
    """The cursor's movie comes into Now."""

    EMPTY: ClassVar[str] = "Nothing yet: rate or watch a movie, and it stands here."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "pick", "Open", show=False)]

    now = 0.0

    def line_of(self, row: HistoryEntry, width: int, *, cursor: bool) -> Content:
        return entry_line(row, width, now=self.now, cursor=cursor)

    def go_to(self, place: int) -> None:
        """Move the cursor; its movie takes the stars."""
        super().go_to(place)
        if self.row is not None:
            host_of(self).viewing.select(self.row.movie.movie_id)


class HistoryScreen(RatableScreen):
    """Read anew after every change of stars."""

    SCREEN_NAME: ClassVar[ScreenName] = "history"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("history")]

    def compose(self) -> ComposeResult:
        """The list, and the movie under the cursor."""
        yield TopBar()
        with Vertical(id="history", classes="dialog"):
            yield HistoryList()
        yield Now()
        yield Foot()

    def on_mount(self) -> None:
        entitle(self.query_one("#history"), title="Your history")
        host_of(self).changes.subscribe(self, self._hear)
        self.query_one(HistoryList).focus()
        host_of(self).attempt(self._fill(first=True))

    def _hear(self, change: Change) -> None:
        if change == "ratings" and not host_of(self).viewing.pending:
            host_of(self).attempt(self._fill(first=False))

    async def _fill(self, *, first: bool) -> None:
        app = host_of(self)
        service, user_id = app.service, app.viewing.user.user_id
        ratings = await app.on_store(lambda: service.rating_history(user_id, 500))
        watched = await app.on_store(lambda: service.watch_history(user_id, 500))
        # A screen that is being taken away loses what it shows before it is detached itself.
        shown = next(iter(self.query(HistoryList)), None)
        if shown is None or not self.is_attached:
            return
        shown.now = app.calendar()
        made = entries(ratings, watched, service.catalogue.by_id)
        shown.show_rows(made)
        if first and made:
            shown.go_to(0)

    def on_line_list_picked(self, event: HistoryList.Picked) -> None:
        """Open the page of a picked movie."""
        event.stop()
        if isinstance(event.row, HistoryEntry):
            host_of(self).open_movie(event.row.movie)

    def do_open(self) -> None:
        """Open the page of the movie that is shown."""
        if self.shown_movie:
            host_of(self).open_movie(self.shown_movie)
