"""Products over the rated cells alone, so that a step of training costs what its ratings cost, not users × movies.

A network meets the user × movie matrix in two places: the encoder sums the rows of a table over what a viewer rated
(`times`), and the loss needs the decoder's output where there is a rating (`at_cells`). Both, and their gradients, are
products of a sparse matrix with a dense one; on a CPU `BCSR @ dense` runs as compiled code over compressed rows, and
the gradient of a table, which adds up rows, runs over the same cells in the order of their movies instead of a scatter.
A dense product of a batch of MovieLens 1M does 28 times the arithmetic. This is for CPUs: a GPU does the dense product
in no time, and its rows of compressed cells must begin at 0.

Letters beside those of `engine.data.interactions`: K cells of a segment, S segments of a batch, N cells of a batch, P
columns of `start` (a row more than there are rows).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import sparse

from engine.data.csr import Rows
from engine.data.interactions import Array, concat_ranges

K = 16
"""Cells of a segment: one viewer's hidden units are read once for so many movies."""
CHUNK = 32
"""Segments whose rows are gathered at once: enough work to be worth a loop's turn, little enough for the cache."""
ROOM = 6.0
"""Standard deviations of a batch's size that there is room for, so that hardly any batch compiles anew."""


class Cells(NamedTuple):
    """The rated cells of a batch of viewers, once by viewer and once by movie.

    By viewer each row is filled up to whole segments; filled-up cells have half stars 0 and movie 0.
    """

    movie_SxK: jax.Array | Array
    half_SxK: jax.Array | Array
    """Half stars (uint8), 0 where there is no cell."""
    user_S: jax.Array | Array
    """The viewer of each segment: a position in the batch."""
    start_P: jax.Array | Array
    """Where each viewer's cells begin, filled-up ones included."""
    chunks: jax.Array | Array
    """Chunks of segments in use."""
    cell_N: jax.Array | Array
    """By movie: where the cell lies in the segments."""
    user_N: jax.Array | Array
    """By movie: the cell's viewer."""
    begin_P: jax.Array | Array
    """By movie: where each movie's cells begin."""


def times(cells: Cells, value_SxK: jax.Array, table_MxD: jax.Array) -> jax.Array:
    """Each viewer's sum of value × row over the movies (B × D): the sparse matrix of the values times the table.

    Values of filled-up cells must be 0.
    """
    return _times(cells, value_SxK, table_MxD)


def at_cells(cells: Cells, hidden_BxD: jax.Array, table_MxD: jax.Array) -> jax.Array:
    """The product `hidden @ table.T` where there are cells (S × K). What stands in filled-up cells means nothing."""
    return _at_cells(cells, hidden_BxD, table_MxD)


def of_movies(cells: Cells, value_M: jax.Array) -> jax.Array:
    """Each cell's movie's value (S × K); a gradient adds up over the movie's cells."""
    return _of_movies(cells, value_M)


def by_user(cells: Cells, value_SxK: jax.Array) -> jax.Array:
    """Each viewer's sum over the cells (B)."""
    return jax.ops.segment_sum(value_SxK.sum(1), jnp.asarray(cells.user_S), len(cells.start_P) - 1)


@jax.custom_vjp
def _times(cells: Cells, value_SxK: jax.Array, table_MxD: jax.Array) -> jax.Array:
    return rows_times(value_SxK.ravel(), cells.movie_SxK.ravel(), cells.start_P, table_MxD)


def _times_forward(cells: Cells, value_SxK: jax.Array, table_MxD: jax.Array) -> tuple[jax.Array, tuple[object, ...]]:
    return _times(cells, value_SxK, table_MxD), (cells, value_SxK, table_MxD)


def _times_backward(kept: tuple[Cells, jax.Array, jax.Array], gradient_BxD: jax.Array) -> tuple[object, ...]:
    cells, value_SxK, table_MxD = kept
    by_movie_MxD = rows_times(value_SxK.ravel()[cells.cell_N], cells.user_N, cells.begin_P, gradient_BxD)
    return None, at_cells(cells, gradient_BxD, table_MxD) * (cells.half_SxK > 0), by_movie_MxD


@jax.custom_vjp
def _at_cells(cells: Cells, hidden_BxD: jax.Array, table_MxD: jax.Array) -> jax.Array:
    empty_SxK = jnp.zeros(cells.movie_SxK.shape, hidden_BxD.dtype)
    movie_SxK, user_S = jnp.asarray(cells.movie_SxK), jnp.asarray(cells.user_S)

    def chunk(at: jax.Array, found_SxK: jax.Array) -> jax.Array:
        movie_CxK = jax.lax.dynamic_slice_in_dim(movie_SxK, at * CHUNK, CHUNK)
        user_C = jax.lax.dynamic_slice_in_dim(user_S, at * CHUNK, CHUNK)
        found_CxK = jnp.einsum("ckd,cd->ck", table_MxD[movie_CxK], hidden_BxD[user_C])
        return jax.lax.dynamic_update_slice_in_dim(found_SxK, found_CxK, at * CHUNK, 0)

    found_SxK: jax.Array = jax.lax.fori_loop(0, cells.chunks, chunk, empty_SxK)
    return found_SxK


