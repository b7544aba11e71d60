"""∞-AE: an autoencoder of infinite width, solved as a kernel regression over the users."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax.scipy.linalg import cho_factor, cho_solve

from engine.errors import UsageError
from engine.evaluation.baselines.interactions import liked, positives

WEIGHT_VARIANCE = 2.0
"""Variance of the weights, times the fan-in (He initialisation), as in the authors' code."""
BIAS_VARIANCE = 0.01
"""Variance of the biases, as in the authors' code."""
MAX_USERS = 30_000
"""The kernel of so many users takes 3.6 GB; more are refused."""


class InfiniteAE:
    """Sachdeva et al.: Infinite recommendation networks, NeurIPS 2022 (arXiv 2206.02617), one hidden layer.

    Scores = K(x, X) (K(X, X) + λ tr(K) / U · I)⁻¹ X with the neural tangent kernel K of a ReLU network.
    """

    dated = False

    def __init__(self, ridge: float = 5.0) -> None:
        """`ridge` is the paper's λ; 5 is the best of 1, 5 and 20 on MovieLens 1M's validation users."""
        self._ridge = ridge

    def fit(self, train: pd.DataFrame) -> None:
        """Solve the regression: one weight for each training user and movie."""
        known = positives(train)
        n = len(known.users)
        if n > MAX_USERS:
            raise UsageError(f"{n:,} users need a kernel of {n * n * 4 / 1e9:.0f} GB: leave infinite-ae out")
        self._movies = known.movies
        self._x_UxM = jnp.asarray(known.x_UxM.toarray())
        self._dual_UxM = _dual(self._x_UxM, jnp.float32(self._ridge)).block_until_ready()

    def predict(self, pairs: pd.DataFrame) -> None:
        """Nothing: ∞-AE only ranks."""

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Kernel to the training users × weights."""
        asked = liked(histories, self._movies)
        x_BxM = jnp.asarray(asked.x_UxM.toarray())
        return asked.scores(np.asarray(_answer(x_BxM, self._x_UxM, self._dual_UxM)))


@jax.jit
def _dual(x_UxM: jax.Array, ridge: jax.Array) -> jax.Array:
    kernel_UxU = tangent_kernel(x_UxM, x_UxM)
    level = ridge * jnp.trace(kernel_UxU) / len(kernel_UxU)
    regular_UxU = kernel_UxU + level * jnp.eye(len(kernel_UxU), dtype=kernel_UxU.dtype)
    return cho_solve(cho_factor(regular_UxU, lower=True), x_UxM)


@jax.jit
def _answer(x_BxM: jax.Array, x_UxM: jax.Array, dual_UxM: jax.Array) -> jax.Array:
    return tangent_kernel(x_BxM, x_UxM) @ dual_UxM


def tangent_kernel(x_BxM: jax.Array, x_UxM: jax.Array) -> jax.Array:
    """Neural tangent kernel (Jacot et al. 2018) of M inputs, one infinitely wide ReLU layer, linear outputs: B × U.

    With Σ = σ_w² x·x' / M + σ_b², the angle θ between two users under Σ, and the ReLU's arc-cosine kernels (Cho &
    Saul 2009) κ1 = √(Σxx Σx'x') (sin θ + (π - θ) cos θ) / 2π and κ0 = (π - θ) / 2π, it is
    σ_w² κ1 + σ_b² + σ_w² Σ κ0.
    """
    hidden_BxU = WEIGHT_VARIANCE * (x_BxM @ x_UxM.T) / x_BxM.shape[1] + BIAS_VARIANCE
    own_B, own_U = _own(x_BxM), _own(x_UxM)
    size_BxU = jnp.sqrt(own_B[:, None] * own_U[None, :])
    cosine_BxU = jnp.clip(hidden_BxU / size_BxU, -1.0, 1.0)
    angle_BxU = jnp.arccos(cosine_BxU)
    value_BxU = size_BxU * (jnp.sin(angle_BxU) + (jnp.pi - angle_BxU) * cosine_BxU) / (2 * jnp.pi)
    slope_BxU = (jnp.pi - angle_BxU) / (2 * jnp.pi)
    return WEIGHT_VARIANCE * (value_BxU + hidden_BxU * slope_BxU) + BIAS_VARIANCE


def _own(x_BxM: jax.Array) -> jax.Array:
    return WEIGHT_VARIANCE * jnp.sum(x_BxM * x_BxM, axis=1) / x_BxM.shape[1] + BIAS_VARIANCE
