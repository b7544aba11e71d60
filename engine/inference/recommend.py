"""Step 6, recommend: score every movie, leave out the rated ones, sort, take the best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.arrays import Array
from engine.metrics import genre_coverage, ild, top_k
from engine.types import ListStats


@dataclass(frozen=True, slots=True)
class Listing:
    """A list by column numbers, best first, beside the plain list of the same length."""

    movies: Array
    scores: Array
    stars: Array
    """As shown: corrected for selection."""
    low: Array
    high: Array
    """Both ends of the intervals around these stars."""
    plain_movies: Array
    """The list without diversity."""
    shown: ListStats
    plain: ListStats


def candidates(score_M: Array, left_out: Array, n: int) -> Array:
    """The n best-scored columns, best first, without some (each named once); fewer when there are fewer."""
    open_M = score_M.copy()
    open_M[left_out] = -np.inf
    best: Array = top_k(open_M[None], min(n, len(score_M) - len(left_out)))[0]
    return best


def stats(genre_LxG: Array, stars_L: Array) -> ListStats:
    """Genre figures of a list."""
    mean = float(stars_L.mean()) if len(stars_L) else 0.0
    return ListStats(ild=ild(genre_LxG), genres=genre_coverage(genre_LxG), mean_stars=mean)
