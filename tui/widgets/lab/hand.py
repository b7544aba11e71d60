"""One training step and one recommendation by hand, a page a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from engine.snapshots import ListOf, StepOf
from tui.plain import entitle
from tui.presenters.lab_hand import heading, page_lines
from tui.presenters.text import QUIET, fit, line, stack
from tui.widgets.lab.part import LabPart
from tui.widgets.session_widget import SessionWidget

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.state.lab import PartName
    from tui.state.session import Change


class HandHeading(SessionWidget):
    """Which page of how many."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab"})
    DEFAULT_CSS = "HandHeading { height: 1; padding: 0 2; }"

    def render(self) -> Content:
        lab = self.session.lab
        found = lab.hand_page
        if found is None:
            return fit(line((lab.hand_missing, QUIET)), self.content_size.width)
        chapter, pages, at = found
        return heading(chapter, pages, at, self.content_size.width)


class HandPage(SessionWidget):
    """The page's words and sums, as long as they are."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"lab"})
    DEFAULT_CSS = "HandPage { height: auto; }"

    def session_changed(self, change: Change) -> None:
        """Another page may be longer."""
        self.refresh(layout=True)

    def render(self) -> Content:
        lab = self.session.lab
        found = lab.hand_page
        if found is None:
            return Content("")
        _, pages, at = found
        width = self.size.width or 76
        movies = self.session.service.catalogue.by_id
        yours = lab.step is None or lab.step.yours
        return stack(page_lines(pages[at], movies, width, yours=yours))


class HandScroll(VerticalScroll, can_focus=True):
    """The keyboard: pages to the sides, up and down within a long one."""

    DEFAULT_CSS = """
    HandScroll {
        border: round $frame; border-title-color: $foreground; border-title-style: bold; border-subtitle-color: $quiet;
        background: $surface; padding: 0 1; scrollbar-size-vertical: 1; height: 1fr;
        &:focus { border: round $accent; border-title-color: $accent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "The page before", show=False),
        Binding("right", "turn(1)", "The next page", show=False),
    ]

    def on_mount(self) -> None:
        entitle(self, title="By hand", subtitle="← → pages · ↑ ↓ scroll")

    def compose(self) -> ComposeResult:
        """One page."""
        yield HandPage()

    def action_turn(self, step: int) -> None:
        """Turn a page."""
        part = self.parent
        if isinstance(part, HandPart):
            part.turn(step)


class HandPart(LabPart):
    """Training step first, then the recommendation."""

    PART: ClassVar[PartName] = "hand"

    def compose(self) -> ComposeResult:
        """The heading stays where it is while the page scrolls."""
        yield HandHeading()
        yield HandScroll()

    def ask(self) -> None:
        self.session.look(StepOf(), ListOf(self.session.diversity))

    def take_focus(self) -> None:
        self.query_one(HandScroll).focus()

    def turn(self, step: int) -> None:
        """Go to another page; from its top."""
        self.lab.turn_page(step)
        self.query_one(HandHeading).refresh()
        self.query_one(HandPage).refresh(layout=True)
        self.query_one(HandScroll).scroll_home(animate=False)
