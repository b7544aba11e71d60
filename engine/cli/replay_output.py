"""What `matinee replay` prints: a JSON line a script, or words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from engine.cli.output import console, say_json, warn
from engine.replay.script import to_line

if TYPE_CHECKING:
    from pathlib import Path

    from engine.errors import ScriptBroken
    from engine.replay.outcome import Outcome
    from engine.replay.report import Report
    from engine.service.protocols import PlayerService


@dataclass(frozen=True, slots=True)
class BrokenScript:
    """A script that can't be played."""

    path: Path
    error: ScriptBroken


class ReplayPrinter:
    """Prints to standard output what was played, and to standard error what went wrong."""

    def __init__(self, *, as_json: bool, narrate: bool) -> None:
        self._json = as_json
        self._narrate = narrate and not as_json
        self._out = console()
        self.refused: list[BrokenScript] = []
        """Scripts that name what the database does not hold."""

    def working(self, text: str) -> None:
        """Print what takes time now."""
        warn(text)

    def broken(self, problem: BrokenScript) -> None:
        """Print why a script can't be played."""
        if self._json:
            line = {"script": str(problem.path), "passed": False, "steps": 0, "expectations": 0, "seconds": 0.0}
            say_json(line | {"broken": str(problem.error)})
        warn(str(problem.error))

    def step(self, outcome: Outcome, service: PlayerService) -> None:
        """Print a step, where there is one script for people."""
        if self._narrate:
            self._out.print(narration(outcome, service))

    def report(self, report: Report) -> None:
        """Print how a script went."""
        for warning in report.warnings:
            warn(warning)
        if self._json:
            say_json(report.as_plain())
            return
        mark = Text("passed ", style="green") if report.passed else Text("FAILED ", style="bold red")
        figures = f"  {report.steps} steps, {report.expectations} expectations, {report.seconds:.1f} s"
        self._out.print(mark + Text(report.script.about.title, style="bold") + Text(figures, style="dim"))
        for failure in report.failures:
            warn(failure)


def narration(outcome: Outcome, service: PlayerService) -> Text:
    """A step as a line for people, and under it the list that it made."""
    step = outcome.line.step
    said = to_line(step).strip()[2:]
    text = Text(f"{outcome.line.number:>3}  ", style="dim") + Text(said if len(said) <= 90 else said[:89] + "…")
    if outcome.new_list and outcome.settled:
        titles = "  ".join(
            f"{place} {service.catalogue.by_id[item.movie_id].label} {item.stars:.1f}"
            for place, item in enumerate(outcome.new_list.items, start=1)
        )
        text += Text(f"\n     {titles}", style="cyan")
    if any(not check.held for check in outcome.checks) or outcome.failure:
        text.stylize("red")
    return text
