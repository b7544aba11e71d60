"""A small list of genres to choose from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.plain import entitle
from tui.presenters.text import ACCENT, BOLD, QUIET, count, fit, line, spread
from tui.screens.base import LeftOnce
from tui.widgets.linelist import LineList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content

    from engine.service.catalogue import Catalogue

Genre = tuple[str, int]
"""Its name (empty: all) and its number of movies."""


class GenreList(LineList[Genre]):
    """Enter or one click chooses."""

    CLICK_PICKS: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "pick", "Choose", show=False)]

    def line_of(self, row: Genre, width: int, *, cursor: bool) -> Content:
        name, movies = row
        head = line(("▸ " if cursor else "  ", ACCENT), (name or "All genres", BOLD if cursor else ""))
        made = spread(head, line((f"{count(movies)} ", QUIET)), width)
        return fit(made.stylize("on $cursor-row") if cursor else made, width)


class GenreScreen(ModalScreen[Any], LeftOnce):
    """Gives the genre's name, an empty text for all, or None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,g,q", "dismiss(None)", "Leave")]

    def __init__(self, catalogue: Catalogue, chosen: str | None) -> None:
        super().__init__()
        counts = Counter(genre for movie in catalogue.movies for genre in movie.genres)
        self.genres: list[Genre] = [("", len(catalogue)), *((genre, counts[genre]) for genre in catalogue.genres)]
        self.chosen = chosen or ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as frame:
            entitle(frame, title="Genre", subtitle="⏎ choose · esc leave")
            yield GenreList()

    def on_mount(self) -> None:
        """The cursor on the genre of now."""
        shown = self.query_one(GenreList)
        shown.styles.height = len(self.genres)
        shown.show_rows(self.genres)
        shown.focus()
        names = [name for name, _movies in self.genres]
        self.call_after_refresh(shown.go_to, names.index(self.chosen) if self.chosen in names else 0)

    def on_line_list_picked(self, event: GenreList.Picked) -> None:
        """Return the picked genre."""
        event.stop()
        row = event.row
        if isinstance(row, tuple):
            self.dismiss(row[0])
