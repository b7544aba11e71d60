"""Biases: how high stars are given, on the whole, to each movie and by each viewer. All their arithmetic is here.

The baseline prediction is `b_ui = μ + b_i + b_u` (Koren, ACM TKDD 2010, section 2.1). A bias is the mean of what is
left above the rest, shrunk towards 0: `b = Σ above / (n + λ)`. What a rating is above μ and b_i gives the viewer's
bias; what it is above all three is its residual, which the network learns and the neighbours correct.

The functions take arrays of numpy and of jax alike, and compute in the precision of the half stars they are given
(integers: float32).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from engine.config import Config
from engine.data.arrays import Array
from engine.data.delta import RatingDelta
from engine.data.matrix import RatingMatrix
from engine.models.packing import PackedBatch
from engine.models.sparse_ops import by_user

HALF = np.float32(0.5)
"""Stars of half a star, in the network's precision."""
SWEEPS = 4
"""Times that movies and users take turns in a fit; after four hardly anything moves."""
AnyArray = Any
"""An array of numpy or of jax."""


class Biases(NamedTuple):
    """What is known before any network."""

    mean: jax.Array
    """μ: mean of the training stars."""
    movie_M: jax.Array
    """b_i, in stars."""
    known_M: jax.Array
    """1 for movies of the catalogue, 0 for the padding."""
    user_shrink: jax.Array
    """λ of a viewer's bias: ratings at the mean that it is shrunk by."""
    low: jax.Array
    """Lowest stars of the data."""
    high: jax.Array
    """Highest stars of the data."""


class Centred(NamedTuple):
    """Ratings less the mean and the movies' biases; the arrays are dense rows (B × M) or packed cells (J × W)."""

    above: AnyArray
    """Stars over μ + b_i, 0 where unrated."""
    rated: AnyArray
    """1 where rated, else 0."""
    count_B: AnyArray
    """Ratings of each viewer."""
    user_B: AnyArray
    """b_u of each viewer; 0 without ratings."""
    user_Xx1: AnyArray
    """b_u of the viewer of each row of `above`."""

    @property
    def residual(self) -> AnyArray:
        """Stars over all biases, 0 where unrated."""
        return self.above - self.user_Xx1 * self.rated


def shrunk(sum_X: AnyArray, count_X: AnyArray, shrink: AnyArray | float) -> AnyArray:
    """The mean of n values shrunk towards 0: their sum over n + λ."""
    return sum_X / (count_X + shrink)


def above(half_X: AnyArray, movie_X: AnyArray, biases: Biases) -> AnyArray:
    """Stars over the mean and the movies' biases."""
    return half_X * HALF - biases.mean - movie_X


def centre(half_BxM: AnyArray, biases: Biases) -> Centred:
    """Centre dense rows of half stars."""
    rated_BxM = (half_BxM > 0).astype(np.float32)
    above_BxM = above(half_BxM, biases.movie_M, biases) * rated_BxM
    count_B = rated_BxM.sum(1)
    user_B = shrunk(above_BxM.sum(1), count_B, biases.user_shrink)
    return Centred(above_BxM, rated_BxM, count_B, user_B, user_B[:, None])


def centre_packed(batch: PackedBatch, biases: Biases) -> Centred:
    """Centre a packed batch."""
    half_JxW = jnp.asarray(batch.half_JxW)
    rated_JxW = (half_JxW > 0).astype(jnp.float32)
    above_JxW = above(half_JxW, biases.movie_M[batch.movie_JxW], biases) * rated_JxW
    count_B = by_user(batch, rated_JxW)
    user_B = shrunk(by_user(batch, above_JxW), count_B, biases.user_shrink)
    return Centred(above_JxW, rated_JxW, count_B, user_B, user_B[batch.user_J][:, None])


def centre_history(movie_L: Array, half_L: Array, biases: Biases) -> tuple[Array, np.float32]:
    """One viewer's ratings less the mean and the movies' biases, and the viewer's bias."""
    above_L = above(half_L, np.asarray(biases.movie_M)[movie_L], biases)
    return above_L, shrunk(above_L.sum(), np.float32(len(movie_L)), biases.user_shrink)


