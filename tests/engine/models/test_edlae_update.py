from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.csr import CsrRatings
from engine.models.edlae import solve
from engine.models.edlae_update import RIDGES_REFRESHED, updated
from tests.helpers.edlae import CONFIG, M, U, padded, scores, solved, some_ratings, whole
from tests.helpers.matrices import delta_of, matrix_of

CHANGES = st.dictionaries(st.integers(0, M - 1), st.integers(0, 10), min_size=1, max_size=4)


@settings(max_examples=40)
@given(seed=st.integers(0, 50), user=st.integers(0, U - 1), rated=CHANGES)
def test_an_update_is_as_good_as_solving_again(seed: int, user: int, rated: dict[int, int]) -> None:
    before = some_ratings(seed)
    after = before.copy()
    for movie, half in rated.items():
        after[user, movie] = half
    model = updated(solved(before), delta_of(before, after))
    np.testing.assert_allclose(whole(model), solved(after).inverse_KxK, rtol=1e-4, atol=2e-5)
    np.testing.assert_allclose(model.diagonal_K, np.diag(whole(model)), rtol=1e-4)


def test_many_updates_stay_exact() -> None:
    rng = np.random.default_rng(3)
    half_UxM = some_ratings(3)
    model = solved(half_UxM)
    for _ in range(300):
        user, movie = rng.integers(U), rng.integers(M)
        old_UxM = half_UxM.copy()
        half_UxM[user, movie] = rng.integers(0, 11)
        model = updated(model, delta_of(old_UxM, half_UxM))
    again = solved(half_UxM)
    np.testing.assert_allclose(whole(model), again.inverse_KxK, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(model.diagonal_K, again.diagonal_K, rtol=1e-3)
    rows = padded(half_UxM)
    np.testing.assert_allclose(scores(model, rows), scores(again, rows), rtol=1e-3, atol=1e-3)
    given = [each.contributions(CsrRatings.of_one(np.arange(4), half_UxM[0, :4], M), 7) for each in (model, again)]
    np.testing.assert_allclose(given[0], given[1], rtol=1e-3, atol=1e-4)


def test_ridges_that_a_large_update_leaves_unrefreshed_are_refreshed_by_small_ones() -> None:
    rng = np.random.default_rng(7)
    shape, n_padded = (30, 120), 128
    half_UxM = (rng.integers(0, 11, shape) * (rng.random(shape) < 0.4)).astype(np.uint8)
    model = solve(matrix_of(half_UxM), CONFIG, n_padded)
    after_UxM = np.where(rng.random(shape) < 0.2, rng.integers(0, 11, shape), half_UxM).astype(np.uint8)
    model = updated(model, delta_of(half_UxM, after_UxM))
    assert 0 < np.count_nonzero(model.ridge_deficit_K) <= shape[1] - RIDGES_REFRESHED
    exact = solve(matrix_of(after_UxM), CONFIG, n_padded)
    assert not np.allclose(model.diagonal_K, exact.diagonal_K, rtol=1e-3)
    ridge_deficit_K = model.ridge_deficit_K
    np.fill_diagonal(gram_KxK := np.linalg.inv(whole(model).astype(np.float64)), gram_KxK.diagonal() + ridge_deficit_K)
    np.testing.assert_allclose(np.linalg.inv(gram_KxK), exact.inverse_KxK, rtol=1e-3, atol=2e-5)
    for movie in range(6):
        before_UxM = after_UxM.copy()
        after_UxM[0, movie] = 11 - after_UxM[0, movie] if after_UxM[0, movie] else 9
        model = updated(model, delta_of(before_UxM, after_UxM))
    assert not model.ridge_deficit_K.any()
    exact = solve(matrix_of(after_UxM), CONFIG, n_padded)
    np.testing.assert_allclose(whole(model), exact.inverse_KxK, rtol=1e-3, atol=2e-5)
    np.testing.assert_allclose(model.diagonal_K, exact.diagonal_K, rtol=1e-4)


def test_an_update_leaves_the_old_model_as_it_was() -> None:
    half_UxM = some_ratings(2)
    model = solved(half_UxM)
    before = scores(model, padded(half_UxM))
    newer = model
    for user in range(U):
        after_UxM = half_UxM.copy()
        after_UxM[user] = 10 - half_UxM[user]
        newer = updated(newer, delta_of(half_UxM, after_UxM))
    assert not np.allclose(scores(newer, padded(half_UxM)), before, atol=1e-3)
    assert np.array_equal(scores(model, padded(half_UxM)), before)
