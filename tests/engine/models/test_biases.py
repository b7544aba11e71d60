from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from engine.config import preset
from engine.data.arrays import Array
from engine.models import biases
from engine.models.biases import Biases, centre, centre_history, centre_packed
from engine.models.packing import Capacity, pack
from tests.helpers.matrices import delta_of, matrix_of, random_half

M = 6
MOVIE_M = np.linspace(-0.5, 0.5, M).astype(np.float32)
SOME = Biases(jnp.float32(3.0), jnp.asarray(MOVIE_M), jnp.ones(M), jnp.float32(2.0), jnp.float32(0.5), jnp.float32(5))
HALF_BxM = np.array([[10, 0, 4, 0, 0, 7], [0, 0, 0, 0, 0, 0]], np.uint8)
ABOVE_L = np.array([5 - 3 - MOVIE_M[0], 2 - 3 - MOVIE_M[2], 3.5 - 3 - MOVIE_M[5]])
USER = ABOVE_L.sum() / (3 + 2)
CONFIG = replace(preset("default"), movie_shrink=2.0, user_shrink=3.0)


def test_centring_takes_off_the_mean_the_movies_bias_and_the_viewers_shrunk_bias() -> None:
    centred = centre(jnp.asarray(HALF_BxM), SOME)
    np.testing.assert_allclose(np.asarray(centred.residual)[0, [0, 2, 5]], ABOVE_L - USER, rtol=1e-5)
    assert np.asarray(centred.rated).tolist() == [[1, 0, 1, 0, 0, 1], [0] * 6]
    np.testing.assert_allclose(centred.user_B, [USER, 0], rtol=1e-5)
    assert not np.asarray(centred.residual)[1].any()


def test_dense_rows_packed_cells_and_one_history_are_centred_alike() -> None:
    half_BxM = random_half((5, M), 0.6)
    matrix = matrix_of(half_BxM)
    dense = centre(half_BxM, biases.on_host(SOME))
    packed = centre_packed(pack(matrix.ratings(), Capacity(32, 64)), SOME)
    np.testing.assert_allclose(packed.user_B, dense.user_B, rtol=1e-5)
    assert np.sort(np.asarray(packed.residual).ravel())[::-1][:3] == pytest.approx(
        np.sort(dense.residual.ravel())[::-1][:3], rel=1e-5
    )
    for row in range(5):
        movies, half = matrix.row(row)
        above_L, user = centre_history(movies, half, biases.on_host(SOME))
        np.testing.assert_allclose(above_L - user, dense.residual[row, movies], rtol=1e-5, atol=1e-6)


def test_the_prediction_without_a_network_stays_in_the_range_of_the_data() -> None:
    low = SOME._replace(low=np.float32(2.9), high=np.float32(3.1))  # type: ignore[arg-type]
    assert biases.baseline(np.float32(3.0), MOVIE_M, low).tolist() == pytest.approx(np.clip(3 + MOVIE_M, 2.9, 3.1))


def test_fitted_biases_are_at_the_least_squares_minimum() -> None:
    half_UxM = random_half((8, 5), 0.7)
    fitted, user_U = biases.fit(matrix_of(half_UxM), CONFIG, M)
    many, many_U = biases.alternate(*_columns(half_UxM), M, 8, 2.0, 3.0, sweeps=100)
    np.testing.assert_allclose(fitted.movie_M, many, atol=0.02)
    np.testing.assert_allclose(user_U, many_U, atol=0.02)
    over_UxM = half_UxM * 0.5 - float(fitted.mean)
    rated_UxM = half_UxM > 0

    def loss(movie_M: jax.Array, user_U: jax.Array) -> jax.Array:
        left_UxM = (over_UxM - movie_M[:5] - user_U[:, None]) * rated_UxM
        return (left_UxM**2).sum() + 2.0 * (movie_M**2).sum() + 3.0 * (user_U**2).sum()

    for slope in jax.grad(loss, (0, 1))(jnp.asarray(many), jnp.asarray(many_U)):
        np.testing.assert_allclose(slope, 0, atol=1e-4)


def _columns(half_UxM: Array) -> tuple[Array, Array, Array]:
    user_N, movie_N = np.nonzero(half_UxM)
    stars_N = half_UxM[user_N, movie_N] * 0.5
    return movie_N, user_N, stars_N - stars_N.mean()


def test_held_out_ratings_are_in_no_bias() -> None:
    half_UxM = random_half((8, 5), 0.7)
    held_UxM = np.random.default_rng(1).random((8, 5)) < 0.3
    changed = np.where(held_UxM & (half_UxM > 0), 11 - half_UxM, half_UxM)
    one, other = (biases.fit(matrix_of(half, held_UxM), CONFIG, M) for half in (half_UxM, changed))
    assert one[0].movie_M.tolist() == other[0].movie_M.tolist()
    assert one[1].tolist() == other[1].tolist()


def test_a_delta_changes_the_biases_of_its_viewers_alone() -> None:
    half_UxM = random_half((4, M), 0.7)
    after_UxM = half_UxM.copy()
    after_UxM[2] = [0, 0, 9, 0, 0, 3]
    movie_M = np.asarray(SOME.movie_M)
    changed_U = biases.changed_users(delta_of(half_UxM, after_UxM), np.full(4, 0.25), 5, SOME, movie_M)
    above = (4.5 - 3 - movie_M[2]) + (1.5 - 3 - movie_M[5])
    assert changed_U.tolist() == pytest.approx([0.25, 0.25, above / (2 + 2), 0.25, 0.0])
