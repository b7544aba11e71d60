"""The study's network with the loss on the rated cells alone, trained on lists of cells instead of dense rows.

The same function as `StudyAutoencoder` with a masked loss, and to rounding the same steps; the work of an epoch follows
the number of ratings. Its first and last tables have a row a movie, so that a cell reads what lies side by side.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import optax  # type: ignore[import-untyped]
from flax import nnx

from engine.config import Config
from engine.data.csr import Rows
from engine.data.interactions import Array
from engine.models import sparse_ops as sparse
from engine.models.sparse_ops import Cells

LEARNING_RATE = 1e-3
CHUNK_STEPS = 6
"""Steps of one dispatch: the cells of the next are cut while it runs."""
Tree = Any
Graph = nnx.GraphDef[Any]
"""The structure of the module without its weights."""


class MaskedStudy(nnx.Module):
    """movies-256-128-64-128-256-movies, ReLU inside, sigmoid at the end; squared error over the rated cells."""

    def __init__(self, n_movies: int, config: Config, *, rngs: nnx.Rngs) -> None:
        widths = (*config.layers, *reversed(config.layers[:-1]))
        he = nnx.initializers.he_normal()
        self.encode_MxD = nnx.Param(he(rngs.params(), (n_movies, widths[0])))
        self.encode_D = nnx.Param(jnp.zeros(widths[0]))
        self.inner = nnx.List(nnx.Linear(a, b, kernel_init=he, rngs=rngs) for a, b in pairwise(widths))
        self.decode_MxD = nnx.Param(he(rngs.params(), (widths[-1], n_movies)).T)
        self.decode_M = nnx.Param(jnp.zeros(n_movies))

    def __call__(self, stars_BxM: jax.Array) -> jax.Array:
        """Reconstruction of stars / 5 (0 where unrated), each in 0..1."""
        hidden_BxD = self._inside(stars_BxM @ self.encode_MxD[...])
        return nnx.sigmoid(hidden_BxD @ self.decode_MxD[...].T + self.decode_M[...])

    def loss(self, cells: Cells) -> jax.Array:
        """Mean squared error over the cells, in (stars / 5)²."""
        half_SxK = jnp.asarray(cells.half_SxK)
        rated_SxK, stars_SxK = half_SxK > 0, half_SxK * jnp.float32(0.1)
        hidden_BxD = self._inside(sparse.times(cells, stars_SxK, self.encode_MxD[...]))
        found_SxK = sparse.at_cells(cells, hidden_BxD, self.decode_MxD[...])
        found_SxK = nnx.sigmoid(found_SxK + sparse.of_movies(cells, self.decode_M[...]))
        error_SxK = jnp.where(rated_SxK, found_SxK - stars_SxK, 0.0)
        return jnp.sum(error_SxK**2) / jnp.maximum(jnp.sum(rated_SxK), 1)

    def _inside(self, summed_BxD: jax.Array) -> jax.Array:
        hidden_BxD = nnx.relu(summed_BxD + self.encode_D[...])
        for layer in self.inner:
            hidden_BxD = nnx.relu(layer(hidden_BxD))
        return hidden_BxD


class State(NamedTuple):
    """All that training changes."""

    weights: Tree
    moments: Tree


def init(config: Config, n_movies: int, seed: int) -> tuple[Graph, State]:
    """Fresh weights and Adam's moments."""
    graph, weights = nnx.split(MaskedStudy(n_movies, config, rngs=nnx.Rngs(seed)))
    return graph, State(weights, optax.adam(LEARNING_RATE).init(weights))


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def epoch(graph: Graph, state: State, work: Cells) -> tuple[State, jax.Array]:
    """The steps of some batches (`sparse.cut_all`) in one dispatch: the state after them and their losses."""

    def step(state: State, cells: Cells) -> tuple[State, jax.Array]:
        def loss(weights: Tree) -> jax.Array:
            return merge(graph, weights).loss(cells)

        value, gradient = jax.value_and_grad(loss)(state.weights)
        update, moments = optax.adam(LEARNING_RATE).update(gradient, state.moments, state.weights)
        return State(optax.apply_updates(state.weights, update), moments), value

    return jax.lax.scan(step, state, work)


def run_epoch(graph: Graph, state: State, ratings: Rows, users_TxB: Array) -> tuple[State, jax.Array]:
    """A whole epoch: the state after its steps and their losses. The arrays may still be on their way."""
    size, losses = sparse.room(ratings, users_TxB), []
    for start in range(0, len(users_TxB), CHUNK_STEPS):
        state, loss_S = epoch(graph, state, sparse.cut_all(ratings, users_TxB[start : start + CHUNK_STEPS], size))
        losses.append(loss_S)
    return state, jnp.concatenate(losses)


@partial(jax.jit, static_argnums=0)
def predict(graph: Graph, weights: Tree, half_BxM: jax.Array | Array) -> jax.Array:
    """Fold in: rows of half stars to predicted stars (B × M)."""
    return 5.0 * merge(graph, weights)(jnp.asarray(half_BxM) * jnp.float32(0.1))


def merge(graph: Graph, weights: Tree) -> MaskedStudy:
    """The module with these weights."""
    return cast(MaskedStudy, nnx.merge(graph, weights))
