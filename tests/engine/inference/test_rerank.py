from __future__ import annotations

import itertools
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.inference.rerank import OWN, kernel, rerank, shares, taste
from engine.metrics import genre_coverage, ild, kl_calibration
from engine.types import DiversityMethod

C, G = 12, 5
SCORES = arrays(np.float64, C, elements=st.floats(-3, 3, width=32)).map(lambda x: np.sort(x)[::-1])
FLAGS = arrays(np.float64, (C, G), elements=st.sampled_from([0.0, 1.0]))
TASTES = arrays(np.float64, G, elements=st.floats(0.05, 1)).map(lambda x: x / x.sum())
METHODS: tuple[DiversityMethod, ...] = get_args(DiversityMethod)

ALIKE = np.eye(3)[[0, 0, 0, 0, 1, 2]]
FALLING = np.array([1.0, 0.99, 0.98, 0.97, 0.9, 0.1])


@given(SCORES, FLAGS, TASTES, st.integers(0, 15), st.floats(0, 1), st.sampled_from(METHODS))
def test_a_list_is_n_different_candidates_and_the_same_each_time(
    score_C: np.ndarray, genre_CxG: np.ndarray, taste_G: np.ndarray, n: int, strength: float, method: DiversityMethod
) -> None:
    chosen = rerank(score_C, genre_CxG, taste_G, n, strength, method)
    assert len(chosen) == min(n, C)
    assert len(set(chosen.tolist())) == len(chosen)
    assert np.array_equal(chosen, rerank(score_C, genre_CxG, taste_G, n, strength, method))


@given(SCORES, FLAGS, TASTES, st.integers(0, 12), st.sampled_from(METHODS))
def test_strength_0_is_the_list_as_scored(
    score_C: np.ndarray, genre_CxG: np.ndarray, taste_G: np.ndarray, n: int, method: DiversityMethod
) -> None:
    assert rerank(score_C, genre_CxG, taste_G, n, 0.0, method).tolist() == list(range(n))


@pytest.mark.parametrize("method", METHODS)
def test_the_scale_of_the_scores_does_not_matter(method: DiversityMethod) -> None:
    once, again = (rerank(scores, ALIKE, np.ones(3) / 3, 4, 0.4, method) for scores in (FALLING, 8 * FALLING - 3))
    assert np.array_equal(once, again)


@pytest.mark.parametrize("method", METHODS)
def test_other_genres_enter_the_list(method: DiversityMethod) -> None:
    even = np.full(3, 1 / 3)
    plain, diverse = (ALIKE[rerank(FALLING, ALIKE, even, 3, s, method)] for s in (0.0, 0.8))
    assert ild(plain) == 0
    assert genre_coverage(plain) == 1
    assert ild(diverse) == 1
    assert genre_coverage(diverse) == 3


def test_calibration_brings_the_list_towards_the_viewers_genres() -> None:
    taste_G = np.array([0.5, 0.5, 0.0])
    divergences = []
    for strength in (0.0, 0.5):
        chosen = rerank(FALLING, ALIKE, taste_G, 2, strength, "calibrated")
        divergences.append(kl_calibration(taste_G, shares(ALIKE[chosen]).mean(0)[None])[0])
    assert divergences[1] < 0.1 < divergences[0]


def test_taste_is_the_mean_genre_weighted_by_stars() -> None:
    genre_LxG = np.array([[1.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(taste(genre_LxG, np.array([10, 5])), [10 / 15, 5 / 15])
    np.testing.assert_allclose(taste(genre_LxG[:0], np.array([])), [0.5, 0.5])


def test_a_catalogue_without_genres() -> None:
    for method in METHODS:
        assert rerank(FALLING, np.zeros((6, 0)), np.zeros(0), 3, 0.7, method).tolist() == [0, 1, 2]


@given(FLAGS)
def test_the_kernel_is_positive_definite_with_ones_on_its_diagonal(genre_CxG: np.ndarray) -> None:
    kernel_CxC = kernel(genre_CxG)
    np.testing.assert_allclose(np.diag(kernel_CxC), 1)
    np.testing.assert_allclose(kernel_CxC, kernel_CxC.T)
    assert kernel_CxC.max() < 1 + 1e-9
    assert np.linalg.eigvalsh(kernel_CxC).min() > OWN - 1e-9


def test_a_kernel_by_hand() -> None:
    """The movie without genres is as like the two others as their centre is: (1 + 1/3) / 2 over its length √(2/3)."""
    flags = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    centre = (2 / 3) / np.sqrt(2 / 3)
    wanted = np.array([[1, 1 / 3, centre], [1 / 3, 1, centre], [centre, centre, 1]])
    np.testing.assert_allclose(kernel(flags), (1 - OWN) * wanted + OWN * np.eye(3))


@given(SCORES, FLAGS, st.integers(1, 6), st.floats(0.05, 1))
def test_a_dpp_takes_the_movie_that_makes_the_largest_determinant(
    score_C: np.ndarray, genre_CxG: np.ndarray, n: int, strength: float
) -> None:
    """Each step against determinants of the whole kernel diag(r) S diag(r), computed afresh."""
    chosen = rerank(score_C, genre_CxG, np.full(G, 1 / G), n, strength, "dpp").tolist()
    unit_C = (score_C - score_C.min()) / np.ptp(score_C) if np.ptp(score_C) else np.ones(C)
    quality_C = np.exp((1 - strength) * unit_C / (2 * strength))
    kernel_CxC = quality_C[:, None] * kernel(genre_CxG) * quality_C
    for size, taken in enumerate(chosen):
        logs = [
            np.linalg.slogdet(kernel_CxC[np.ix_(tried, tried)])[1] if other not in chosen[:size] else -np.inf
            for other in range(C)
            for tried in [[*chosen[:size], other]]
        ]
        assert logs[taken] == pytest.approx(max(logs), abs=1e-6)


@pytest.mark.parametrize("method", ["mmr", "dpp"])
def test_strength_1_is_variety_alone_and_starts_from_the_best(method: DiversityMethod) -> None:
    assert rerank(FALLING, ALIKE, np.ones(3) / 3, 4, 1.0, method).tolist() == [0, 4, 5, 1]


@pytest.mark.parametrize("method", METHODS)
def test_of_equals_the_first_is_taken(method: DiversityMethod) -> None:
    assert rerank(np.ones(6), np.ones((6, 2)), np.ones(2) / 2, 4, 0.5, method).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("low", "high"), itertools.pairwise((0.0, 0.2, 0.5, 1.0)))
@pytest.mark.parametrize("method", ["mmr", "dpp"])
def test_more_strength_gives_more_distance_on_the_whole(method: DiversityMethod, low: float, high: float) -> None:
    rng = np.random.default_rng(0)
    lists = [(np.sort(rng.random(40))[::-1], (rng.random((40, 8)) < 0.25).astype(float)) for _ in range(30)]
    less, more = (
        np.mean([ild(flags[rerank(scores, flags, np.full(8, 1 / 8), 5, strength, method)]) for scores, flags in lists])
        for strength in (low, high)
    )
    assert less < more
