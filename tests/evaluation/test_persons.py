"""Figures person by person, and the bootstrap over persons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.compare import summarise
from engine.evaluation.persons import Bootstrap, ByPerson, interval, joined
from engine.evaluation.protocol import ModelResult


def persons(*values: float, names: str = "abcdefgh") -> ByPerson:
    return ByPerson.mean(pd.Index(list(names[: len(values)])), np.array(values))


def test_a_mean_over_rows_counts_rows_not_persons() -> None:
    rows = pd.Series(["a", "b", "a"])
    assert ByPerson.over_rows(rows, np.array([1.0, 5.0, 3.0])).value == 3
    assert ByPerson.over_rows(rows, np.array([4.0, 16.0, 7.0]), root=True).value == 3


def test_a_drawing_weighs_persons() -> None:
    drawn_D = persons(1.0, 5.0).drawn(np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 2.0]]))
    assert drawn_D.tolist() == [3, 1, 5]


def test_nobody_has_no_figure() -> None:
    assert np.isnan(persons().value)
    assert interval(np.array([np.nan])) is None


def test_groups_are_joined() -> None:
    both = joined([persons(1.0, 2.0), persons(6.0, names="z")])
    assert list(both.persons) == ["a", "b", "z"]
    assert both.value == 3


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=8))
def test_the_interval_holds_the_mean(values: list[float]) -> None:
    figure = persons(*values)
    low, high = interval(Bootstrap([figure]).means([figure])) or (0.0, 0.0)
    assert low - 1e-9 <= figure.value <= high + 1e-9


def test_persons_are_paired_whatever_their_order() -> None:
    """A model that is better by one star for everybody is so in every drawing, though the persons differ a lot."""
    one = persons(1.0, 5.0, 2.0, 4.0)
    other = ByPerson.mean(pd.Index(list("dcba")), np.array([5.0, 3.0, 6.0, 2.0]))
    bootstrap = Bootstrap([one, other])
    assert (bootstrap.means([other]) - bootstrap.means([one])).tolist() == pytest.approx([1.0] * 1000)


def test_one_person_counts_alike_on_all_splits() -> None:
    """The same persons on two splits are no more information than on one."""
    figure = persons(1.0, 5.0, 2.0, 4.0)
    bootstrap = Bootstrap([figure, figure])
    assert np.array_equal(bootstrap.means([figure, figure]), bootstrap.means([figure]))


def test_the_summary_has_intervals_and_paired_ones() -> None:
    def result(model: str, figure: ByPerson) -> ModelResult:
        return ModelResult(
            "one", 0, model, {"ndcg": figure.value, "coverage": 0.5}, 1.0, 1.0, {"ndcg": figure, "coverage": 0.5}
        )

    base, _, new, new_coverage = summarise([result("base", persons(0.0, 1.0)), result("new", persons(0.5, 1.5))])
    assert base.interval == (0.0, 1.0)
    assert base.difference_interval is None
    assert new.difference == new.difference_interval[0] == new.difference_interval[1] == 0.5  # type: ignore[index]
    assert new_coverage.interval is new_coverage.difference_interval is None


def test_an_error_is_better_nearer_to_zero() -> None:
    def result(model: str, error: float) -> ModelResult:
        return ModelResult("one", 0, model, {"error": error}, 1.0, 1.0)

    _, lower, higher = summarise([result("base", 0.2), result("lower", -0.3), result("higher", 0.1)])
    assert (lower.better, higher.better) == (0, 1)
