"""The screen that sets the list of one track beside that of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.commands import bindings_of
from tui.plain import entitle
from tui.presenters.text import QUIET, line, stack
from tui.replay.side_by_side import shared_line, side_by_side
from tui.screens.base import Placed
from tui.widgets.keybar import KeyBar

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.commands import Place
    from tui.replay.frames import Frame
    from tui.replay.tracks import Track


class Columns(Widget):
    """Both lists."""

    DEFAULT_CSS = "Columns { height: auto; }"

    def render(self) -> Content:
        """The lines."""
        screen = self.screen
        assert isinstance(screen, CompareScreen)
        left, right = screen.sides
        lines = [*side_by_side(left, right, self.size.width or 80), line(), shared_line(left[1], right[1])]
        hint = "← → steps of the right side · tab another branch · esc back"
        return stack([*lines, line((hint, QUIET))])


class CompareScreen(Placed, ModalScreen[Any], inherit_bindings=False):
    """The left side stays; the right one can be another track and another step."""

    PLACE: ClassVar[Place] = "show"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("show")]
    DEFAULT_CSS = """
    CompareScreen { align: center middle; background: $background 70%; }
    CompareScreen .dialog { width: 96%; max-width: 150; height: auto; max-height: 92%; padding: 1 2; }
    CompareScreen VerticalScroll { height: auto; max-height: 100%; }
    """

    def __init__(self, tracks: list[Track], track: int, frame: Frame) -> None:
        super().__init__()
        self.tracks = [each for each in tracks if any(frame.made for frame in each.reel.frames)]
        self.left = (tracks[track].name, frame)
        other = tracks[track].parent if tracks[track].parent in self.tracks else None
        others = [each for each in self.tracks if each is not tracks[track]]
        self.right = other or (others[0] if others else tracks[track])
        self.at = len(self.right.reel.frames) - 1 if self.right is not tracks[track] else 0

    @property
    def sides(self) -> tuple[tuple[str, Frame], tuple[str, Frame]]:
        """Names and frames."""
        return self.left, (self.right.name, self.right.reel.frames[self.at])

    def compose(self) -> ComposeResult:
        """A frame with both."""
        with VerticalScroll(classes="dialog") as frame:
            entitle(frame, title="Side by side")
            frame.can_focus = False
            yield Columns()
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin with a step that has a list."""
        self._move(0)

    def do_step_on(self) -> None:
        """The right side one step further."""
        self._move(1)

    def do_step_back(self) -> None:
        """The right side one step back."""
        self._move(-1)

    def do_next_track(self) -> None:
        """Another track at the right."""
        self.right = self.tracks[(self.tracks.index(self.right) + 1) % len(self.tracks)]
        self.at = len(self.right.reel.frames) - 1
        self._move(0)

    def do_play(self) -> None:
        """Nothing plays here."""

    def do_compare(self) -> None:
        """Back."""
        self.do_back()

    def _move(self, steps: int) -> None:
        """To the nearest step in that direction that has a list."""
        frames = self.right.reel.frames
        at = self.at + steps
        while 0 <= at < len(frames) and frames[at].made is None:
            at += steps or 1
        if 0 <= at < len(frames):
            self.at = at
        self.query_one(Columns).refresh(layout=True)
