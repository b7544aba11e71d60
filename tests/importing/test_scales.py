from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.importing.formats import HALF_STARS, WHOLE_STARS, Scale, infer_scale


def _half_stars(scale: Scale, *values: float) -> list[int]:
    return scale.half_stars(np.array(values, np.float32)).tolist()


def test_stars_stay_stars() -> None:
    assert _half_stars(WHOLE_STARS, 1, 2, 3, 4, 5) == [2, 4, 6, 8, 10]
    assert _half_stars(HALF_STARS, 0.5, 3.5, 5) == [1, 7, 10]


def test_ten_points_are_half_stars_and_nothing_is_below_half() -> None:
    assert _half_stars(Scale(0, 10, 1), 0, 1, 7, 10) == [1, 1, 7, 10]
    assert _half_stars(Scale(0, 100, 1), 0, 4, 5, 55, 100) == [1, 1, 1, 6, 10]


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1, 2, 5], Scale(1, 5, 1)),
        ([0.5, 5], Scale(0.5, 5, 0.5)),
        ([0, 3, 5], Scale(0, 5, 1)),
        ([0, 7, 10], Scale(0, 10, 1)),
        ([1, 6], Scale(1, 10, 1)),
        ([6.5, 10], Scale(1, 10, 0.5)),
        ([3.7, 8.25], Scale(1, 10, 0)),
        ([40, 100, 0], Scale(0, 100, 1)),
        ([8] * 200 + [55], Scale(1, 10, 1)),
        ([150, 9_000], Scale(1, 100, 0)),
        ([], HALF_STARS),
    ],
)
def test_the_scale_is_told_from_the_ratings(values: list[float], scale: Scale) -> None:
    assert infer_scale([np.array(values, np.float32)]) == scale


def test_values_between_the_steps_do_not_fit() -> None:
    values = np.array([0, 0.5, 1, 3.7, 5, 5.5], np.float32)
    assert HALF_STARS.fits(values).tolist() == [False, True, True, False, True, False]
    assert WHOLE_STARS.fits(values).tolist() == [False, False, True, False, True, False]
    assert Scale(0, 5, 0).fits(values).tolist() == [True, True, True, True, True, False]


def test_the_rule_in_words() -> None:
    assert str(WHOLE_STARS) == "1 to 5 in steps of 1, kept as stars"
    assert str(Scale(0, 10, 1)) == "0 to 10 in steps of 1; stars = rating × 0.5, to the nearest half, 0.5 at least"
    assert str(Scale(1, 10, 1)) == "1 to 10 in steps of 1; stars = rating × 0.5, to the nearest half"
    assert str(Scale(1, 5, 0)) == "1 to 5; stars = rating, to the nearest half"


@given(st.lists(st.floats(0, 100), min_size=1))
def test_every_rating_that_fits_becomes_half_stars_in_order(values: list[float]) -> None:
    array = np.array(sorted(values), np.float32)
    scale = infer_scale([array[:1], array[1:]])
    halves = scale.half_stars(array[scale.fits(array)]).tolist()
    assert halves == sorted(halves)
    assert all(1 <= half <= 10 for half in halves)
