"""The selection: the probit finds what made the choices, and the correction what it did to the stars."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from engine.models import selection
from engine.models.choice import Choices, log_count
from engine.models.selection import TASTE, Selection, mills, probit

N = 120_000
ONES = np.ones(N)


def made(taste: float, choice: float = 0.3, seed: int = 0) -> tuple[Choices, np.ndarray]:
    """Choices by viewers who know their taste, and the part of it that the model does not know (variance 1)."""
    rng = np.random.default_rng(seed)
    known_N, unknown_N = rng.normal(0, 0.7, N), rng.normal(0, 1, N)
    score_N, movie_N = np.exp(rng.normal(-3, 1, N)), rng.normal(0, 0.4, N)
    log_count_N = log_count(rng.integers(1, 400, N))
    g_N = -2.5 + taste * known_N + choice * np.log(score_N + 0.01) + 0.4 * log_count_N
    chosen_N = (g_N + taste * unknown_N + rng.normal(0, 1, N) > 0).astype(float)
    level_N = rng.normal(0, 0.3, N)
    whole_N = np.full(N, 40)
    made = Choices(
        score_N, 3 + known_N + movie_N, log_count_N, whole_N, whole_N, ONES * 3, level_N, movie_N, chosen_N, ONES
    )
    return made, unknown_N


def test_the_correction_takes_back_what_selection_did() -> None:
    """Heckman's two steps by hand: who chose has more of the unknown taste, and λ times the covariance tells how much.

    The unknown taste is all of the error here, in place of a third of it, so the variance is given three times.
    """
    choices, unknown_N = made(0.5)
    found = selection.fit(choices, 0.01, 1 / TASTE)
    excess_N = found.excess(
        choices.stars_N, choices.score_N, choices.log_count_N, choices.movie_N, choices.activity_N, choices.level_N
    )
    chose_N = choices.chosen_N > 0
    for part_N in (chose_N, chose_N & (excess_N > np.median(excess_N[chose_N]))):
        assert unknown_N[part_N].mean() == pytest.approx(excess_N[part_N].mean(), abs=0.05)
    assert unknown_N[chose_N].mean() > 0.5


def test_who_does_not_choose_by_taste_is_not_corrected() -> None:
    assert selection.fit(made(0.0)[0], 0.01, 1.0).strength < 0.01
    assert selection.fit(made(-0.5)[0], 0.01, 1.0).strength == 0


def test_where_the_choice_score_tells_all_a_part_of_taste_is_kept() -> None:
    choices, unknown_N = made(0.5)
    told = choices._replace(score_N=np.exp(choices.stars_N - choices.movie_N + unknown_N))
    x_NxC = np.stack([
        told.stars_N - told.movie_N, told.log_count_N, np.log(41.0) * ONES, told.level_N, told.movie_N
    ], 1)  # fmt: skip
    alone = probit(x_NxC - x_NxC.mean(0), told.chosen_N, told.weight_N)[1]
    found = selection.fit(told, 0.01, 1.0)
    assert found.taste < alone / 3  # S knows the taste that P knows, and the rest
    assert found.strength == pytest.approx(alone / 3 * TASTE, rel=1e-6)


def test_the_probit_is_exact_where_the_answer_is_known() -> None:
    """Of one group a quarter chose, of the other a half: the constant is Φ⁻¹(1/4), the slope the way to Φ⁻¹(1/2)."""
    x_Nx1 = np.repeat([0.0, 1.0], 400_000)[:, None]
    chosen_N = np.concatenate([np.arange(400_000) % 4 == 0, np.arange(400_000) % 2 == 0]).astype(float)
    found = probit(x_Nx1, chosen_N, np.ones(800_000))
    np.testing.assert_allclose(found, [norm.ppf(0.25), -norm.ppf(0.25)], atol=1e-4)


def test_a_weight_stands_for_so_many_cells() -> None:
    x_Nx1, chosen_N, weight_N = np.array([[0.0], [1], [0.5], [2]]), np.array([1.0, 0, 1, 0]), np.array([1.0, 3, 2, 1])
    each = np.repeat(np.arange(4), weight_N.astype(int))
    np.testing.assert_allclose(
        probit(x_Nx1, chosen_N, weight_N), probit(x_Nx1[each], chosen_N[each], np.ones(len(each))), atol=1e-5
    )


def test_nothing_is_known_without_choices_or_without_anything_else() -> None:
    few = Choices(*(column[:30] for column in made(0.5)[0]))
    for chosen_N in (np.zeros(30), np.ones(30)):
        assert selection.fit(few._replace(chosen_N=chosen_N), 0.01, 1.0) == Selection()
    assert selection.fit(few._replace(given_N=np.full(30, 3)), 0.01, 1.0) == Selection()


@given(st.floats(-5.5, 5.5))
def test_mills_is_the_quotient(g: float) -> None:
    assert float(mills(np.array([g]))[0]) == pytest.approx(norm.pdf(g) / norm.cdf(g), rel=1e-6)


cells = st.tuples(st.floats(0.5, 5), st.floats(-0.5, 2), st.integers(0, 500), st.floats(-1, 1), st.integers(0, 300))


@given(cells, st.floats(0, 0.5), st.floats(0, 1))
def test_the_correction_lowers_and_lowers_less_what_would_be_chosen(
    cell: tuple[float, float, int, float, int], strength: float, more: float
) -> None:
    stars, score, count, movie, n = cell
    model = Selection(-6.0, 0.4, 0.2, 0.7, 0.5, -0.3, -0.1, 0.01, strength)

    def excess(score: float) -> float:
        arrays = (np.array([value], np.float32) for value in (stars, score))
        return float(model.excess(*arrays, log_count(np.array([count])), np.float32(movie), np.array([n]), 0.1)[0])

    assert 0 <= excess(score + more) <= excess(score) + 1e-6


def test_a_short_history_is_not_that_of_somebody_who_chooses_little() -> None:
    model = Selection(-6.0, 0.4, 0.2, 0.7, 0.5, 0.0, 0.0, 0.01, 0.2)
    n_X = np.array([0, 5, 29, 100])
    excess_X = model.excess(np.full(4, 3.0), np.full(4, 0.1), np.full(4, 5.0), np.zeros(4), n_X, np.zeros(4))
    assert excess_X[0] == excess_X[1] == excess_X[2] > excess_X[3]
