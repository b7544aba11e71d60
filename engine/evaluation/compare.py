"""Results of several splits as one line a model: the mean, its spread, and differences paired by split.

Splits differ by more than models do, so two models are compared by their difference on each split, not by their means'
spreads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation.measure import LOWER_IS_BETTER
from engine.evaluation.protocol import Result

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


def summarise(results: Sequence[Result], against: str | None = None) -> tuple[Summary, ...]:
    """Means and paired differences, models and metrics in the order of the results.

    `against` is the model that the others are compared with: the first one where it is None.
    """
    against = against or results[0].model
    values = _by_model(results)
    return tuple(
        _summary(model, metric, by_split, values[against].get(metric) if model != against else None)
        for model, metrics in values.items()
        for metric, by_split in metrics.items()
    )


def _by_model(results: Sequence[Result]) -> dict[str, dict[str, dict[Key, float]]]:
    values: dict[str, dict[str, dict[Key, float]]] = {}
    for result in results:
        of_model = values.setdefault(result.model, {})
        for metric, value in result.metrics.items():
            of_model.setdefault(metric, {})[result.split, result.seed] = value
    return values


def _summary(model: str, metric: str, values: dict[Key, float], other: dict[Key, float] | None) -> Summary:
    every = list(values.values())
    pairs = [value - other[key] for key, value in values.items() if key in other] if other else []
    sign = -1 if metric in LOWER_IS_BETTER else 1
    return Summary(
        model=model,
        metric=metric,
        mean=float(np.mean(every)),
        spread=_spread(every),
        difference=float(np.mean(pairs)) if pairs else None,
        difference_spread=_spread(pairs),
        better=sum(sign * difference > 0 for difference in pairs),
        splits=len(every),
    )


def _spread(values: list[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
