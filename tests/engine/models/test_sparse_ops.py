"""Products over the rated cells against the same products over all cells."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from engine.data.arrays import Array
from engine.models.packing import SEGMENT, Capacity, PackedBatch, pack
from engine.models.sparse_ops import at_cells, of_movies, times
from tests.helpers.matrices import MOVIES, USERS, uneven_ratings

WIDTH = 8
USERS_B = np.array([5, 3, 4, 17, 5, 39])
CAPACITY = Capacity(segments=64, cells=512)


@pytest.fixture
def batch() -> tuple[PackedBatch, Array]:
    ratings, half_UxM = uneven_ratings()
    return pack(ratings.take(USERS_B), CAPACITY), half_UxM[USERS_B]


def tables(seed: int = 1) -> tuple[jax.Array, jax.Array, jax.Array]:
    rng = np.random.default_rng(seed)
    shapes = ((MOVIES, WIDTH), (len(USERS_B), WIDTH), (MOVIES,))
    made = [jnp.asarray(rng.normal(size=shape).astype(np.float32)) for shape in shapes]
    return made[0], made[1], made[2]


def spread(cells: PackedBatch, value_JxW: Any) -> Array:
    """Values of cells written into a dense matrix, B × M."""
    dense_BxM = np.zeros((len(USERS_B), MOVIES), np.float32)
    rated_JxW = np.asarray(cells.half_JxW) > 0
    user_JxW = np.broadcast_to(np.asarray(cells.user_J)[:, None], rated_JxW.shape)
    dense_BxM[user_JxW[rated_JxW], np.asarray(cells.movie_JxW)[rated_JxW]] = np.asarray(value_JxW)[rated_JxW]
    return dense_BxM


def test_a_batch_holds_every_rated_cell_once_in_both_orders(batch: tuple[PackedBatch, Array]) -> None:
    cells, half_BxM = batch
    np.testing.assert_array_equal(spread(cells, cells.half_JxW), half_BxM)
    n = int(np.count_nonzero(half_BxM))
    assert np.asarray(cells.start_M)[-1] == n
    by_movie = np.asarray(cells.cell_N)[:n]
    assert len(np.unique(by_movie)) == n
    movies = np.asarray(cells.movie_JxW).ravel()[by_movie]
    assert (np.diff(movies) >= 0).all()
    assert np.asarray(cells.movie_JxW).shape[1] == SEGMENT


def test_the_encoders_product_and_its_gradients_are_those_of_the_dense_product(
    batch: tuple[PackedBatch, Array],
) -> None:
    cells, half_BxM = batch
    table_MxD, hidden_BxD, _ = tables()
    value_JxW = jnp.asarray(cells.half_JxW, jnp.float32)

    def ours(value_JxW: jax.Array, table_MxD: jax.Array) -> jax.Array:
        return (times(cells, value_JxW, table_MxD) * hidden_BxD).sum()

    def dense(half_BxM: jax.Array, table_MxD: jax.Array) -> jax.Array:
        return ((half_BxM @ table_MxD) * hidden_BxD).sum()

    np.testing.assert_allclose(times(cells, value_JxW, table_MxD), half_BxM @ np.asarray(table_MxD), rtol=1e-5)
    to_value, to_table = jax.grad(ours, (0, 1))(value_JxW, table_MxD)
    dense_to_value, dense_to_table = jax.grad(dense, (0, 1))(jnp.asarray(half_BxM), table_MxD)
    np.testing.assert_allclose(to_table, dense_to_table, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(spread(cells, to_value), dense_to_value * (half_BxM > 0), rtol=1e-5, atol=1e-5)


def test_the_decoders_product_and_its_gradients_are_those_of_the_dense_product(
    batch: tuple[PackedBatch, Array],
) -> None:
    cells, half_BxM = batch
    table_MxD, hidden_BxD, bias_M = tables()
    rated_BxM = jnp.asarray(half_BxM > 0, jnp.float32)

    def ours(hidden_BxD: jax.Array, table_MxD: jax.Array, bias_M: jax.Array) -> jax.Array:
        found_JxW = at_cells(cells, hidden_BxD, table_MxD) + of_movies(cells, bias_M)
        return jnp.where(cells.half_JxW > 0, jnp.sin(found_JxW), 0.0).sum()

    def dense(hidden_BxD: jax.Array, table_MxD: jax.Array, bias_M: jax.Array) -> jax.Array:
        return (jnp.sin(hidden_BxD @ table_MxD.T + bias_M) * rated_BxM).sum()

    given = (hidden_BxD, table_MxD, bias_M)
    np.testing.assert_allclose(ours(*given), dense(*given), rtol=1e-4)
    for mine, theirs in zip(jax.grad(ours, (0, 1, 2))(*given), jax.grad(dense, (0, 1, 2))(*given), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)


def test_stacked_batches_scan() -> None:
    ratings, half_UxM = uneven_ratings()
    users_TxB = np.random.default_rng(0).permutation(USERS).reshape(5, 8)
    work = PackedBatch.stack(pack(ratings.take(users_B), CAPACITY) for users_B in users_TxB)
    table_MxD = tables()[0]

    def body(total: jax.Array, batch: PackedBatch) -> tuple[jax.Array, jax.Array]:
        value_JxW = jnp.asarray(batch.half_JxW, jnp.float32)
        return total + value_JxW.sum(), times(batch, value_JxW, table_MxD)

    total, hidden_TxBxD = jax.jit(lambda work: jax.lax.scan(body, jnp.float32(0), work))(work)
    assert float(total) == half_UxM.sum()
    np.testing.assert_allclose(hidden_TxBxD, half_UxM[users_TxB] @ np.asarray(table_MxD), rtol=1e-4, atol=1e-4)
