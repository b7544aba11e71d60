"""The study's network with the loss on the rated cells alone, trained on packed cells instead of dense rows.

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
from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.models import sparse_ops as sparse
from engine.models.packing import CHUNK, SEGMENT, Capacity, PackedBatch, pack

LEARNING_RATE = 1e-3
CHUNK_STEPS = 6
"""Steps of one dispatch: the cells of the next are packed while it runs."""
DEVIATIONS = 6.0
"""Standard deviations of a batch's size that there is room for, so that hardly any batch compiles anew."""
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

    def loss(self, batch: PackedBatch) -> jax.Array:
        """Mean squared error over the cells, in (stars / 5)²."""
        half_JxW = jnp.asarray(batch.half_JxW)
        rated_JxW, stars_JxW = half_JxW > 0, half_JxW * jnp.float32(0.1)
        hidden_BxD = self._inside(sparse.times(batch, stars_JxW, self.encode_MxD[...]))
        found_JxW = sparse.at_cells(batch, hidden_BxD, self.decode_MxD[...])
        found_JxW = nnx.sigmoid(found_JxW + sparse.of_movies(batch, self.decode_M[...]))
        error_JxW = jnp.where(rated_JxW, found_JxW - stars_JxW, 0.0)
        return jnp.sum(error_JxW**2) / jnp.maximum(jnp.sum(rated_JxW), 1)

    def _inside(self, summed_BxD: jax.Array) -> jax.Array:
        hidden_BxD = nnx.relu(summed_BxD + self.encode_D[...])
        for layer in self.inner:
            hidden_BxD = nnx.relu(layer(hidden_BxD))
        return hidden_BxD


class State(NamedTuple):
    """All that training changes."""

    weights: Tree
    opt_state: Tree


def init(config: Config, n_movies: int, seed: int) -> tuple[Graph, State]:
    """Fresh weights and Adam's state."""
    graph, weights = nnx.split(MaskedStudy(n_movies, config, rngs=nnx.Rngs(seed)))
    return graph, State(weights, optax.adam(LEARNING_RATE).init(weights))


@partial(jax.jit, static_argnums=0, donate_argnums=1)
def epoch(graph: Graph, state: State, work: PackedBatch) -> tuple[State, jax.Array]:
    """The steps of some batches (`packed`) in one dispatch: the state after them and their losses."""

    def step(state: State, batch: PackedBatch) -> tuple[State, jax.Array]:
        def loss(weights: Tree) -> jax.Array:
            return merge(graph, weights).loss(batch)

        value, gradient = jax.value_and_grad(loss)(state.weights)
        update, opt_state = optax.adam(LEARNING_RATE).update(gradient, state.opt_state, state.weights)
        return State(optax.apply_updates(state.weights, update), opt_state), value

    return jax.lax.scan(step, state, work)


def run_epoch(graph: Graph, state: State, ratings: CsrRatings, users_TxB: Array) -> tuple[State, jax.Array]:
    """A whole epoch: the state after its steps and their losses. The arrays may still be on their way."""
    capacity, losses = capacity_of(ratings, users_TxB), []
    for start in range(0, len(users_TxB), CHUNK_STEPS):
        state, loss_S = epoch(graph, state, packed(ratings, users_TxB[start : start + CHUNK_STEPS], capacity))
        losses.append(loss_S)
    return state, jnp.concatenate(losses)


def capacity_of(ratings: CsrRatings, users_TxB: Array) -> Capacity:
    """Room for batches of this many viewers as chance makes them, and for these ones in any case."""
    lengths_U = ratings.lengths
    return Capacity(*(_room(size_U, users_TxB) for size_U in (-(-lengths_U // SEGMENT), lengths_U)))


def _room(size_U: Array, users_TxB: Array) -> int:
    batch = users_TxB.shape[1]
    expected = size_U.mean() * batch + DEVIATIONS * size_U.std() * batch**0.5
    needed = max(expected, int(size_U[users_TxB].sum(1).max()))
    return max(-(-int(needed) // CHUNK) * CHUNK, CHUNK)


def packed(ratings: CsrRatings, users_SxB: Array, capacity: Capacity) -> PackedBatch:
    """The cells of several batches of viewers, one above the other."""
    return PackedBatch.stack(pack(ratings.take(users_B), capacity) for users_B in users_SxB)


@partial(jax.jit, static_argnums=0)
def predict(graph: Graph, weights: Tree, half_BxM: jax.Array | Array) -> jax.Array:
    """Fold in: rows of half stars to predicted stars (B × M)."""
    return 5.0 * merge(graph, weights)(jnp.asarray(half_BxM) * jnp.float32(0.1))


def merge(graph: Graph, weights: Tree) -> MaskedStudy:
    """The module with these weights."""
    return cast(MaskedStudy, nnx.merge(graph, weights))
