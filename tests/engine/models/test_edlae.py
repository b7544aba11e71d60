from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.data.csr import CsrRatings
from engine.models.edlae import preference_of_half, solve
from tests.helpers.edlae import CONFIG, PADDED, M, U, padded, scores, solved, some_ratings
from tests.helpers.matrices import matrix_of


def test_the_scores_are_the_closed_form() -> None:
    half_UxM = some_ratings(0)
    x = preference_of_half(CONFIG).astype(np.float32)[half_UxM].astype(np.float64)
    weight = (100 / np.count_nonzero(x, axis=1)) ** CONFIG.edlae_user_power
    ridge = 3 * np.eye(M) + 0.5 / 0.5 * np.diag(np.diag(x.T @ x))
    p = np.linalg.inv((x.T * weight) @ x + ridge)
    b = np.eye(M) - p / np.diag(p)
    np.testing.assert_allclose(np.diag(b), 0, atol=1e-12)
    got = scores(solved(half_UxM), padded(half_UxM))[:, :M]
    np.testing.assert_allclose(got, x @ b, rtol=1e-3, atol=1e-4)


def test_a_large_inverse_is_made_of_blocks() -> None:
    rng = np.random.default_rng(0)
    half_UxM = (rng.integers(0, 11, (60, 700)) * (rng.random((60, 700)) < 0.2)).astype(np.uint8)
    model = solve(matrix_of(half_UxM), CONFIG, 768)
    x = preference_of_half(CONFIG).astype(np.float32)[half_UxM].astype(np.float64)
    weight = (100 / np.count_nonzero(x, axis=1)) ** CONFIG.edlae_user_power
    gram = 3 * np.eye(768)
    gram[:700, :700] += (x.T * weight) @ x + np.diag(np.diag(x.T @ x))
    np.testing.assert_allclose(model.inverse_KxK @ gram, np.eye(768), atol=1e-4)
    assert np.array_equal(model.inverse_KxK, model.inverse_KxK.T)


def test_held_out_ratings_leave_no_trace() -> None:
    half_UxM, held_UxM = some_ratings(1), np.random.default_rng(0).random((U, M)) < 0.3
    changed = np.where(held_UxM & (half_UxM > 0), 11 - half_UxM, half_UxM)
    one, other = (solve(matrix_of(half, held_UxM), CONFIG, PADDED) for half in (half_UxM, changed))
    assert np.array_equal(one.inverse_KxK, other.inverse_KxK)


def test_contributions_sum_to_the_score() -> None:
    half_UxM = some_ratings(4)
    model = solved(half_UxM)
    movies = np.flatnonzero(half_UxM[0])
    for target in np.flatnonzero(half_UxM[0] == 0):
        parts = model.contributions(CsrRatings.of_one(movies, half_UxM[0, movies], M), int(target))
        assert parts.sum() == pytest.approx(scores(model, padded(half_UxM[:1]))[0, target], rel=1e-4, abs=1e-6)


def test_only_the_most_rated_movies_are_covered() -> None:
    half_UxM = some_ratings(5)
    model = solve(matrix_of(half_UxM), replace(CONFIG, edlae_max_movies=4), PADDED)
    counts = np.count_nonzero(half_UxM, axis=0)
    assert counts[model.movie_K].min() >= np.delete(counts, model.movie_K).max()
    score_M = scores(model, padded(half_UxM[:1]))[0]
    assert not np.delete(score_M, model.movie_K).any()
    left_out = next(m for m in range(M) if m not in model.movie_K)
    assert not model.covers(left_out)
