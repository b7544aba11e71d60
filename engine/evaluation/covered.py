"""Whether intervals of stars hold what they promise: for quiet and busy viewers, for rare and known movies."""

from __future__ import annotations

import numpy as np

from engine.data.arrays import Array
from engine.evaluation.persons import ByPerson
from engine.evaluation.protocol import Model, Recommending, Split

THIRDS = ("low", "mid", "high")


def coverage_of_intervals(model: Model, split: Split) -> dict[str, ByPerson | float]:
    """`covered`, the share of the targets that lie in their interval, and `interval_width`, its mean in stars.

    `covered_user_low`, `_mid`, `_high`: a third of the targets each, by the training ratings of their user;
    `covered_movie_low` and so on by those of their movie. Nothing of a model without intervals.
    """
    pairs = split.targets[["user", "movie"]]
    ends = model.interval(pairs) if isinstance(model, Recommending) else None
    if ends is None:
        return {}
    low_N, high_N = ends
    stars_N = split.targets["stars"].to_numpy(np.float64)
    inside_N = ((low_N <= stars_N) & (stars_N <= high_N)).astype(np.float64)
    user = pairs["user"]
    found: dict[str, ByPerson | float] = {"covered": ByPerson.over_rows(user, inside_N)}
    found["interval_width"] = ByPerson.over_rows(user, high_N - low_N)
    for side in ("user", "movie"):
        third_N = thirds(pairs[side].map(split.train[side].value_counts()).fillna(0).to_numpy())
        for number, name in enumerate(THIRDS):
            of_third_N = third_N == number
            if of_third_N.any():
                found[f"covered_{side}_{name}"] = ByPerson.over_rows(user[of_third_N], inside_N[of_third_N])
    return found


def thirds(value_N: Array) -> Array:
    """0, 1 or 2 for the lowest, middle and highest third of the rows; among equal values by position.

    >>> thirds(np.array([5, 1, 9, 7, 3, 1])).tolist()
    [1, 0, 2, 2, 1, 0]
    """
    rank_N = np.empty(len(value_N), np.int64)
    rank_N[np.argsort(value_N, kind="stable")] = np.arange(len(value_N))
    third_N: Array = rank_N * 3 // max(len(value_N), 1)
    return third_N
