"""The line of a replay: which step, how far, how fast, and what happens in it; a click goes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from engine.replay.steps import About, Note
from tui.presenters.text import ACCENT, BOLD, ERROR, QUIET, UP, fit, line, spread, stack, wrapped

if TYPE_CHECKING:
    from textual.events import Click

    from tui.replay.frames import Frame

_LEFT = 12
"""Cells before the bar."""


@dataclass(frozen=True, slots=True)
class PlayedPart:
    """How far a replay is."""

    title: str
    at: int
    """Frames before the one that is shown."""
    of: int
    """Steps of the script."""
    ready: int
    """Frames that can be shown already."""
    playing: bool = False
    speed: float = 1.0
    failure: str = ""
    track: str = ""
    """The name of the track, where there are several."""
    doing: str = ""
    """What is being made ready."""


@dataclass(slots=True)
class Playhead:
    """What a replay shows now. The app moves it; the screens' widgets draw it."""

    about: About
    frame: Frame | None = None
    progress: PlayedPart = PlayedPart("", 0, 1, 0)


def bar(progress: PlayedPart, width: int) -> Content:
    """Where the replay is among its steps; what is not there yet is dotted."""
    cells = max(1, width)
    last = max(1, progress.of - 1)
    here = round(progress.at / last * (cells - 1)) if progress.of > 1 else 0
    ready = round(max(0, progress.ready - 1) / last * (cells - 1)) if progress.of > 1 else 0
    return line(
        ("━" * here, ACCENT),
        ("●", f"{BOLD} {ACCENT}"),
        ("─" * max(0, ready - here), QUIET),
        ("·" * (cells - 1 - max(here, ready)), QUIET),
    )


def head(progress: PlayedPart, width: int) -> Content:
    """The first line."""
    mark = "▶" if progress.playing else "⏸"
    left = line((f" {mark} ", f"{BOLD} {ACCENT}"), (f"{progress.at + 1:>3}/{progress.of:<3}", BOLD), " ")
    tail = line("  ", (f"×{progress.speed:g}", QUIET), "  ", (progress.track or progress.title, QUIET), " ")
    if tail.cell_length > width // 2:
        tail = fit(tail, width // 2)
    return line(fit(left, _LEFT), bar(progress, width - _LEFT - tail.cell_length), tail)


def says(frame: Frame | None, progress: PlayedPart, width: int) -> Content:
    """The second line, or the second and the third: the step, and whether what it expects came true."""
    if progress.failure and (frame is None or progress.at + 1 >= progress.ready):
        return failed_line(progress.failure, width)
    if progress.doing and (frame is None or progress.at + 1 >= progress.ready):
        return fit(line((f"   {progress.doing}…", QUIET)), width)
    if frame is None:
        return Content("")
    step = frame.outcome.line.step
    if isinstance(step, Note | About):
        lines = wrapped(frame.words, width - 4, 2)
        return stack([line(" ❝ " if n == 0 else "   ", (text, BOLD)) for n, text in enumerate(lines)])
    checks = frame.outcome.checks
    if not checks:
        return fit(line("   ", (frame.words, "")), width)
    if frame.outcome.faults:
        return failed_line("; ".join(frame.outcome.faults), width)
    tail = line((f" {len(checks)} of {len(checks)} expectations hold ", UP))
    return spread(line((" ✓ ", UP), frame.words), tail, width)


def failed_line(text: str, width: int) -> Content:
    """What was expected and what was seen: all of it as far as two lines hold it."""
    lines = wrapped(text, max(1, width - 4), 2)
    return stack([line((" ✗ " if n == 0 else "   ", ERROR), (part, ERROR)) for n, part in enumerate(lines)])


class Scrubber(Widget):
    """Three lines over the footer."""

    DEFAULT_CSS = """
    Scrubber { height: 3; background: $panel; }
    """

    class Sought(Message):
        """A click on the bar."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, playhead: Playhead) -> None:
        super().__init__()
        self._playhead = playhead

    def render(self) -> Content:
        """The bar, and what the step says."""
        width, progress = self.size.width, self._playhead.progress
        return stack([head(progress, width), says(self._playhead.frame, progress, width)])

    def on_click(self, event: Click) -> None:
        """Go where the bar was clicked."""
        progress = self._playhead.progress
        tail = max(1, self.size.width - _LEFT)
        if event.y == 0 and event.x >= _LEFT and progress.of > 1:
            shown = bar_width(progress, self.size.width)
            share = min(1.0, (event.x - _LEFT) / max(1, min(tail, shown) - 1))
            self.post_message(self.Sought(round(share * (progress.of - 1))))


def bar_width(progress: PlayedPart, width: int) -> int:
    """Cells of the bar in a line."""
    return head(progress, width).plain.rstrip().rfind("×") - 2 - _LEFT
