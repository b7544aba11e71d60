"""What comes of playing a step: the viewer's state, the outcome, and a screen that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from engine.types import MIDDLE, Diversity

if TYPE_CHECKING:
    from engine.replay.checks import Check
    from engine.replay.listener import ListWithPredictions
    from engine.replay.script import ScriptLine
    from engine.types import Movie, Reason, Recommendations, TrainingRecord, User


@dataclass(slots=True)
class ViewerState:
    """What a player remembers of one viewer."""

    user: User
    diversity: Diversity = field(default_factory=Diversity)
    lens: int = MIDDLE
    now: ListWithPredictions | None = None
    """The list that stands."""
    before: ListWithPredictions | None = None
    """The list before the viewer's last action."""
    first: ListWithPredictions | None = None
    """The first one after the last login."""
    hits: tuple[Movie, ...] = ()
    """What the last search found."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one step."""

    line: ScriptLine
    user: User | None = None
    diversity: Diversity = field(default_factory=Diversity)
    lens: int = MIDDLE
    new_list: Recommendations | None = None
    """The viewer's list after the step, where the step made one."""
    settled: bool = True
    """Whether the list is the same on every machine; False while a run is in progress."""
    shown: ListWithPredictions | None = None
    """The list that stands after the step, with the predictions."""
    before: Recommendations | None = None
    """The list before the viewer's last action."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else the step did, as plain data."""
    reasons: tuple[Reason, ...] = ()
    """Why the movie is recommended, or would be, where the step asked."""
    movie: Movie | None = None
    """The movie that the step was about."""
    trained: tuple[TrainingRecord, ...] = ()
    """The ends of the runs that were waited for."""
    checks: tuple[Check, ...] = ()
    failure: str | None = None
    """Why the step failed; nothing is played after it."""

    @property
    def passed(self) -> bool:
        """Whether the step did what it should, and all it expected held."""
        return self.failure is None and all(check.held for check in self.checks)

    @property
    def faults(self) -> list[str]:
        """What did not come true, with what was seen, and why the step failed."""
        failed = [str(check) for check in self.checks if not check.held]
        return failed if self.failure is None else [*failed, f"`{self.line.step.WORD}` failed: {self.failure}"]


class Screen(Protocol):
    """A screen that follows the player."""

    def show(self, outcome: Outcome) -> None:
        """Show where a step has led."""

    def text(self) -> str:
        """What stands on it."""
