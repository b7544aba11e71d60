"""Products over the rated cells alone, so that a step of training costs what its ratings cost, not users × movies.

A network meets the user × movie matrix in two places: the encoder sums the rows of a table over what a viewer rated
(`times`), and the loss needs the decoder's output where there is a rating (`at_cells`). Both, and their gradients, are
products of a sparse matrix with a dense one; on a CPU `BCSR @ dense` runs as compiled code over compressed rows, and
the gradient of a table, which adds up rows, runs over the same cells in the order of their movies instead of a scatter.
A dense product of a batch of MovieLens 1M does 28 times the arithmetic. This is for CPUs: a GPU does the dense product
in no time, and its rows of compressed cells must begin at 0.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.experimental import sparse

from engine.data.arrays import Array
from engine.models.packing import CHUNK, PackedBatch


def times(batch: PackedBatch, value_JxW: jax.Array, table_MxD: jax.Array) -> jax.Array:
    """Each viewer's sum of value × row over the movies (B × D): the sparse matrix of the values times the table.

    Values of filled-up cells must be 0.
    """
    return _times(batch, value_JxW, table_MxD)


def at_cells(batch: PackedBatch, hidden_BxD: jax.Array, table_MxD: jax.Array) -> jax.Array:
    """The product `hidden @ table.T` where there are cells (J × W). What stands in filled-up cells means nothing."""
    return _at_cells(batch, hidden_BxD, table_MxD)


def of_movies(batch: PackedBatch, value_M: jax.Array) -> jax.Array:
    """The value of each cell's movie (J × W); its gradient is the sum over the movie's cells."""
    return _of_movies(batch, value_M)


def by_user(batch: PackedBatch, value_JxW: jax.Array) -> jax.Array:
    """Each viewer's sum over the cells (B)."""
    return jax.ops.segment_sum(value_JxW.sum(1), jnp.asarray(batch.user_J), len(batch.start_B) - 1)


@jax.custom_vjp
def _times(batch: PackedBatch, value_JxW: jax.Array, table_MxD: jax.Array) -> jax.Array:
    return rows_times(value_JxW.ravel(), batch.movie_JxW.ravel(), batch.start_B, table_MxD)


def _times_forward(
    batch: PackedBatch, value_JxW: jax.Array, table_MxD: jax.Array
) -> tuple[jax.Array, tuple[object, ...]]:
    return _times(batch, value_JxW, table_MxD), (batch, value_JxW, table_MxD)


def _times_backward(kept: tuple[PackedBatch, jax.Array, jax.Array], gradient_BxD: jax.Array) -> tuple[object, ...]:
    batch, value_JxW, table_MxD = kept
    by_movie_MxD = rows_times(value_JxW.ravel()[batch.cell_N], batch.user_N, batch.start_M, gradient_BxD)
    return None, at_cells(batch, gradient_BxD, table_MxD) * (batch.half_JxW > 0), by_movie_MxD


@jax.custom_vjp
def _at_cells(batch: PackedBatch, hidden_BxD: jax.Array, table_MxD: jax.Array) -> jax.Array:
    empty_JxW = jnp.zeros(batch.movie_JxW.shape, hidden_BxD.dtype)
    movie_JxW, user_J = jnp.asarray(batch.movie_JxW), jnp.asarray(batch.user_J)

    def chunk(at: jax.Array, found_JxW: jax.Array) -> jax.Array:
        movie_chunk = jax.lax.dynamic_slice_in_dim(movie_JxW, at * CHUNK, CHUNK)
        user_chunk = jax.lax.dynamic_slice_in_dim(user_J, at * CHUNK, CHUNK)
        found_chunk = jnp.einsum("ckd,cd->ck", table_MxD[movie_chunk], hidden_BxD[user_chunk])
        return jax.lax.dynamic_update_slice_in_dim(found_JxW, found_chunk, at * CHUNK, 0)

    found_JxW: jax.Array = jax.lax.fori_loop(0, batch.chunks, chunk, empty_JxW)
    return found_JxW


def _at_cells_forward(
    batch: PackedBatch, hidden_BxD: jax.Array, table_MxD: jax.Array
) -> tuple[jax.Array, tuple[object, ...]]:
    return _at_cells(batch, hidden_BxD, table_MxD), (batch, hidden_BxD, table_MxD)


def _at_cells_backward(kept: tuple[PackedBatch, jax.Array, jax.Array], gradient_JxW: jax.Array) -> tuple[object, ...]:
    batch, hidden_BxD, table_MxD = kept
    known_JxW = gradient_JxW * (batch.half_JxW > 0)
    to_hidden_BxD = rows_times(known_JxW.ravel(), batch.movie_JxW.ravel(), batch.start_B, table_MxD)
    to_table_MxD = rows_times(known_JxW.ravel()[batch.cell_N], batch.user_N, batch.start_M, hidden_BxD)
    return None, to_hidden_BxD, to_table_MxD


@jax.custom_vjp
def _of_movies(batch: PackedBatch, value_M: jax.Array) -> jax.Array:
    return value_M[batch.movie_JxW]


def _of_movies_forward(batch: PackedBatch, value_M: jax.Array) -> tuple[jax.Array, PackedBatch]:
    return _of_movies(batch, value_M), batch


def _of_movies_backward(batch: PackedBatch, gradient_JxW: jax.Array) -> tuple[object, ...]:
    known_JxW = gradient_JxW * (batch.half_JxW > 0)
    one_Bx1 = jnp.ones((len(batch.start_B) - 1, 1), gradient_JxW.dtype)
    return None, rows_times(known_JxW.ravel()[batch.cell_N], batch.user_N, batch.start_M, one_Bx1)[:, 0]


_times.defvjp(_times_forward, _times_backward)
_at_cells.defvjp(_at_cells_forward, _at_cells_backward)
_of_movies.defvjp(_of_movies_forward, _of_movies_backward)


def rows_times(
    value_N: jax.Array, column_N: jax.Array | Array, start_B: jax.Array | Array, dense: jax.Array
) -> jax.Array:
    """A sparse matrix in compressed rows times a dense one. On a CPU it is one product that uses all cores."""
    value_N, column_N, start_B = jnp.asarray(value_N), jnp.asarray(column_N), jnp.asarray(start_B)
    product: jax.Array = sparse.BCSR((value_N, column_N, start_B), shape=(len(start_B) - 1, len(dense))) @ dense
    return product
