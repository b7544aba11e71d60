"""A list of any length, a line a row: only the lines on the screen are ever made, so sixty thousand cost as ten do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from tui.presenters.text import QUIET, fit, line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.content import Content

Row = TypeVar("Row")
_STRIPS = 1024
"""Lines kept; enough for any screen, and for paging to and fro."""


class LineList(ScrollView, Generic[Row], can_focus=True):
    """The cursor, the keys and the mouse; what a line says is up to the kinds of lists."""

    DEFAULT_CSS = """
    LineList { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; background: $surface; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(0)", "First", show=False),
        Binding("end", "edge(1)", "Last", show=False),
    ]
    EMPTY: ClassVar[str] = "Nothing here."
    CLICK_PICKS: ClassVar[bool] = False
    """True where one click is as good as enter."""

    @dataclass
    class Moved(Message):
        """The cursor came to a row."""

        row: object

    @dataclass
    class Picked(Message):
        """Enter or a double click on a row."""

        row: object

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self.cursor = 0
        self._strips: dict[tuple[int, int, bool], Strip] = {}

    def on_mount(self) -> None:
        """Lines hold colours, so another theme makes them anew."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.redraw())

    # ------------------------------------------------------------------------------------------------ what it shows

    def line_of(self, row: Row, width: int, *, cursor: bool) -> Content:
        """One line of exactly `width` cells."""
        raise NotImplementedError

    @property
    def empty_text(self) -> str:
        """What stands there when there are no rows."""
        return self.EMPTY

    @property
    def row(self) -> Row | None:
        """The row under the cursor; None in an empty list."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def show_rows(self, rows: Sequence[Row], *, is_held: Callable[[Row], bool] | None = None) -> None:
        """Show other rows. With `is_held` the cursor stays on that row, and the row on its line of the screen."""
        above = self.cursor - round(self.scroll_y)
        self.rows = rows
        self._strips.clear()
        self.virtual_size = Size(0, len(rows))
        held = next((place for place, row in enumerate(rows) if is_held(row)), None) if is_held else None
        self.cursor = held or 0
        self.scroll_to(y=0 if held is None else held - above, animate=False, immediate=True)
        self.refresh()

    @property
    def line_width(self) -> int:
        """Cells of a line: what the scrollbar leaves."""
        return self.scrollable_content_region.width

    def redraw(self) -> None:
        """Make every line anew."""
        self._strips.clear()
        self.refresh()

    def on_resize(self) -> None:
        """Lines are made for one width."""
        self.virtual_size = Size(0, len(self.rows))
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        place, width = y + round(self.scroll_y), self.line_width
        if place >= len(self.rows):
            return self._blank(y, width)
        key = (place, width, place == self.cursor)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) > _STRIPS:
                self._strips.clear()
            strip = self._strips[key] = self._strip(self.line_of(self.rows[place], width, cursor=key[2]), width)
        return strip

    def _strip(self, content: Content, width: int) -> Strip:
        return Visual.to_strips(self, content, width, 1, self.visual_style, pad=True)[0]

    def _blank(self, y: int, width: int) -> Strip:
        text = f"  {self.empty_text}" if not self.rows and y == 1 else ""
        return self._strip(fit(line((text, QUIET)), width), width)

    # ------------------------------------------------------------------------------------------------------- moving

    def go_to(self, place: int) -> None:
        """Put the cursor on a line."""
        if not self.rows:
            return
        before, self.cursor = self.cursor, max(0, min(len(self.rows) - 1, place))
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, immediate=True)
        for changed in {before, self.cursor}:
            self.refresh(Region(0, changed - round(self.scroll_y), self.size.width, 1))
        self.post_message(self.Moved(self.rows[self.cursor]))

    def action_move(self, step: int) -> None:
        """Move the cursor by lines."""
        self.go_to(self.cursor + step)

    def action_page(self, step: int) -> None:
        """Move the cursor by screens."""
        self.go_to(self.cursor + step * max(1, self.size.height - 1))

    def action_edge(self, last: int) -> None:
        """Move the cursor to the first or the last line."""
        self.go_to(len(self.rows) - 1 if last else 0)

    def action_pick(self) -> None:
        """Pick the row under the cursor."""
        if self.row is not None:
            self.post_message(self.Picked(self.row))

    def on_click(self, event: events.Click) -> None:
        """Go to a line; a second click picks it."""
        place = event.get_content_offset(self)
        if place is None or place.y + round(self.scroll_y) >= len(self.rows):
            return
        self.go_to(place.y + round(self.scroll_y))
        if self.CLICK_PICKS or event.chain == 2:
            self.action_pick()