def _at_cells_forward(
    cells: Cells, hidden_BxD: jax.Array, table_MxD: jax.Array
) -> tuple[jax.Array, tuple[object, ...]]:
    return _at_cells(cells, hidden_BxD, table_MxD), (cells, hidden_BxD, table_MxD)


def _at_cells_backward(kept: tuple[Cells, jax.Array, jax.Array], gradient_SxK: jax.Array) -> tuple[object, ...]:
    cells, hidden_BxD, table_MxD = kept
    known_SxK = gradient_SxK * (cells.half_SxK > 0)
    to_hidden_BxD = rows_times(known_SxK.ravel(), cells.movie_SxK.ravel(), cells.start_P, table_MxD)
    to_table_MxD = rows_times(known_SxK.ravel()[cells.cell_N], cells.user_N, cells.begin_P, hidden_BxD)
    return None, to_hidden_BxD, to_table_MxD


@jax.custom_vjp
def _of_movies(cells: Cells, value_M: jax.Array) -> jax.Array:
    return value_M[cells.movie_SxK]


def _of_movies_forward(cells: Cells, value_M: jax.Array) -> tuple[jax.Array, Cells]:
    return _of_movies(cells, value_M), cells


def _of_movies_backward(cells: Cells, gradient_SxK: jax.Array) -> tuple[object, ...]:
    known_SxK = gradient_SxK * (cells.half_SxK > 0)
    one_Bx1 = jnp.ones((len(cells.start_P) - 1, 1), gradient_SxK.dtype)
    return None, rows_times(known_SxK.ravel()[cells.cell_N], cells.user_N, cells.begin_P, one_Bx1)[:, 0]


_times.defvjp(_times_forward, _times_backward)
_at_cells.defvjp(_at_cells_forward, _at_cells_backward)
_of_movies.defvjp(_of_movies_forward, _of_movies_backward)


def rows_times(
    value_N: jax.Array, column_N: jax.Array | Array, start_P: jax.Array | Array, dense: jax.Array
) -> jax.Array:
    """A sparse matrix in compressed rows times a dense one. On a CPU it is one product that uses all cores."""
    value_N, column_N, start_P = jnp.asarray(value_N), jnp.asarray(column_N), jnp.asarray(start_P)
    product: jax.Array = sparse.BCSR((value_N, column_N, start_P), shape=(len(start_P) - 1, len(dense))) @ dense
    return product


class Room(NamedTuple):
    """How many segments and cells a batch has room for: one shape, compiled once."""

    segments: int
    cells: int


def room(ratings: Rows, users_TxB: Array) -> Room:
    """Room for batches of this many viewers as chance makes them, and for these ones in any case."""
    lengths_U = ratings.lengths
    segments_U = -(-lengths_U // K)
    return Room(*(_room(sizes_U, users_TxB) for sizes_U in (segments_U, lengths_U)))


def _room(size_U: Array, users_TxB: Array) -> int:
    batch = users_TxB.shape[1]
    expected = size_U.mean() * batch + ROOM * size_U.std() * batch**0.5
    needed = max(expected, int(size_U[users_TxB].sum(1).max()))
    return max(-(-int(needed) // CHUNK) * CHUNK, CHUNK)


def cut(ratings: Rows, users_B: Array, size: Room) -> Cells:
    """The cells of some users, in a room's shapes."""
    rows = ratings.some(users_B)
    segments_B, n = -(-rows.lengths // K), len(rows.movie_N)
    first_P = np.concatenate(([0], np.cumsum(segments_B)))
    slot_N = concat_ranges(first_P[:-1] * K, rows.lengths)
    movie_SxK, half_SxK = np.zeros((size.segments, K), np.int32), np.zeros((size.segments, K), np.uint8)
    movie_SxK.ravel()[slot_N], half_SxK.ravel()[slot_N] = rows.movie_N, rows.half_N
    user_S = np.zeros(size.segments, np.int32)
    user_S[: first_P[-1]] = np.repeat(np.arange(rows.n_rows), segments_B)
    movie_N = rows.movie_N.astype(np.uint16) if rows.n_movies < 2**16 else rows.movie_N
    by_movie_N = np.argsort(movie_N, kind="stable")
    cell_N, user_N = np.zeros(size.cells, np.int32), np.zeros(size.cells, np.int32)
    cell_N[:n], user_N[:n] = slot_N[by_movie_N], rows.row_N[by_movie_N]
    begin_P = np.concatenate(([0], np.cumsum(np.bincount(movie_N, minlength=rows.n_movies)))).astype(np.int32)
    chunks = np.array(-(-first_P[-1] // CHUNK), np.int32)
    return Cells(movie_SxK, half_SxK, user_S, (first_P * K).astype(np.int32), chunks, cell_N, user_N, begin_P)


def cut_all(ratings: Rows, users_TxB: Array, size: Room) -> Cells:
    """The cells of several batches, one above the other, as `lax.scan` takes them."""
    batches = [cut(ratings, users_B, size) for users_B in users_TxB]
    return Cells(*(np.stack(parts) for parts in zip(*batches, strict=True)))
