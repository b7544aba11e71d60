"""The choice model: the regression finds what made the data, and what little data is worth."""

from __future__ import annotations

import numpy as np
import pytest

from engine.models import choice
from engine.models.choice import ChoiceModel, Choices

N = 60_000


def made(k: float, p: float, n: int = N, seed: int = 0) -> Choices:
    """Choices drawn from the model: known slopes of the choice score's logarithm and of stars."""
    rng = np.random.default_rng(seed)
    score_N, stars_N = np.exp(rng.normal(-3, 1, n)), rng.normal(3.4, 0.6, n)
    log_count_N = choice.log_count(rng.integers(1, 400, n))
    given_N, activity_N = rng.integers(2, 90, n), rng.integers(20, 90, n)
    rate_N = np.exp(-1 + k * np.log(score_N + 0.01) + p * (stars_N - 3.4) + 0.3 * log_count_N)
    chosen_N = rng.poisson(rate_N).astype(float)
    return Choices(
        score_N, stars_N, log_count_N, given_N, activity_N, np.full(n, 3.4), *[np.zeros(n)] * 2, chosen_N, np.ones(n)
    )


@pytest.mark.parametrize(("k", "p"), [(1.3, -0.3), (0.7, 0.5)])
def test_the_fit_finds_the_slopes_that_made_the_choices(k: float, p: float) -> None:
    found = choice.fit(made(k, p), 0.01)
    assert found.k == pytest.approx(k, abs=0.15)
    assert found.p == pytest.approx(p, abs=0.15)
    assert found.eps == 0.01


def test_poisson_is_exact_where_the_answer_is_known() -> None:
    """Two groups with 2 and 6 choices in 4 cells each: the constant is log 1/2, the other's slope log 3."""
    x_NxC = np.stack([np.ones(8), np.repeat([0.0, 1.0], 4)], 1)
    count_N = np.array([1, 1, 0, 0, 2, 2, 1, 1.0])
    slope_C = choice.poisson(x_NxC, count_N, np.ones(8), np.zeros(2), np.full(2, 1e-9))
    np.testing.assert_allclose(slope_C, [np.log(0.5), np.log(3)], atol=1e-6)


def test_a_weight_stands_for_so_many_cells() -> None:
    x_NxC = np.stack([np.ones(4), np.array([0.0, 0, 1, 1])], 1)
    count_N, weight_N = np.array([1.0, 0, 1, 0]), np.array([1.0, 3, 1, 1])
    each = np.repeat(np.arange(4), weight_N.astype(int))
    weighted, repeated = (
        choice.poisson(x, count, weight, np.zeros(2), np.full(2, 0.5))
        for x, count, weight in ((x_NxC, count_N, weight_N), (x_NxC[each], count_N[each], np.ones(len(each))))
    )
    np.testing.assert_allclose(weighted, repeated, atol=1e-6)


def test_little_data_stays_near_the_prior() -> None:
    few = Choices(*(column[:12] for column in made(0.1, 2.0)))._replace(chosen_N=np.eye(12)[0])
    found = choice.fit(few, 0.01)
    assert found.k == pytest.approx(1.0, abs=0.4)
    assert found.p == pytest.approx(0.0, abs=0.4)


def test_without_a_choice_the_slopes_are_those_of_no_data() -> None:
    none = made(1, 0, 50)._replace(chosen_N=np.zeros(50))
    assert choice.fit(none, 0.02) == ChoiceModel(1.0, 0.0, 0.02)


def test_slopes_have_a_floor_so_that_more_is_never_worse() -> None:
    found = choice.fit(made(-0.5, -0.9), 0.01)
    assert (found.k, found.p) == (choice.LEAST_K, choice.LEAST_P)


def test_noise_is_the_size_of_what_is_below_zero() -> None:
    assert choice.noise(np.array([0.5, -0.3, -0.4, 0.0])) == pytest.approx((0.25 / 2) ** 0.5)
    assert choice.noise(np.array([0.5, 0.0])) == choice.EPS


def test_means_are_shrunk_towards_that_of_all() -> None:
    half_BxM = np.array([[10, 10, 0], [2, 0, 0]], np.uint8)
    mean = 11 / 3
    np.testing.assert_allclose(choice.shrunk_means(half_BxM), [(10 + 5 * mean) / 7, (1 + 5 * mean) / 6])
