"""The diversity toggle, always on the screen: a switch, a slider and what it does to the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.plain import entitle
from tui.presenters.diversity import figures, one_line, slider, strength_at, switch
from tui.presenters.text import fit, line, stack
from tui.widgets.session_widget import Pane

if TYPE_CHECKING:
    from textual import events

    from tui.state.session import Change

_TRACK = 16
_TRACK_AT = 27
"""Where the slider begins: after the switch, its strength and the longest method name."""


class DiversityPanel(Pane):
    """One line where there is no room for more."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"diversity", "list"})

    def on_mount(self) -> None:
        entitle(self, title="Diversity", subtitle="d on/off · [ ] strength · m method")
        self._dragging = False

    def render(self) -> Content:
        """Slider and figures, or the one line."""
        session, width = self.session, self.size.width
        made, movies = session.recommendations, session.service.catalogue.by_id
        if self.size.height < 2:
            return one_line(made, session.diversity, movies, width)
        head = fit(switch(session.diversity), _TRACK_AT)
        track = slider(session.diversity.strength, self._track_width, on=session.diversity.on)
        lines = [fit(line(head, track), width), *figures(made, session.diversity, movies, width)]
        return stack(lines[: self.size.height])

    @property
    def _track_width(self) -> int:
        return max(6, min(_TRACK, self.size.width - _TRACK_AT))

    def _slide(self, event: events.MouseEvent) -> None:
        place = event.get_content_offset(self)
        if place is not None and place.x >= _TRACK_AT:
            self.session.diversify(on=True, strength=strength_at(place.x - _TRACK_AT, self._track_width))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """On the track: slide; elsewhere: switch."""
        place = event.get_content_offset(self)
        if place is None:
            return
        if self.size.height >= 2 and place.y == 0 and place.x >= _TRACK_AT:
            self._dragging = True
            self.capture_mouse()
            self._slide(event)
        else:
            self.session.diversify(on=not self.session.diversity.on)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The knob follows."""
        if self._dragging:
            self._slide(event)

    def on_mouse_up(self) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()
