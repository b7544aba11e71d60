"""Home: the list, the movie, the catalogue, lens and diversity, and training, all at once or in tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container
from textual.content import Content

from tui.commands import bindings_of
from tui.host import host_of
from tui.presenters.tabs import tab_line
from tui.screens.ratable import RatableScreen
from tui.widgets.browse import Browse, SearchInput
from tui.widgets.footer import KeyFooter
from tui.widgets.foryou import ForYou, ListLine
from tui.widgets.movielist import MovieList
from tui.widgets.now import Now
from tui.widgets.session_widget import SessionWidget
from tui.widgets.toggles import TogglesPanel
from tui.widgets.topbar import Banner, TopBar
from tui.widgets.training import TrainingPanel

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.commands import ScreenName


class Tabs(SessionWidget):
    """On narrow screens: which half of home is shown."""

    DEFAULT_CSS = "Tabs { height: 1; }"

    def render(self) -> Content:
        return tab_line(browsing=self.screen.has_class("-browsing"), width=self.size.width)


class HomeScreen(RatableScreen):
    """The panes stand in a grid whose shape the breakpoints choose."""

    SCREEN_NAME: ClassVar[ScreenName] = "home"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("home")]

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield Banner()
        yield Tabs()
        with Container(id="stage"):
            yield ForYou()
            yield Now()
            yield Browse()
            yield TogglesPanel()
            yield TrainingPanel()
        yield ListLine()
        yield KeyFooter()

    def on_mount(self) -> None:
        """The list has the keyboard."""
        self.query_one(ForYou).focus()

    # ------------------------------------------------------------------------------------------------------ commands

    def do_search(self) -> None:
        """Go to the search line, at once: `focus()` would wait, and letters typed meanwhile go astray."""
        self._show_half(browsing=True)
        self.set_focus(self.query_one(SearchInput))

    def do_browse(self) -> None:
        """Move the keyboard from the list to the catalogue, or back."""
        browsing = not isinstance(self.focused, MovieList)
        self._show_half(browsing=browsing)
        (self.query_one(MovieList) if browsing else self.query_one(ForYou)).focus()

    def _show_half(self, *, browsing: bool) -> None:
        self.set_class(browsing, "-browsing")
        self.query_one(Tabs).refresh()

    def do_open(self) -> None:
        """Open the page of the movie that is shown; none from a search that found nothing."""
        found_nothing = isinstance(self.focused, MovieList) and self.focused.row is None
        if self.shown_movie and not found_nothing:
            host_of(self).open_movie(self.shown_movie)

    def do_genre(self) -> None:
        """Choose a genre from a list."""
        from tui.screens.genre import GenreScreen

        browse = self.query_one(Browse)

        def chosen(genre: str | None) -> None:
            if genre is not None:
                self._show_half(browsing=True)
                browse.choose_genre(genre or None)

        self.app.push_screen(GenreScreen(host_of(self).viewing.service.catalogue, browse.genre), chosen)

    def do_sort(self) -> None:
        """Show the catalogue in the next order."""
        self._show_half(browsing=True)
        self.query_one(Browse).next_sort()

    def do_copy(self) -> None:
        """Copy the list as text to the clipboard."""
        text = self.query_one(ForYou).as_text()
        if text:
            self.app.copy_to_clipboard(text)
            self.notify("The list went to your terminal's clipboard (OSC 52).")
