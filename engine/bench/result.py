"""What a bench hands back: figures, goals and what was left out, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Figure = float | int | str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One measured thing: a program, a size."""

    name: str
    figures: dict[str, Figure]
    """Column to value; the unit is in the column's name."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its bound."""

    what: str
    value: float
    bound: float
    side: Literal["most", "least"]
    """Whether the bound is the most or the least that the value may be."""

    @property
    def met(self) -> bool:
        """Whether it holds; never for a figure that could not be computed (NaN)."""
        return self.value <= self.bound if self.side == "most" else self.value >= self.bound


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not measured."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One bench."""

    bench: str
    how: str
    """How the figures were taken, in a sentence."""
    data: str
    lines: tuple[ResultLine, ...]
    goals: tuple[Goal, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0
    """What the whole bench took."""

    def facts(self) -> dict[str, Any]:
        """Plain data for JSON."""
        facts = asdict(self)
        for goal, plain in zip(self.goals, facts["goals"], strict=True):
            plain["met"] = goal.met
        return facts
