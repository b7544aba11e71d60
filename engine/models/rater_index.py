"""Who rated what, on the device: the user × movie matrix of ones in compressed rows, by movie and by user.

The users' factors are summed over it in every few steps. Dense, that is users × movies × D multiplications; here it
is ratings × D additions, and memory follows the ratings too.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.sparse import csr_matrix

from engine.data.arrays import Array, starts_of
from engine.data.matrix import RatingMatrix
from engine.models.sparse_ops import rows_times

CELL_BLOCK = 65_536
"""Cells are padded to a multiple of this, so that new ratings do not change a shape."""


class RaterIndex(NamedTuple):
    """Who rated which movies in training, by movie and by user; cells after the last row's end are padding."""

    movie_start: jax.Array | Array
    """Where each movie's cells begin in `user_N` (M + 1)."""
    user_N: jax.Array | Array
    user_start: jax.Array | Array
    """Where each user's cells begin in `movie_N` (U + 1)."""
    movie_N: jax.Array | Array

    def of_movies(self, table_UxD: jax.Array) -> jax.Array:
        """Each movie's sum of its raters' rows (M × D)."""
        return _sums(self.movie_start, self.user_N, table_UxD)

    def of_users(self, table_MxD: jax.Array) -> jax.Array:
        """Each user's sum of the rated movies' rows (U × D)."""
        return _sums(self.user_start, self.movie_N, table_MxD)

    def scale(self) -> jax.Array:
        """1 / sqrt(number of raters) of each movie, at least one (M × 1)."""
        return jax.lax.rsqrt(jnp.maximum(jnp.diff(jnp.asarray(self.movie_start)), 1).astype(jnp.float32))[:, None]


def rater_index(matrix: RatingMatrix, n_users: int, n_movies: int) -> RaterIndex:
    """The training cells of a matrix, with so many rows and columns."""
    train_N = ~matrix.held_N
    by_user = csr_matrix(
        (
            np.ones(int(train_N.sum()), np.int8),
            matrix.movie_N[train_N],
            starts_of(np.pad(matrix.train_counts(), (0, n_users - matrix.n_users))),
        ),
        shape=(n_users, n_movies),
    )
    by_movie = by_user.tocsc()
    room = -(-(by_user.nnz + 1) // CELL_BLOCK) * CELL_BLOCK - by_user.nnz
    columns = (by_movie.indptr, np.pad(by_movie.indices, (0, room)), by_user.indptr, np.pad(by_user.indices, (0, room)))
    return RaterIndex(*(np.asarray(column, np.int32) for column in columns))


def _sums(start: jax.Array | Array, index_N: jax.Array | Array, table: jax.Array) -> jax.Array:
    start, index_N = jnp.asarray(start), jnp.asarray(index_N)
    summed: jax.Array = jax.lax.platform_dependent(start, index_N, table, cpu=_compressed, default=_scattered)
    return summed


def _compressed(start: jax.Array, index_N: jax.Array, table: jax.Array) -> jax.Array:
    """Sparse matrix times dense matrix, as compiled code over compressed rows."""
    return rows_times(jnp.ones(len(index_N), table.dtype), index_N, start, table)


def _scattered(start: jax.Array, index_N: jax.Array, table: jax.Array) -> jax.Array:
    """The same by scattered additions, as accelerators do them well."""
    row_N = jnp.searchsorted(start, jnp.arange(len(index_N)), side="right") - 1
    return jnp.zeros((len(start) - 1, table.shape[1]), table.dtype).at[row_N].add(table[index_N], mode="drop")
