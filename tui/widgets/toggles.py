"""What the list is steered with, always on the screen: the lens and diversity, with sliders and what they do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from tui.plain import entitle
from tui.presenters.diversity import strength_at
from tui.presenters.lens import TRACK, lens_at
from tui.presenters.text import stack
from tui.presenters.toggles import LENS_AT, STRENGTH_AT, one_line, panel, track_width
from tui.widgets.session_widget import Pane

if TYPE_CHECKING:
    from textual import events
    from textual.content import Content

    from tui.state.session import Change


class TogglesPanel(Pane):
    """One line where there is no room for more."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"toggles", "list"})

    def on_mount(self) -> None:
        entitle(self, title="Steer the list", subtitle="< > lens · d on/off · [ ] strength · m method")
        self._dragging: Literal["lens", "strength"] | None = None

    def render(self) -> Content:
        """Sliders and figures, or the one line."""
        session, width, height = self.session, self.size.width, self.size.height
        made, movies = session.recommendations, session.service.catalogue.by_id
        if height < 2:
            return one_line(made, session.diversity, session.lens, movies, width)
        return stack(panel(made, session.diversity, session.lens, movies, width, height))

    def _slide(self, event: events.MouseEvent) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        if self._dragging == "lens":
            self.session.look_through(lens_at(place.x - LENS_AT))
        elif place.x >= STRENGTH_AT:
            strength = strength_at(place.x - STRENGTH_AT, track_width(self.size.width))
            self.session.diversify(on=True, strength=strength)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """On a track: slide; beside the lens's: a notch to that side; elsewhere: switch diversity."""
        place = event.get_content_offset(self)
        if place is None:
            return
        tall = self.size.height >= 2
        if tall and place.y == 0:
            if LENS_AT <= place.x < LENS_AT + TRACK:
                self._grasp("lens", event)
            else:
                self.session.look_through(self.session.lens + (-1 if place.x < LENS_AT else 1))
        elif tall and place.y == 1 and place.x >= STRENGTH_AT:
            self._grasp("strength", event)
        else:
            self.session.diversify(on=not self.session.diversity.on)

    def _grasp(self, knob: Literal["lens", "strength"], event: events.MouseEvent) -> None:
        self._dragging = knob
        self.capture_mouse()
        self._slide(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The knob follows."""
        if self._dragging:
            self._slide(event)

    def on_mouse_up(self) -> None:
        if self._dragging:
            self._dragging = None
            self.release_mouse()
