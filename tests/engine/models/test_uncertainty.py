"""The uncertainty: the fit finds the variance that made the errors, and intervals hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.csr import CsrRatings
from engine.models import uncertainty
from engine.models.uncertainty import COVERED, Errors, Uncertainty, conformal, half_stars_within, spreads
from engine.stars import half_stars_in

N = 40_000
TRUE = Uncertainty(0.2, 1.5, 0.8, 0.1, 0.3, 1.0, 1.0)


def made(n: int = N, seed: int = 0) -> Errors:
    """Normal errors of a known variance."""
    rng = np.random.default_rng(seed)
    stars_N, count_N, given_N = rng.uniform(1, 5, n), rng.integers(0, 300, n), rng.integers(1, 200, n)
    spread_N = rng.uniform(0.3, 2, n)
    sigma_N = TRUE.reach(stars_N, count_N, given_N, spread_N, 1, 5)
    return Errors(sigma_N * rng.normal(size=n), stars_N, count_N, given_N, spread_N, np.ones(n, bool))


def reach(model: Uncertainty, errors: Errors) -> np.ndarray:
    found: np.ndarray = model.reach(errors.stars_N, errors.count_N, errors.given_N, errors.spread_N, 1, 5)
    return found


def test_the_variance_is_the_formula() -> None:
    model = Uncertainty(0.2, 1.5, 0.8, 0.1, 0.3, 1.0, 2.0)
    found = model.reach(np.array([4.0]), np.array([7]), np.array([11]), np.array([0.5]), 1, 5)
    assert found[0] == pytest.approx(2 * (0.2 + 1.5 / 10 + 0.8 / 4 + 0.1 * 3 * 1 + 0.3 * 0.5) ** 0.5)


def test_the_fit_finds_the_variance_that_made_the_errors() -> None:
    found = uncertainty.fit(made(), 1.0, 1, 5)
    ratio_N = reach(found, made(1000, 1)) / reach(TRUE, made(1000, 1))
    assert found.quantile == pytest.approx(1.2816, abs=0.03)
    np.testing.assert_allclose(ratio_N, 1.2816, rtol=0.06)


def test_intervals_hold_what_they_promise_for_everybody() -> None:
    found, new = uncertainty.fit(made(), 1.0, 1, 5), made(seed=1)
    inside_N = np.abs(new.error_N) <= reach(found, new)
    assert inside_N.mean() == pytest.approx(COVERED, abs=0.01)
    for value_N in (new.count_N, new.given_N, new.spread_N, new.stars_N):
        low_N = value_N < np.quantile(value_N, 1 / 3)
        assert inside_N[low_N].mean() == pytest.approx(COVERED, abs=0.02)


def test_the_quantile_is_that_of_whole_histories() -> None:
    """Cut histories have a part in the variance alone: however large, their errors don't widen by being many."""
    whole, cut = made(), made(seed=1)
    both = Errors(*(np.concatenate(column) for column in zip(whole, cut, strict=True)))
    both = both._replace(whole_N=np.arange(2 * N) < N, error_N=np.where(np.arange(2 * N) < N, 1, 3) * both.error_N)
    inside_N = np.abs(whole.error_N) <= reach(uncertainty.fit(both, 1.0, 1, 5), whole)
    assert inside_N.mean() == pytest.approx(COVERED, abs=0.01)


def test_few_errors_tell_nothing() -> None:
    few = Errors(*(column[:19] for column in made()))
    assert uncertainty.fit(few, 0.7, 1, 5) == Uncertainty(usual_spread=0.7)
    assert uncertainty.fit(Errors(*(column[:20] for column in made())), 0.7, 1, 5).quantile != Uncertainty().quantile


@given(st.lists(st.floats(0, 10), min_size=1, max_size=40), st.floats(0.1, 0.95))
def test_the_conformal_quantile_holds_its_share_of_one_more(sizes: list[float], covered: float) -> None:
    """And no smaller one does."""
    size_N, found = np.array(sizes), conformal(np.array(sizes), covered)
    assert found in sizes
    assert (size_N <= found).sum() >= min(covered * (len(sizes) + 1), len(sizes)) - 1e-9
    assert (size_N < found).sum() < covered * (len(sizes) + 1)


def test_spreads_are_shrunk_towards_the_usual_one() -> None:
    rows = CsrRatings(np.array([0, 3, 4, 4]), np.array([0, 1, 2, 1]), np.array([2, 6, 10, 4]), 3)  # 1, 3, 5; 2; none
    np.testing.assert_allclose(spreads(rows, 1.2), [(8 + 6) / 8, 6 / 6, 1.2])
    assert uncertainty.usual_spread(rows) == 8 / 2
    assert uncertainty.usual_spread(rows.take(np.array([1, 2]))) == 1.0


@given(st.floats(0.5, 5), st.floats(0, 4))
def test_half_stars_in_an_interval_are_those_that_lie_in_it(low: float, width: float) -> None:
    high = min(low + width, 5.0)
    first, last = half_stars_in(low, high)
    inside = [half for half in range(1, 11) if low <= half / 2 <= high]
    assert (first, last) == (inside[0], inside[-1]) if inside else first == last
    assert tuple(int(end[0]) for end in half_stars_within(np.array([low]), np.array([high]))) == (first, last)
