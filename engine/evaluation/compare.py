"""Results of several splits as one line a model: the mean, its spread, and differences paired by split.

Splits differ by more than models do, so two models are compared by their difference on each split, not by their means'
spreads. On each split, and over all of them, persons are drawn anew for the intervals, the same ones for both models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.data.arrays import Array
from engine.evaluation.persons import Bootstrap, ByPerson, interval
from engine.evaluation.protocol import ModelResult
from engine.models.uncertainty import COVERED

LOWER_IS_BETTER = ("rmse", "rmse_chosen", "rmse_dated", "mae", "interval_width", "gini@10", "bad_hits@10", "regret@5")
ZERO_IS_BETTER = ("error", "error_chosen")
"""Whose sign tells the direction alone."""
PROMISED = "covered"
"""Figures that begin so are better the nearer they are to what intervals promise."""
Key = tuple[str, int]
"""A split's name and seed."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric of one model over the splits."""

    model: str
    metric: str
    mean: float
    spread: float | None
    """Standard deviation over the splits; None for a single one."""
    difference: float | None
    """Mean difference to the model that it is compared with; None for that model itself."""
    difference_spread: float | None
    """Standard deviation of the paired differences; None for a single split."""
    better: int
    """Splits on which it is better than the model that it is compared with."""
    splits: int
    interval: tuple[float, float] | None = None
    """Of the mean, by the bootstrap over persons; None for what is not of persons."""
    difference_interval: tuple[float, float] | None = None
    """Of the mean difference, paired by person."""


def summarise(results: Sequence[ModelResult], against: str | None = None) -> tuple[Summary, ...]:
    """Means and paired differences, models and metrics in the order of the results.

    `against` is the model that the others are compared with: the first one where it is None.
    """
    against = against or results[0].model
    values = _by_model(results)
    drawn = _drawings(results)
    return tuple(
        _with_intervals(
            _summary(model, metric, by_split, values[against].get(metric) if model != against else None),
            drawn.get((model, metric)),
            drawn.get((against, metric)),
        )
        for model, metrics in values.items()
        for metric, by_split in metrics.items()
    )


def _by_model(results: Sequence[ModelResult]) -> dict[str, dict[str, dict[Key, float]]]:
    values: dict[str, dict[str, dict[Key, float]]] = {}
    for result in results:
        of_model = values.setdefault(result.model, {})
        for metric, value in result.metrics.items():
            of_model.setdefault(metric, {})[result.split, result.seed] = value
    return values


def _drawings(results: Sequence[ModelResult]) -> dict[tuple[str, str], Array]:
    """Each model's mean over the splits of each metric that is of persons, drawing by drawing."""
    figures: dict[tuple[str, str], list[ByPerson]] = {}
    for result in results:
        for metric, figure in result.figures.items():
            if isinstance(figure, ByPerson):
                figures.setdefault((result.model, metric), []).append(figure)
    bootstrap = Bootstrap([figure for some in figures.values() for figure in some])
    return {key: bootstrap.means(some) for key, some in figures.items()}


def _with_intervals(summary: Summary, drawn_Z: Array | None, other_Z: Array | None) -> Summary:
    if drawn_Z is None:
        return summary
    paired_Z = None if summary.difference is None or other_Z is None else drawn_Z - other_Z
    return replace(
        summary,
        interval=interval(drawn_Z),
        difference_interval=None if paired_Z is None else interval(paired_Z),
    )


def _summary(model: str, metric: str, values: dict[Key, float], other: dict[Key, float] | None) -> Summary:
    every = list(values.values())
    pairs = [(value, other[key]) for key, value in values.items() if key in other] if other else []
    differences = [value - its for value, its in pairs]
    return Summary(
        model=model,
        metric=metric,
        mean=float(np.mean(every)),
        spread=_spread(every),
        difference=float(np.mean(differences)) if pairs else None,
        difference_spread=_spread(differences),
        better=sum(_is_better(metric, value, its) for value, its in pairs),
        splits=len(every),
    )


def _is_better(metric: str, value: float, other: float) -> bool:
    if metric in ZERO_IS_BETTER:
        return abs(value) < abs(other)
    if metric.startswith(PROMISED):
        return abs(value - COVERED) < abs(other - COVERED)
    return value < other if metric in LOWER_IS_BETTER else value > other


def _spread(values: list[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