def viewer_means(half_BxM: Array, biases: Biases) -> Array:
    """What viewers with these rows give to an unknown movie: the mean and their own bias, in double precision."""
    centred = centre(half_BxM.astype(np.float64), biases)
    mean_B: Array = np.clip(biases.mean + centred.user_B, biases.low, biases.high)
    return mean_B


def baseline(mean_X: Array | np.float32, movie_X: Array, biases: Biases) -> Array:
    """The prediction without a network, in the range of the data, from viewers' means and movies' biases."""
    return np.clip(mean_X + movie_X, biases.low, biases.high)


def on_host(biases: Biases) -> Biases:
    """The same biases as arrays of numpy."""
    return Biases(*(np.asarray(part) for part in biases))  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------------------------- fitting


def alternate(
    movie_N: Array, user_N: Array, over_N: Array, n_movies: int, n_users: int, movie_shrink: float, user_shrink: float,
    sweeps: int,
) -> tuple[Array, Array]:  # fmt: skip
    """Movies' and users' biases by alternating least squares, movies first.

    They minimise Σ (over - b_i - b_u)² + λ_i Σ b_i² + λ_u Σ b_u², where `over_N` are the stars less the mean.
    """
    count_M, count_U = np.bincount(movie_N, minlength=n_movies), np.bincount(user_N, minlength=n_users)
    movie_M, user_U = np.zeros(n_movies), np.zeros(n_users)
    for _ in range(sweeps):
        movie_M = shrunk(np.bincount(movie_N, over_N - user_U[user_N], n_movies), count_M, movie_shrink)
        user_U = shrunk(np.bincount(user_N, over_N - movie_M[movie_N], n_users), count_U, user_shrink)
    return movie_M, user_U


def fit(matrix: RatingMatrix, config: Config, n_padded: int) -> tuple[Biases, Array]:
    """The biases of the training ratings, on the host, and the users' (U, float64)."""
    train_N = ~matrix.held_N
    stars_N = matrix.half_N[train_N] * 0.5
    mean = float(stars_N.mean()) if len(stars_N) else 3.0
    movie_M, user_U = alternate(
        matrix.movie_N[train_N], matrix.user_N[train_N], stars_N - mean, n_padded, matrix.n_users,
        config.movie_shrink, config.user_shrink, SWEEPS,
    )  # fmt: skip
    low, high = (float(stars_N.min()), float(stars_N.max())) if len(stars_N) else (0.5, 5.0)
    scalars = [np.float32(value) for value in (mean, config.user_shrink, low, high)]
    known_M = known_movies(matrix.n_movies, n_padded)
    return Biases(scalars[0], movie_M.astype(np.float32), known_M, *scalars[1:]), user_U  # type: ignore[arg-type]


def known_movies(n_movies: int, n_padded: int) -> Array:
    """1 for each movie of the catalogue, 0 for the padding (float32)."""
    return (np.arange(n_padded) < n_movies).astype(np.float32)


def residuals(matrix: RatingMatrix, biases: Biases, user_U: Array) -> Array:
    """What the biases leave of each rating (N, float64)."""
    mean, movie_M = float(biases.mean), np.asarray(biases.movie_M)
    residual_N: Array = matrix.half_N * 0.5 - mean - movie_M[matrix.movie_N] - user_U[matrix.user_N]
    return residual_N


def changed_users(delta: RatingDelta, user_U: Array, n_users: int, biases: Biases, movie_M: Array) -> Array:
    """The users' biases after a delta (U): new for its viewers, as before for the others."""
    changed_U: Array = np.pad(user_U, (0, n_users - len(user_U)))
    rated_N = delta.new_half_N > 0
    above_N = (delta.new_half_N * 0.5 - float(biases.mean) - movie_M[delta.movie_N]) * rated_N
    count_B, sum_B = (np.bincount(delta.viewer_N, value_N, len(delta.user_B)) for value_N in (rated_N, above_N))
    changed_U[delta.user_B] = shrunk(sum_B, count_B, float(biases.user_shrink))
    return changed_U
