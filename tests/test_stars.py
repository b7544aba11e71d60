"""Intervals of stars in words."""

from __future__ import annotations

import doctest

import pytest

from engine import stars


def test_the_examples() -> None:
    found = doctest.testmod(stars)
    assert (found.failed, found.attempted) == (0, 2)


@pytest.mark.parametrize(("low", "high", "words"), [
    (3.3, 4.6, "3½ to 4½"), (0.1, 0.3, "½"), (4.9, 5.3, "5"), (2.0, 2.0, "2"), (3.76, 3.99, "4"), (0.5, 5.0, "½ to 5"),
])  # fmt: skip
def test_an_interval_in_words(low: float, high: float, words: str) -> None:
    assert stars.in_words(*stars.half_stars_in(low, high)) == words
