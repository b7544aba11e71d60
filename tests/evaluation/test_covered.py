"""Intervals measured on targets, by hand; and what is shown of movies that nobody chose."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pandas as pd
import pytest

from engine.data.arrays import Array
from engine.evaluation import covered
from engine.evaluation.covered import coverage_of_intervals
from engine.evaluation.measure import values
from engine.evaluation.protocol import Split
from engine.evaluation.unchosen import errors


class Sure:
    """Predicts three stars, shows two and a half, and is sure to one star."""

    dated = False

    def fit(self, train: pd.DataFrame) -> None:
        pass

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        return np.full(len(pairs), 3.0)

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        raise NotImplementedError

    def predict_shown(self, pairs: pd.DataFrame) -> Array | None:
        return np.full(len(pairs), 2.5)

    def interval(self, pairs: pd.DataFrame, *, shown: bool = False) -> tuple[Array, Array] | None:
        assert not shown
        return np.full(len(pairs), 2.0), np.full(len(pairs), 4.0)


def split() -> Split:
    """Users 1, 2 and 3 with one, two and three training ratings; movie 10 with three, 11 with two, 12 with one."""
    train = pd.DataFrame({"user": [1, 2, 2, 3, 3, 3], "movie": [10, 10, 11, 10, 11, 12], "stars": 3.0})
    targets = pd.DataFrame({"user": [1, 1, 2, 2, 3, 3], "movie": [11, 12, 12, 12, 10, 10], "stars": [5, 4, 2, 3, 1, 4]})
    return Split("one", 0, train, train, targets.astype({"stars": float}), pd.Index([10, 11, 12]))


def test_intervals_are_counted_in_all_and_in_thirds() -> None:
    found = values(coverage_of_intervals(Sure(), split()))
    assert found == pytest.approx({
        "covered": 4 / 6, "interval_width": 2, "covered_user_low": 1 / 2, "covered_user_mid": 1,
        "covered_user_high": 1 / 2, "covered_movie_low": 1, "covered_movie_mid": 1 / 2, "covered_movie_high": 1 / 2,
    })  # fmt: skip


def test_a_model_without_intervals_has_no_such_figures() -> None:
    class Plain:
        dated, fit, predict, score = False, Sure.fit, Sure.predict, Sure.score

    assert coverage_of_intervals(Plain(), split()) == {}
    pairs = split().targets
    found = values(errors(Plain(), pairs[["user", "movie"]], pairs["stars"].to_numpy()))
    assert found == pytest.approx({"rmse": math.sqrt(11 / 6), "error": -1 / 6})


def test_errors_are_those_of_shown_stars_beside_those_if_chosen() -> None:
    pairs = split().targets
    found = values(errors(Sure(), pairs[["user", "movie"]], pairs["stars"].to_numpy()))
    assert found == pytest.approx({
        "rmse": math.sqrt((6.25 + 2.25 + 0.25 + 0.25 + 2.25 + 2.25) / 6), "error": 2.5 - 19 / 6,
        "rmse_chosen": math.sqrt(11 / 6), "error_chosen": -1 / 6,
    })  # fmt: skip


def test_the_example_of_thirds() -> None:
    assert doctest.testmod(covered).failed == 0
