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
    familiar: Array
    """Whether a movie that stands lower has far more predicted stars: see `outshone`."""
    low: Array
    high: Array
    """Both ends of the intervals around these stars."""
    plain_movies: Array
    """The list without diversity."""
    shown: ListStats
    plain: ListStats


LOOK_DOWN = 10
"""Movies after a list that the stars of its own are compared with."""
_FAR = 5
"""Tenths of a predicted star that a movie further down must have more, to be far above."""


def candidates(score_M: Array, left_out: Array, n: int) -> Array:
    """The n best-scored columns, best first, without some (each named once); fewer when there are fewer."""
    open_M = score_M.copy()
    open_M[left_out] = -np.inf
    best: Array = top_k(open_M[None], min(n, len(score_M) - len(left_out)))[0]
    return best


def outshone(stars_R: Array) -> Array:
    """Which of these movies, best ranked first, have one below them with half a star more or better.

    As the stars are shown: in tenths.

    >>> outshone(np.array([4.0, 4.2, 4.5, 3.9])).tolist()
    [True, False, False, False]
    """
    tenths_R = np.rint(stars_R * 10)
    most_below_R = np.maximum.accumulate(tenths_R[::-1])[::-1]
    far_R: Array = most_below_R - tenths_R >= _FAR
    return far_R


def stats(genre_LxG: Array, stars_L: Array, count_L: Array, known_L: Array) -> ListStats:
    """Figures of a list, from the genres, predicted stars, ratings and shares of less known movies of its own."""
    means = (float(each.mean()) if len(each) else 0.0 for each in (stars_L, count_L, known_L))
    return ListStats(ild(genre_LxG), genre_coverage(genre_LxG), *means)
