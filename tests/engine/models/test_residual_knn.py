from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import preset
from engine.data.csr import CsrRatings
from engine.models import biases, gram, residual_knn
from engine.models.residual_knn import ResidualKNN
from engine.recommender import Recommender
from tests.helpers.matrices import matrix_of

CONFIG = replace(preset("default"), neighbours=2, neighbour_weight=2.0, neighbour_prior=0.5, neighbour_shrink=0.25)
LIKE_3x3 = np.array([[0, 0.5, 0], [0.5, 0, -0.2], [0, -0.2, 0]], np.float32)


def by_hand() -> ResidualKNN:
    from_P, to_P = np.nonzero(LIKE_3x3)
    start_M = np.searchsorted(from_P, np.arange(4))
    return ResidualKNN(start_M, to_P.astype(np.int32), LIKE_3x3[from_P, to_P], shrink=0.25, weight=2.0)


def one(movies: list[int], half: list[int]) -> CsrRatings:
    return CsrRatings.of_one(np.array(movies), np.array(half, np.uint8), 5)


def test_the_formula_by_hand() -> None:
    stars_M = np.array([3.0, 3.0, 4.0], np.float32)
    by_hand().correct(stars_M[None], one([0, 2], [10, 2]))
    errors = {0: 5 - 3, 2: 1 - 4}
    middle = 2.0 * (0.5 * errors[0] - 0.2 * errors[2]) / (0.5 + 0.2 + 0.25)
    np.testing.assert_allclose(stars_M, [3.0, 3.0 + middle, 4.0], rtol=1e-6)


def test_a_viewer_without_ratings_is_not_corrected() -> None:
    for n in (1, 2):
        stars_BxM = np.full((n, 3), 3.0, np.float32)
        by_hand().correct(stars_BxM, CsrRatings.of_dense(np.zeros_like(stars_BxM, np.uint8)))
        assert stars_BxM.tolist() == n * [[3.0, 3.0, 3.0]]


@given(st.integers(0, 2**32 - 1))
def test_a_block_and_one_viewer_are_corrected_alike(seed: int) -> None:
    rng = np.random.default_rng(seed)
    half_UxM = (rng.integers(1, 11, (12, 9)) * (rng.random((12, 9)) < 0.5)).astype(np.uint8)
    matrix = matrix_of(half_UxM)
    made = residual_knn.fit(matrix, *biases.fit(matrix, CONFIG, 10), CONFIG, 10)
    stars_UxM = rng.uniform(0.5, 5, (12, 10)).astype(np.float32)
    block_UxM = stars_UxM.copy()
    made.correct(block_UxM, matrix.ratings())
    for user in range(12):
        movies, half = matrix.row(user)
        made.correct(stars_UxM[user : user + 1], CsrRatings.of_one(movies, half, 9))
    np.testing.assert_allclose(block_UxM, stars_UxM, atol=1e-5)


def test_likeness_is_the_cubed_shrunk_correlation_of_what_the_biases_leave() -> None:
    rng = np.random.default_rng(0)
    half_UxM = (rng.integers(1, 11, (20, 4)) * (rng.random((20, 4)) < 0.7)).astype(np.uint8)
    matrix = matrix_of(half_UxM)
    fitted, user_U = biases.fit(matrix, CONFIG, 4)
    over_UxM = (half_UxM * 0.5 - float(fitted.mean) - np.asarray(fitted.movie_M) - user_U[:, None]) * (half_UxM > 0)
    gram_MxM = over_UxM.T @ over_UxM
    root_M = np.sqrt(gram_MxM.diagonal() + CONFIG.neighbour_prior)
    correlation_MxM = gram_MxM / np.outer(root_M, root_M)
    np.fill_diagonal(correlation_MxM, 0)
    made = residual_knn.fit(matrix, fitted, user_U, CONFIG, 4)
    for movie in range(4):
        nearest = np.argsort(-np.abs(correlation_MxM[movie]))[:2]
        found = {int(j) for j in range(4) if movie in made.movie_P[made.start_M[j] : made.start_M[j + 1]]}
        assert found == set(nearest.tolist())
        for j in found:
            places = slice(made.start_M[j], made.start_M[j + 1])
            like = made.like_P[places][made.movie_P[places] == movie]
            assert float(like[0]) == pytest.approx(correlation_MxM[movie, j] ** 3, rel=1e-4)


def test_held_out_ratings_make_no_likeness() -> None:
    rng = np.random.default_rng(1)
    half_UxM = rng.integers(1, 11, (20, 4)).astype(np.uint8)
    held_UxM = np.zeros((20, 4), bool)
    held_UxM[:, 2] = True
    made = matrix_of(half_UxM, held_UxM)
    kept = residual_knn.fit(made, *biases.fit(made, CONFIG, 4), CONFIG, 4)
    assert 2 not in kept.movie_P
    assert kept.start_M[2] == kept.start_M[3]


def test_new_movies_have_no_neighbours_and_change_none() -> None:
    stars_M = np.array([3.0, 3.0, 4.0, 3.0, 3.0], np.float32)
    before_M = stars_M[:3].copy()
    by_hand().correct(before_M[None], one([0], [10]))
    by_hand().grown(5).correct(stars_M[None], one([0, 4], [10, 1]))
    assert stars_M.tolist() == [*before_M.tolist(), 3.0, 3.0]


def test_only_the_most_rated_movies_have_neighbours() -> None:
    half_UxM = np.array([[10, 0, 2, 3], [8, 2, 4, 0], [6, 0, 9, 0]], np.uint8)
    matrix = matrix_of(half_UxM)
    assert gram.most_rated(matrix, 2, 4).tolist() == [0, 2]
    assert gram.most_rated(matrix, 4, 4).tolist() == [0, 1, 2, 3]
    value_N = matrix.half_N.astype(np.float32)
    dense = half_UxM[:, [0, 2]].astype(np.float32)
    assert gram.product(matrix, value_N, np.array([0, 2]), 4).tolist() == (dense.T @ dense).tolist()


def test_a_sequel_is_predicted_by_its_first_part() -> None:
    """Two movies that everybody rates alike, and rates unlike all others."""
    rng = np.random.default_rng(3)
    stars_U = np.where(rng.integers(2, size=150) == 1, 5.0, 1.0)
    rows = [(user, part, stars_U[user]) for user in range(150) for part in ((0, 1) if user < 100 else (0,))]
    for user in range(150):
        rows += [(user, movie, float(rng.integers(2, 10)) / 2) for movie in range(2, 30) if rng.random() < 0.6]
    ratings = pd.DataFrame(rows, columns=["user", "movie", "stars"])
    sequel = pd.DataFrame({"user": range(100, 150), "movie": [1] * 50})
    error = {}
    for count in (0, 64):
        config = replace(preset("default"), epochs=6, neighbours=count)
        error[count] = (Recommender.fit(ratings, preset=config).predict(sequel) - stars_U[100:]).abs().mean()
    assert error[64] < error[0] - 0.2
