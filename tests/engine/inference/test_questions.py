"""What to ask a new viewer: the greedy choice by hand and by law, and the model's own questions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inference.questions import most_telling, questions
from engine.recommender import Recommender


def left_over(draw_BxM: np.ndarray, asked: list[int], noise: float) -> float:
    """Variance of all movies together that answers about some leave, by the formula of Gaussian conditioning."""
    covariance_MxM = np.cov(draw_BxM.T, bias=True)
    own = covariance_MxM[np.ix_(asked, asked)] + noise * np.eye(len(asked))
    told_MxM = covariance_MxM[:, asked] @ np.linalg.solve(own, covariance_MxM[asked])
    return float(np.trace(covariance_MxM - told_MxM))


@given(st.integers(0, 50), st.floats(0.1, 2))
def test_each_question_leaves_the_least_variance(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    draw_BxM = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 8)) + 0.3 * rng.normal(size=(30, 8))
    found = most_telling(draw_BxM, np.arange(8), np.ones(8), noise, 4).tolist()
    for number, movie in enumerate(found):
        before = found[:number]
        left = {other: left_over(draw_BxM, [*before, other], noise) for other in range(8) if other not in before}
        assert left[movie] == pytest.approx(min(left.values()), rel=1e-9)


def test_a_twin_of_what_was_asked_tells_nothing_new() -> None:
    rng = np.random.default_rng(0)
    large_B, small_B = 2 * rng.normal(size=500), rng.normal(size=500)
    draw_BxM = np.stack([large_B, large_B, small_B], 1)
    assert set(most_telling(draw_BxM, np.arange(3), np.ones(3), 0.01, 2).tolist()) == {0, 2}


def test_what_hardly_anybody_knows_is_not_asked_first() -> None:
    draw_BxM = np.random.default_rng(0).normal(size=(500, 3)) * [2.0, 1.0, 1.5]
    assert most_telling(draw_BxM, np.arange(3), np.ones(3), 0.5, 3).tolist() == [0, 2, 1]
    assert most_telling(draw_BxM, np.arange(3), np.array([0.01, 1.0, 1.0]), 0.5, 3).tolist() == [2, 1, 0]
    assert most_telling(draw_BxM, np.array([1, 2]), np.ones(2), 0.5, 3).tolist() == [1, 0]  # places in the pool


def test_the_model_asks_about_movies_that_somebody_rated(copy: Recommender) -> None:
    asked = copy.questions(12)
    assert len(set(asked)) == 12
    assert asked == copy.questions(12)
    assert asked[:3] == copy.questions(3)
    rated = set(copy.state.matrix.movie_N[~copy.state.matrix.held_N].tolist())
    assert {copy.movies.index(movie) for movie in copy.questions(10_000)} <= rated


def test_without_a_viewer_there_is_nothing_to_ask_by(fitted: Recommender) -> None:
    nobody = fitted.state.matrix.ratings().take(np.zeros(0, np.int64))
    assert questions(fitted.state.serving, nobody, 0, 1.0, 12).tolist() == []
