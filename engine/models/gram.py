"""Products of the user × movie matrix with itself, over the most rated movies: block by block of users, dense."""

from __future__ import annotations

import numpy as np

from engine.data.arrays import Array
from engine.data.matrix import RatingMatrix

USERS = 512
"""Users of a block."""


def most_rated(matrix: RatingMatrix, most: int, n_padded: int) -> Array:
    """The most rated movies, at most so many, in order of column; where there are few, all columns with the padding."""
    if n_padded <= most:
        return np.arange(n_padded, dtype=np.int32)
    counts = np.bincount(matrix.movie_N, minlength=n_padded)
    return np.sort(np.argsort(-counts, kind="stable")[:most]).astype(np.int32)


def columns_of(movie_K: Array, n_padded: int) -> Array:
    """The column of each movie among some of them, -1 for the others."""
    column_M = np.full(n_padded, -1, np.int32)
    column_M[movie_K] = np.arange(len(movie_K), dtype=np.int32)
    return column_M


def product(matrix: RatingMatrix, value_N: Array, movie_K: Array, n_padded: int) -> Array:
    """XᵀX (K × K, float64) of a matrix that has a value for each training cell. Releases the interpreter's lock."""
    column_N = columns_of(movie_K, n_padded)[matrix.movie_N]
    use_N = (column_N >= 0) & ~matrix.held_N
    gram_KxK = np.zeros((len(movie_K), len(movie_K)))
    for first in range(0, matrix.n_users, USERS):
        users_B = np.arange(first, min(first + USERS, matrix.n_users))
        row_N, cells = matrix.cells(users_B)
        use = use_N[cells]
        x_BxK = np.zeros((len(users_B), len(movie_K)), np.float32)
        x_BxK[row_N[use], column_N[cells][use]] = value_N[cells][use]
        gram_KxK += x_BxK.T @ x_BxK
    return gram_KxK
