"""Products over the rated cells against the same products over all cells."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from engine.data.csr import Rows
from engine.data.interactions import Array
from engine.models.sparse_ops import CHUNK, Cells, K, at_cells, cut, cut_all, of_movies, room, times

USERS, MOVIES, WIDTH = 40, 70, 8


def some_ratings(seed: int = 0) -> tuple[Rows, Array]:
    """Rated cells and the same as a dense matrix of half stars; user 3 rated nothing, user 4 nearly all."""
    rng = np.random.default_rng(seed)
    share_Ux1 = rng.uniform(0.05, 0.6, (USERS, 1))
    share_Ux1[3], share_Ux1[4] = 0.0, 0.97
    half_UxM = rng.integers(1, 11, (USERS, MOVIES)) * (rng.random((USERS, MOVIES)) < share_Ux1)
    user_N, movie_N = np.nonzero(half_UxM)
    start_P = np.searchsorted(user_N, np.arange(USERS + 1))
    ratings = Rows(start_P, movie_N.astype(np.int32), half_UxM[user_N, movie_N].astype(np.uint8), MOVIES)
    return ratings, half_UxM.astype(np.float32)


USERS_B = np.array([5, 3, 4, 17, 5, 39])


@pytest.fixture
def batch() -> tuple[Cells, Array]:
    ratings, half_UxM = some_ratings()
    return cut(ratings, USERS_B, room(ratings, USERS_B[None])), half_UxM[USERS_B]


def tables(seed: int = 1) -> tuple[jax.Array, jax.Array, jax.Array]:
    rng = np.random.default_rng(seed)
    shapes = ((MOVIES, WIDTH), (len(USERS_B), WIDTH), (MOVIES,))
    made = [jnp.asarray(rng.normal(size=shape).astype(np.float32)) for shape in shapes]
    return made[0], made[1], made[2]


def spread(cells: Cells, value_SxK: Any) -> Array:
    """Values of cells written into a dense matrix, B × M."""
    dense_BxM = np.zeros((len(USERS_B), MOVIES), np.float32)
    rated_SxK = np.asarray(cells.half_SxK) > 0
    user_SxK = np.broadcast_to(np.asarray(cells.user_S)[:, None], rated_SxK.shape)
    dense_BxM[user_SxK[rated_SxK], np.asarray(cells.movie_SxK)[rated_SxK]] = np.asarray(value_SxK)[rated_SxK]
    return dense_BxM


def test_a_batch_holds_every_rated_cell_once_in_both_orders(batch: tuple[Cells, Array]) -> None:
    cells, half_BxM = batch
    np.testing.assert_array_equal(spread(cells, cells.half_SxK), half_BxM)
    n = int(np.count_nonzero(half_BxM))
    assert np.asarray(cells.begin_P)[-1] == n
    by_movie = np.asarray(cells.cell_N)[:n]
    assert len(np.unique(by_movie)) == n
    movies = np.asarray(cells.movie_SxK).ravel()[by_movie]
    assert (np.diff(movies) >= 0).all()
    assert np.asarray(cells.movie_SxK).shape[1] == K


def test_the_encoders_product_and_its_gradients_are_those_of_the_dense_product(batch: tuple[Cells, Array]) -> None:
    cells, half_BxM = batch
    table_MxD, hidden_BxD, _ = tables()
    value_SxK = jnp.asarray(cells.half_SxK, jnp.float32)

    def ours(value_SxK: jax.Array, table_MxD: jax.Array) -> jax.Array:
        return (times(cells, value_SxK, table_MxD) * hidden_BxD).sum()

    def dense(half_BxM: jax.Array, table_MxD: jax.Array) -> jax.Array:
        return ((half_BxM @ table_MxD) * hidden_BxD).sum()

    np.testing.assert_allclose(times(cells, value_SxK, table_MxD), half_BxM @ np.asarray(table_MxD), rtol=1e-5)
    to_value, to_table = jax.grad(ours, (0, 1))(value_SxK, table_MxD)
    dense_to_value, dense_to_table = jax.grad(dense, (0, 1))(jnp.asarray(half_BxM), table_MxD)
    np.testing.assert_allclose(to_table, dense_to_table, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(spread(cells, to_value), dense_to_value * (half_BxM > 0), rtol=1e-5, atol=1e-5)


def test_the_decoders_product_and_its_gradients_are_those_of_the_dense_product(batch: tuple[Cells, Array]) -> None:
    cells, half_BxM = batch
    table_MxD, hidden_BxD, bias_M = tables()
    rated_BxM = jnp.asarray(half_BxM > 0, jnp.float32)

    def ours(hidden_BxD: jax.Array, table_MxD: jax.Array, bias_M: jax.Array) -> jax.Array:
        found_SxK = at_cells(cells, hidden_BxD, table_MxD) + of_movies(cells, bias_M)
        return jnp.where(cells.half_SxK > 0, jnp.sin(found_SxK), 0.0).sum()

    def dense(hidden_BxD: jax.Array, table_MxD: jax.Array, bias_M: jax.Array) -> jax.Array:
        return (jnp.sin(hidden_BxD @ table_MxD.T + bias_M) * rated_BxM).sum()

    given = (hidden_BxD, table_MxD, bias_M)
    np.testing.assert_allclose(ours(*given), dense(*given), rtol=1e-4)
    for mine, theirs in zip(jax.grad(ours, (0, 1, 2))(*given), jax.grad(dense, (0, 1, 2))(*given), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


def test_batches_of_an_epoch_share_one_shape_and_scan() -> None:
    ratings, half_UxM = some_ratings()
    users_TxB = np.random.default_rng(0).permutation(USERS).reshape(5, 8)
    work = cut_all(ratings, users_TxB, room(ratings, users_TxB))
    table_MxD = tables()[0]

    def body(total: jax.Array, cells: Cells) -> tuple[jax.Array, jax.Array]:
        value_SxK = jnp.asarray(cells.half_SxK, jnp.float32)
        return total + value_SxK.sum(), times(cells, value_SxK, table_MxD)

    total, hidden_TxBxD = jax.jit(lambda work: jax.lax.scan(body, jnp.float32(0), work))(work)
    assert float(total) == half_UxM.sum()
    np.testing.assert_allclose(hidden_TxBxD, half_UxM[users_TxB] @ np.asarray(table_MxD), rtol=1e-4, atol=1e-4)


def test_room_is_whole_chunks_and_enough_for_the_largest_batch() -> None:
    ratings, _ = some_ratings()
    crowded = np.full((1, 64), 4)
    made = room(ratings, crowded)
    assert made.segments % CHUNK == 0
    assert made.cells >= 64 * ratings.lengths[4]
