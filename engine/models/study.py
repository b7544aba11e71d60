"""Step 3, model: the study's network."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import optax  # type: ignore[import-untyped]
from flax import nnx

from engine.config import Config
from engine.models.autoencoder import NetworkSpec, Ratings
from engine.models.biases import Biases
from engine.models.packing import PackedBatch
from engine.models.tables import Dense


class StudyAutoencoder(nnx.Module):
    """The study's network: movies-256-128-64-128-256-movies, ReLU inside, sigmoid at the end.

    Input are stars / 5 with 0 where there is no rating, and the loss is the mean squared error between input and
    reconstruction over all cells.
    """

    def __init__(self, n_movies: int, config: Config, *, rngs: nnx.Rngs) -> None:
        widths = (n_movies, *config.layers, *reversed(config.layers[:-1]), n_movies)
        he = nnx.initializers.he_normal()
        dtype = jnp.bfloat16 if config.mixed_precision else None
        self.layers = nnx.List(nnx.Linear(a, b, kernel_init=he, dtype=dtype, rngs=rngs) for a, b in pairwise(widths))

    def __call__(self, stars_BxM: jax.Array) -> jax.Array:
        """Reconstruction of stars / 5, each in 0..1."""
        hidden = stars_BxM
        for layer in self.layers[:-1]:
            hidden = nnx.relu(layer(hidden))
        return nnx.sigmoid(self.layers[-1](hidden).astype(jnp.float32))

    def predict(self, half_BxM: jax.Array, biases: Biases) -> jax.Array:
        """Fold viewers in: rows of half stars to predicted stars (B × M), one forward pass."""
        return jnp.clip(5.0 * self(half_BxM * jnp.float32(0.1)), biases.low, biases.high)

    def loss(self, ratings: Ratings, biases: Biases, implicit_MxD: jax.Array, key: jax.Array) -> jax.Array:
        """Mean squared error over all cells of the catalogue, rated or not."""
        del implicit_MxD, key
        if isinstance(ratings, PackedBatch):
            raise TypeError("the study's loss looks at all cells: it takes dense rows")
        stars_BxM = ratings * jnp.float32(0.1)
        error_BxM = (self(stars_BxM) - stars_BxM) * biases.known_M
        return jnp.sum(error_BxM**2) / (ratings.shape[0] * biases.known_M.sum())


def _plain_gradient(config: Config) -> optax.GradientTransformation:
    return optax.identity()


def _layers(network: StudyAutoencoder) -> tuple[Dense, ...]:
    return tuple(Dense(np.asarray(layer.kernel[...]), np.asarray(layer.bias[...])) for layer in network.layers)


STUDY = NetworkSpec(StudyAutoencoder, optimiser=_plain_gradient, layers=_layers)
