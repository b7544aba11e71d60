"""The screens of a replay: the app's own, to be looked at, and a title before the first login."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from tui.commands import bindings_of
from tui.presenters.text import ACCENT, BOLD, QUIET, stack, wrapped
from tui.replay.scrubber import Scrubber
from tui.screens.base import CommandScreen
from tui.screens.home import HomeScreen
from tui.screens.lab import LabScreen
from tui.screens.movie import MovieScreen
from tui.widgets.browse import Browse, SearchInput
from tui.widgets.footer import KeyFooter
from tui.widgets.foryou import ForYou
from tui.widgets.movielist import MovieList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.commands import ScreenName
    from tui.replay.scrubber import Playhead


class Story(Widget):
    """What the session is about."""

    DEFAULT_CSS = "Story { width: 72; max-width: 90%; height: auto; }"

    def __init__(self, playhead: Playhead) -> None:
        super().__init__()
        self._playhead = playhead

    def render(self) -> Content:
        """The title and the story."""
        about = self._playhead.about
        lines = wrapped(about.story, self.size.width or 60, 20) if about.story else []
        title = Content.styled(about.title, f"{BOLD} {ACCENT}")
        return stack([title, Content(""), *(Content.styled(text, QUIET) for text in lines)])


class TitleScreen(CommandScreen):
    """What the session is about, before anybody is logged in."""

    SCREEN_NAME: ClassVar[ScreenName] = "replay"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("replay")]
    DEFAULT_CSS = "#title { height: 1fr; align: center middle; }"

    def __init__(self, playhead: Playhead) -> None:
        super().__init__()
        self._playhead = playhead

    def compose(self) -> ComposeResult:
        """The title, the story, and the line of the replay."""
        with Vertical(id="title"):
            yield Story(self._playhead)
        yield Scrubber(self._playhead)
        yield KeyFooter()


if TYPE_CHECKING:
    _Base = CommandScreen
else:
    _Base = object


class Replayed(_Base):
    """One of the app's own screens with the line of the replay; it stands before that screen among the bases.

    It is no widget itself: a style sheet's rules for a screen reach those classes alone whose first widget base it is.
    """

    SCREEN_NAME: ClassVar[ScreenName] = "replay"

    def __init__(self, playhead: Playhead) -> None:
        super().__init__()
        self._playhead = playhead

    def compose(self) -> ComposeResult:
        """As the screen, and the line over the footer."""
        yield from super().compose()
        yield Scrubber(self._playhead)

    @property
    def context(self) -> str:
        """One footer, whatever plays."""
        return self.SCREEN_NAME


class ReplayHome(Replayed, HomeScreen, inherit_bindings=False):
    """Home as it was, with the line of the replay."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("replay")]

    def on_mount(self) -> None:
        """No pane takes the keys of the replay away; the mouse still scrolls."""
        for pane in (self.query_one(ForYou), self.query_one(MovieList), self.query_one(SearchInput)):
            pane.can_focus = False
        self.set_focus(None)

    def do_back(self) -> None:
        """There is nothing below."""

    def show_search(self, text: str, genre: str | None) -> None:
        """Show a search of the catalogue, or, when both are empty, put it away."""
        browse, box = self.query_one(Browse), self.query_one(SearchInput)
        if not text and not genre and not box.value and not browse.genre:
            return
        browse.genre = genre
        self._show_half(browsing=bool(text or genre))
        if box.value != text:
            box.value = text
        elif genre or not text:
            browse.find()


class ReplayMovie(MovieScreen, inherit_bindings=False):
    """A movie's page, to be looked at."""

    SCREEN_NAME: ClassVar[ScreenName] = "replay"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("replay")]

    @property
    def context(self) -> str:
        """One footer, whatever plays."""
        return self.SCREEN_NAME


class ReplayLab(Replayed, LabScreen, inherit_bindings=False):
    """The training lab, to be looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("replay")]
