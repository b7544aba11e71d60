"""The map: every movie as a point, your way over it; it moves while the network learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from engine.snapshots import MapOf
from tui.host import host_of
from tui.plain import entitle
from tui.presenters.lab_map import GENRE_STYLES, Mark, dots, foot, legend, marks
from tui.presenters.text import QUIET, fit, line
from tui.widgets.lab.part import LabPart
from tui.widgets.session_widget import Pane, SessionWidget

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import ComposeResult

    from tui.presenters.lab_map import Piece
    from tui.state.lab import PartName
    from tui.state.lab_map import MapLook
    from tui.state.session import Change

PERIOD = 0.25
"""Seconds between two looks while a full training runs."""
_STEP = 0.2
_CLOSER = 1.4
_MOST_RATED = 40


class MapCanvas(Widget, can_focus=True):
    """The points. Lines are made once a change, so that painting them costs nothing."""

    DEFAULT_CSS = "MapCanvas { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "pan(-1, 0)", "Left", show=False),
        Binding("right", "pan(1, 0)", "Right", show=False),
        Binding("up", "pan(0, 1)", "Up", show=False),
        Binding("down", "pan(0, -1)", "Down", show=False),
        Binding("plus,equals_sign", "closer(1)", "Closer", show=False),
        Binding("minus", "closer(-1)", "Further", show=False),
        Binding("0", "whole", "The whole map", show=False),
        Binding("g", "genre", "One genre", show=False),
        Binding("slash", "find", "Find a movie", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._strips: list[Strip] = []

    @property
    def look(self) -> MapLook:
        """What is looked at."""
        return host_of(self).viewing.lab.map

    def on_mount(self) -> None:
        """Strips hold colours, so another theme makes them anew."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.redraw())

    def on_resize(self) -> None:
        self.redraw()

    def redraw(self) -> None:
        """Make the lines anew, and paint them."""
        self._strips = self._made() if self.size.width and self.size.height else []
        self.refresh()

    def _made(self) -> list[Strip]:
        session, look, (width, height) = host_of(self).viewing, self.look, self.size
        if look.points is None or look.view is None:
            return []
        styles = [self._style(name) for name in GENRE_STYLES]
        rated = list(session.half_stars)[-_MOST_RATED:]
        by_row: dict[int, list[Mark]] = {}
        for mark in marks(look, session.listed, rated, width, height):
            by_row.setdefault(mark.row, []).append(mark)
        return [
            self._strip(pieces, by_row.get(row, []), styles, width)
            for row, pieces in enumerate(dots(look.points, look, width, height))
        ]

    def _strip(self, pieces: list[Piece], over: list[Mark], styles: list[Style], width: int) -> Strip:
        strip = Strip([Segment(text, styles[style]) for text, style in pieces], width)
        for mark in over:
            sign = Strip([Segment(mark.sign, self._style(mark.style))], 1)
            strip = Strip.join([strip.crop(0, mark.column), sign, strip.crop(mark.column + 1, width)])
        return strip

    def _style(self, name: str) -> Style:
        """A style by its words, over the widget's background."""
        from textual.style import Style as Visual

        variables = self.app.theme_variables
        return (self.visual_style + Visual.parse(name, variables)).rich_style

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.visual_style.rich_style)

    def action_pan(self, dx: int, dy: int) -> None:
        """Move the window."""
        self.look.pan(dx * _STEP, dy * _STEP)
        self._seen()

    def action_closer(self, way: int) -> None:
        """Zoom."""
        self.look.closer(_CLOSER if way > 0 else 1 / _CLOSER)
        self._seen()

    def action_whole(self) -> None:
        """The whole map."""
        self.look.reset()
        self._seen()

    def action_genre(self) -> None:
        """One genre alone, the next one, all."""
        self.look.next_genre()
        self._seen()

    def action_find(self) -> None:
        """Type a title."""
        self.screen.query_one(FindMovie).begin()

    def _seen(self) -> None:
        part = self.screen.query_one(MapPart)
        part.redraw()


class FindMovie(Input):
    """A title to go to; enter goes, escape closes."""

    DEFAULT_CSS = """
    FindMovie { border: none; height: 1; background: $boost; padding: 0 1; display: none; }
    FindMovie:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]

    def __init__(self) -> None:
        super().__init__(placeholder="part of a title", select_on_focus=False)

    def begin(self) -> None:
        """Show the line."""
        self.value, self.display = "", True
        self.focus()

    def action_close(self) -> None:
        """Hide the line."""
        self.display = False
        self.screen.query_one(MapCanvas).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the best hit."""
        event.stop()
        self.action_close()
        found = host_of(self).viewing.service.catalogue.search(event.value, limit=1)
        part = self.screen.query_one(MapPart)
        if found and part.lab.map.go_to(found[0].movie_id):
            part.redraw()
        else:
            self.notify(f"The map has no movie like “{event.value}”.", timeout=3)


class MapLegend(SessionWidget):
    """The genres."""

    DEFAULT_CSS = "MapLegend { height: 1; }"

    def render(self) -> Content:
        look = self.session.lab.map
        if look.points is None:
            return fit(line(("The map comes with the first full training.", QUIET)), self.size.width)
        return legend(look.points, look.genre, self.size.width)


class MapFoot(SessionWidget):
    """The movie at the cross-hairs."""

    DEFAULT_CSS = "MapFoot { height: 1; }"

    def render(self) -> Content:
        session = self.session
        return foot(session.lab.map, session.service.catalogue.by_id, self.size.width)


class MapBox(Pane):
    """The frame."""

    def on_mount(self) -> None:
        entitle(self, title="The movies by what the network has learned of them",
                subtitle="← ↑ ↓ → move · + - zoom · 0 all · g genre · / find · , . your list")  # fmt: skip

    def compose(self) -> ComposeResult:
        """Legend, points, foot."""
        yield MapLegend()
        yield MapCanvas()
        yield FindMovie()
        yield MapFoot()


class MapPart(LabPart):
    """Asks again while a full training runs."""

    PART: ClassVar[PartName] = "map"

    def compose(self) -> ComposeResult:
        """One frame."""
        yield MapBox()

    def on_mount(self) -> None:
        self._drawn = -1
        self._awaited = False
        host_of(self).changes.subscribe(self, self._hear)
        self.set_interval(PERIOD, self._look_again)

    def ask(self) -> None:
        self._awaited = True
        self.session.look(MapOf(tried=self.lab.what_if.tried))

    def _look_again(self) -> None:
        """While the network trains, the next look once the last one is there: never two on their way."""
        host = host_of(self)
        if (
            self.display
            and host.session is not None
            and host.service.engine.status.state == "training"
            and not self._awaited
        ):
            self.ask()

    def _hear(self, change: Change) -> None:
        if change == "lab" and host_of(self).session is not None and self.lab.map.frames != self._drawn:
            self._drawn, self._awaited = self.lab.map.frames, False
            self.redraw()

    def redraw(self) -> None:
        """Draw points, legend and foot."""
        self.query_one(MapCanvas).redraw()
        self.query_one(MapLegend).refresh()
        self.query_one(MapFoot).refresh()

    def take_focus(self) -> None:
        self.query_one(MapCanvas).focus()

    def choose(self, step: int) -> None:
        """Go to the next movie of the list."""
        self.lab.map.go_round(self.session.listed, step)
        self.redraw()
