"""The table of a run, as Markdown has it."""

from __future__ import annotations

from tests.faults.outcomes import Outcomes
from tests.faults.trial import Trial

_COLUMNS = (
    "campaign",
    "seed",
    "tries",
    "acknowledged",
    "lost",
    "doubled",
    "defects",
    "slowest s",
    "seconds",
    "peak MB",
)
_WIDTHS = (23, 4, 7, 12, 4, 7, 7, 9, 7, 7)


def heading() -> str:
    """The names of the columns, and the line below."""
    below = ["-" * _WIDTHS[0], *(f"{'-' * (width - 1)}:" for width in _WIDTHS[1:])]
    return f"{_row(_COLUMNS)}\n{_row(below)}"


def line(trial: Trial) -> str:
    """What became of one campaign."""
    if trial.skipped:
        return f"| {trial.campaign.name:<{_WIDTHS[0]}} | skipped: {trial.skipped} |"
    return _row((trial.campaign.name, str(trial.seed), *_figures(trial.outcomes, trial.seconds, trial.peak_mb)))


def totals(trials: list[Trial]) -> str:
    """All campaigns together."""
    together = Outcomes()
    for trial in trials:
        together.add(trial.outcomes)
    peak = max((trial.peak_mb for trial in trials), default=0)
    return _row(("all", "", *_figures(together, sum(trial.seconds for trial in trials), peak)))


def _figures(outcomes: Outcomes, seconds: float, peak_mb: float) -> tuple[str, ...]:
    counts = (outcomes.tries, outcomes.acknowledged, outcomes.lost, outcomes.doubled, len(outcomes.defects))
    return (*(f"{count:,}" for count in counts), f"{outcomes.slowest_s:.1f}", f"{seconds:.0f}", f"{peak_mb:.0f}")


def _row(cells: tuple[str, ...] | list[str]) -> str:
    first, *others = zip(cells, _WIDTHS, strict=True)
    return f"| {first[0]:<{first[1]}} | " + " | ".join(f"{cell:>{width}}" for cell, width in others) + " |"
