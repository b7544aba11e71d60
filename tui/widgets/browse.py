"""The whole catalogue: a search that follows the typing, a genre, an order, and the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import get_current_worker

from tui.host import host_of
from tui.messages import MoviesFound
from tui.plain import entitle
from tui.presenters.browse import SORTS, Sort, heading, ordered
from tui.presenters.text import click
from tui.widgets.movielist import MovieList
from tui.widgets.session_widget import Pane

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.state.session import Change


class SearchInput(Input):
    """Down and enter go on to the list; escape clears."""

    DEFAULT_CSS = """
    SearchInput { border: none; height: 1; padding: 0; background: $panel; width: 1fr; }
    SearchInput:focus { border: none; background: $boost; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "leave", "to the list", key_display="↓"),
        Binding("escape", "clear", "clear", key_display="esc"),
    ]

    def action_leave(self) -> None:
        """Move the keyboard to the list below."""
        self.screen.query_one(MovieList).focus()

    def action_clear(self) -> None:
        """Forget the query; then leave."""
        self.value = ""
        self.action_leave()


class Heading(Widget):
    """How many, which genre, which order; each can be clicked."""

    DEFAULT_CSS = "Heading { width: auto; height: 1; padding: 0 0 0 2; color: $quiet; }"

    def __init__(self) -> None:
        super().__init__()
        self.auto_links = False
        self.text = ""

    def show(self, text: str) -> None:
        """Show another text."""
        self.text = text
        self.refresh(layout=True)

    def render(self) -> Content:
        actions = ("", "genre", "sort")
        parts = self.text.split(" · ")
        made = [
            click(part, f"screen.command('{action}')") if action else Content(part)
            for part, action in zip(parts, actions, strict=False)
        ]
        return Content(" · ").join(made)


class Browse(Pane):
    """Searches run in a thread, since the fuzzy one takes a moment on a big catalogue."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"predictions"})
    DEFAULT_CSS = """
    Browse { layout: vertical; }
    Browse > Horizontal { height: 1; }
    Browse MovieList { height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.genre: str | None = None
        self.sort: Sort = SORTS[0]
        self._keep = False
        self._stale = False
        self._in_order = False
        """True once the list was sorted by predictions."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield SearchInput(
                placeholder="/ search by title, original title or year", select_on_focus=False, compact=True
            )
            yield Heading()
        yield MovieList()

    def on_mount(self) -> None:
        """Show everything to begin with."""
        entitle(self, title="Browse")
        self.find()

    def session_changed(self, change: Change) -> None:
        """A new order for this viewer; it waits while the viewer moves in the list, which must not move too."""
        if self.sort == "for you" and not self.query_text:
            self._stale = self.query_one(MovieList).has_focus and self._in_order
            if not self._stale:
                self.find(keep=self.query_one(MovieList).has_focus)

    def on_descendant_blur(self) -> None:
        """The viewer left the list: the order that waited comes in."""
        if self._stale:
            self._stale = False
            self.find()

    @property
    def query_text(self) -> str:
        """The text in the search line."""
        return self.query_one(SearchInput).value

    def find(self, *, keep: bool = False) -> None:
        """Search with what is typed and chosen now."""
        self._keep = keep
        self._in_order = bool(host_of(self).viewing.predictions.place)
        self._search(self.query_text, self.genre, self.sort)

    @work(thread=True, exclusive=True, group="search", exit_on_error=False)
    def _search(self, query: str, genre: str | None, sort: Sort) -> None:
        worker, session = get_current_worker(), host_of(self).viewing
        found = session.service.catalogue.search(query, genre)
        if not query.strip():
            found = ordered(found, sort, session.predictions, session.half_stars)
        if not worker.is_cancelled:
            self.post_message(MoviesFound(query, genre, found))

    @on(MoviesFound)
    def show_found(self, event: MoviesFound) -> None:
        """Show what was found, unless something else was typed or chosen since."""
        event.stop()
        if event.query == self.query_text and event.genre == self.genre:
            shown = self.query_one(MovieList)
            shown.show(event.movies, event.query.strip(), keep=self._keep)
            if shown.has_focus:
                shown.go_to(shown.cursor)
            text = heading(len(event.movies), event.genre, self.sort, searched=bool(event.query.strip()))
            self.query_one(Heading).show(text)

    @on(Input.Changed)
    def type_on(self, event: Input.Changed) -> None:
        """Search for what is typed now."""
        event.stop()
        self.find()

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """Move the keyboard to the list; the search is settled."""
        event.stop()
        self.query_one(MovieList).focus()
        self._settle()

    def _settle(self) -> None:
        """Say what the viewer looks for, now that it is typed or chosen to the end."""
        text = self.query_text.strip()
        if text or self.genre:
            host_of(self).attempt(host_of(self).viewing.note_search(text, self.genre))

    def next_sort(self) -> None:
        """Show the catalogue in the next order."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        self.find()

    def choose_genre(self, genre: str | None) -> None:
        """Show one genre, or all (None)."""
        self.genre = genre
        self.find()
        self._settle()
