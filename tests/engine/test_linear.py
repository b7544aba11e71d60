from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import preset
from engine.data.csr import Rows
from engine.models.edlae import RIDGES_PAID, Changes, LinearPath, grades_table, solve
from tests.engine.test_read import matrix_of

CONFIG = replace(preset("default"), linear_ridge=3.0)
U, M, PADDED = 12, 9, 16


def some_ratings(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.integers(0, 11, (U, M)) * (rng.random((U, M)) < 0.5)).astype(np.uint8)


def padded(half_UxM: np.ndarray) -> np.ndarray:
    return np.pad(half_UxM, ((0, 0), (0, PADDED - half_UxM.shape[1])))


def solved(half_UxM: np.ndarray) -> LinearPath:
    return solve(matrix_of(half_UxM), CONFIG, PADDED)


def scores(path: LinearPath, half_BxM: np.ndarray) -> np.ndarray:
    """Of viewers with these rows of half stars."""
    return path.scores_of(Rows.of_dense(half_BxM))


def test_the_scores_are_the_closed_form() -> None:
    half_UxM = some_ratings(0)
    x = grades_table(CONFIG)[half_UxM].astype(np.float64)
    weight = (100 / np.count_nonzero(x, axis=1)) ** CONFIG.linear_user_power
    ridge = 3 * np.eye(M) + 0.5 / 0.5 * np.diag(np.diag(x.T @ x))
    p = np.linalg.inv((x.T * weight) @ x + ridge)
    b = np.eye(M) - p / np.diag(p)
    np.testing.assert_allclose(np.diag(b), 0, atol=1e-12)
    got = scores(solved(half_UxM), padded(half_UxM))[:, :M]
    np.testing.assert_allclose(got, x @ b, rtol=1e-3, atol=1e-4)


def test_a_large_inverse_is_made_of_blocks() -> None:
    rng = np.random.default_rng(0)
    half_UxM = (rng.integers(0, 11, (60, 700)) * (rng.random((60, 700)) < 0.2)).astype(np.uint8)
    path = solve(matrix_of(half_UxM), CONFIG, 768)
    x = grades_table(CONFIG)[half_UxM].astype(np.float64)
    weight = (100 / np.count_nonzero(x, axis=1)) ** CONFIG.linear_user_power
    gram = 3 * np.eye(768)
    gram[:700, :700] += (x.T * weight) @ x + np.diag(np.diag(x.T @ x))
    np.testing.assert_allclose(path.inverse_KxK @ gram, np.eye(768), atol=1e-4)
    assert np.array_equal(path.inverse_KxK, path.inverse_KxK.T)


def test_held_out_ratings_leave_no_trace() -> None:
    half_UxM, held_UxM = some_ratings(1), np.random.default_rng(0).random((U, M)) < 0.3
    changed = np.where(held_UxM & (half_UxM > 0), 11 - half_UxM, half_UxM)
    one, other = (solve(matrix_of(half, held_UxM), CONFIG, PADDED) for half in (half_UxM, changed))
    assert np.array_equal(one.inverse_KxK, other.inverse_KxK)


def changes(before_UxM: np.ndarray, after_UxM: np.ndarray) -> Changes:
    """The changes of the viewers whose rows differ."""
    user_B = np.flatnonzero((before_UxM != after_UxM).any(1))
    before_BxM, after_BxM = before_UxM[user_B], after_UxM[user_B]
    viewer_N, movie_N = np.nonzero((before_BxM > 0) | (after_BxM > 0))
    return Changes(user_B, viewer_N, movie_N, before_BxM[viewer_N, movie_N], after_BxM[viewer_N, movie_N])


def whole(path: LinearPath) -> np.ndarray:
    """P, the rows of updates subtracted."""
    return path.inverse_KxK - path.factor_RxK.T @ path.scaled_RxK


CHANGES = st.dictionaries(st.integers(0, M - 1), st.integers(0, 10), min_size=1, max_size=4)


@settings(max_examples=40)
@given(seed=st.integers(0, 50), user=st.integers(0, U - 1), rated=CHANGES)
def test_an_update_is_as_good_as_solving_again(seed: int, user: int, rated: dict[int, int]) -> None:
    before = some_ratings(seed)
    after = before.copy()
    for movie, half in rated.items():
        after[user, movie] = half
    path = solved(before).updated(changes(before, after))
    np.testing.assert_allclose(whole(path), solved(after).inverse_KxK, rtol=1e-4, atol=2e-5)
    np.testing.assert_allclose(path.diagonal_K, np.diag(whole(path)), rtol=1e-4)


