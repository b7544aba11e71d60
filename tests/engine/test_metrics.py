from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine import metrics
from engine.data import arrays as data_arrays

SCORES = arrays(np.float64, (3, 8), elements=st.floats(-5, 5, width=32))
HITS = arrays(np.bool_, (3, 8))
FLAGS = arrays(np.float64, (5, 4), elements=st.sampled_from([0.0, 1.0]))
SHARES = arrays(np.float64, 4, elements=st.floats(0.01, 1)).map(lambda x: x / x.sum())


@pytest.mark.parametrize("module", [metrics, data_arrays])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


@given(SCORES, HITS, st.integers(1, 10))
def test_list_metrics_lie_between_0_and_1_and_the_best_order_gets_1(
    score_BxM: np.ndarray, hit_BxM: np.ndarray, k: int
) -> None:
    for metric in (metrics.ndcg_rows, metrics.recall_rows, metrics.hit_rate_rows):
        value_B = metric(score_BxM, hit_BxM, k)
        assert np.all((value_B >= 0) & (value_B <= 1 + 1e-12))
        perfect_B = metric(hit_BxM.astype(float), hit_BxM, k)
        np.testing.assert_allclose(perfect_B, hit_BxM.any(1))


@given(SCORES, st.integers(0, 8))
def test_top_k_is_a_stable_sort(score_BxM: np.ndarray, k: int) -> None:
    assert np.array_equal(metrics.top_k(score_BxM, k), np.argsort(-score_BxM, axis=1, kind="stable")[:, :k])


def test_top_k_when_there_are_fewer() -> None:
    assert metrics.top_k(np.array([[1.0, 2.0]]), 5).tolist() == [[1, 0]]


def test_top_k_of_movies_that_are_left_out_keeps_each_once() -> None:
    assert metrics.top_k(np.array([[-np.inf, 2.0, -np.inf], [3.0, 2.0, 1.0]]), 3).tolist() == [[1, 0, 2], [0, 1, 2]]


def test_ndcg_by_hand() -> None:
    # hits at places 1 and 3 of three hits in all: (1 + 1/2) / (1 + 1/log2 3 + 1/2)
    score = np.array([[9.0, 8.0, 7.0, 6.0]])
    hit = np.array([[True, False, True, True]])
    assert metrics.ndcg_rows(score, hit, 3)[0] == pytest.approx(1.5 / (1.5 + 1 / np.log2(3)))


def test_recall_divides_by_what_was_possible() -> None:
    score, hit = np.array([[3.0, 2.0, 1.0, 0.0]]), np.array([[True, True, True, True]])
    assert metrics.recall_rows(score, hit, 2)[0] == 1.0


@given(FLAGS)
def test_genre_distance_is_a_symmetric_number_from_0_to_1(genre_LxG: np.ndarray) -> None:
    distance = metrics.genre_distances(genre_LxG)
    assert np.array_equal(distance, distance.T)
    assert np.all((distance >= 0) & (distance <= 1))
    assert not np.diag(distance).any()
    assert 0 <= metrics.ild(genre_LxG) <= 1


@given(SHARES, SHARES)
def test_calibration_is_0_only_for_the_same_genres(target_G: np.ndarray, list_G: np.ndarray) -> None:
    value = metrics.kl_calibration(target_G, list_G[None])[0]
    assert np.isfinite(value)
    assert value >= 0
    assert metrics.kl_calibration(target_G, target_G[None])[0] == pytest.approx(0, abs=1e-12)


def test_gini_of_all_alike_is_0() -> None:
    assert metrics.gini(np.array([[0, 1], [2, 3]]), 4) == pytest.approx(0)
    assert metrics.gini(np.zeros((0, 2), int), 4) == 0.0


@given(FLAGS, arrays(np.bool_, 5))
def test_alpha_ndcg_of_a_list_of_liked_movies_is_at_most_1(genre_LxG: np.ndarray, liked_L: np.ndarray) -> None:
    value = metrics.alpha_ndcg(genre_LxG[:3], liked_L[:3], genre_LxG[liked_L], 3)
    # the ideal order is greedy, as in the paper, so a lucky list may beat it by a little
    assert 0 <= value <= 1.2
