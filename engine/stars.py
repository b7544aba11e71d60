"""Intervals of stars in half steps, as viewers give them and as people say them."""

from __future__ import annotations

import math


def half_stars_in(low: float, high: float) -> tuple[int, int]:
    """The lowest and the highest half stars (1 to 10) from `low` to `high` stars, so a rating is in both or in neither.

    Where the interval holds no half step, the one next to its middle.

    >>> half_stars_in(3.2, 4.6), half_stars_in(3.6, 3.9)
    ((7, 9), (8, 8))
    """
    first, last = math.ceil(2 * low), math.floor(2 * high)
    if first > last:
        first = last = math.floor(low + high + 0.5)
    return min(max(first, 1), 10), min(max(last, 1), 10)


def in_words(first: int, last: int) -> str:
    """From so many half stars to so many.

    >>> in_words(7, 9), in_words(8, 8), in_words(1, 2)
    ('3½ to 4½', '4', '½ to 1')
    """
    return _word(first) if first == last else f"{_word(first)} to {_word(last)}"


def _word(half_stars: int) -> str:
    whole, half = divmod(half_stars, 2)
    return f"{whole or ''}{'½' * half}"