def test_many_updates_stay_exact() -> None:
    rng = np.random.default_rng(3)
    half_UxM = some_ratings(3)
    path = solved(half_UxM)
    for _ in range(300):
        user, movie = rng.integers(U), rng.integers(M)
        old_UxM = half_UxM.copy()
        half_UxM[user, movie] = rng.integers(0, 11)
        path = path.updated(changes(old_UxM, half_UxM))
    again = solved(half_UxM)
    np.testing.assert_allclose(whole(path), again.inverse_KxK, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(path.diagonal_K, again.diagonal_K, rtol=1e-3)
    rows = padded(half_UxM)
    np.testing.assert_allclose(scores(path, rows), scores(again, rows), rtol=1e-3, atol=1e-3)
    given = [each.shares(np.arange(4), half_UxM[0, :4], 7) for each in (path, again)]
    np.testing.assert_allclose(given[0], given[1], rtol=1e-3, atol=1e-4)


def test_ridges_that_a_large_update_leaves_unpaid_are_paid_by_small_ones() -> None:
    rng = np.random.default_rng(7)
    shape, n_padded = (30, 120), 128
    half_UxM = (rng.integers(0, 11, shape) * (rng.random(shape) < 0.4)).astype(np.uint8)
    path = solve(matrix_of(half_UxM), CONFIG, n_padded)
    after_UxM = np.where(rng.random(shape) < 0.2, rng.integers(0, 11, shape), half_UxM).astype(np.uint8)
    path = path.updated(changes(half_UxM, after_UxM))
    assert 0 < np.count_nonzero(path.owed_K) <= shape[1] - RIDGES_PAID
    exact = solve(matrix_of(after_UxM), CONFIG, n_padded)
    assert not np.allclose(path.diagonal_K, exact.diagonal_K, rtol=1e-3)
    owed_K = path.owed_K
    np.fill_diagonal(gram_KxK := np.linalg.inv(whole(path).astype(np.float64)), gram_KxK.diagonal() + owed_K)
    np.testing.assert_allclose(np.linalg.inv(gram_KxK), exact.inverse_KxK, rtol=1e-3, atol=2e-5)
    for movie in range(6):
        before_UxM = after_UxM.copy()
        after_UxM[0, movie] = 11 - after_UxM[0, movie] if after_UxM[0, movie] else 9
        path = path.updated(changes(before_UxM, after_UxM))
    assert not path.owed_K.any()
    exact = solve(matrix_of(after_UxM), CONFIG, n_padded)
    np.testing.assert_allclose(whole(path), exact.inverse_KxK, rtol=1e-3, atol=2e-5)
    np.testing.assert_allclose(path.diagonal_K, exact.diagonal_K, rtol=1e-4)


def test_an_update_leaves_the_old_path_as_it_was() -> None:
    half_UxM = some_ratings(2)
    path = solved(half_UxM)
    before = scores(path, padded(half_UxM))
    newer = path
    for user in range(U):
        after_UxM = half_UxM.copy()
        after_UxM[user] = 10 - half_UxM[user]
        newer = newer.updated(changes(half_UxM, after_UxM))
    assert not np.allclose(scores(newer, padded(half_UxM)), before, atol=1e-3)
    assert np.array_equal(scores(path, padded(half_UxM)), before)


def test_shares_sum_to_the_score() -> None:
    half_UxM = some_ratings(4)
    path = solved(half_UxM)
    movies = np.flatnonzero(half_UxM[0])
    for target in np.flatnonzero(half_UxM[0] == 0):
        shares = path.shares(movies, half_UxM[0, movies], int(target))
        assert shares is not None
        assert shares.sum() == pytest.approx(scores(path, padded(half_UxM[:1]))[0, target], rel=1e-4, abs=1e-6)


def test_only_the_most_rated_movies_are_covered() -> None:
    half_UxM = some_ratings(5)
    path = solve(matrix_of(half_UxM), replace(CONFIG, linear_max_movies=4), PADDED)
    counts = np.count_nonzero(half_UxM, axis=0)
    assert counts[path.movie_K].min() >= np.delete(counts, path.movie_K).max()
    score_M = scores(path, padded(half_UxM[:1]))[0]
    assert not np.delete(score_M, path.movie_K).any()
    left_out = next(m for m in range(M) if m not in path.movie_K)
    assert path.shares(np.array([0]), np.array([8]), left_out) is None
