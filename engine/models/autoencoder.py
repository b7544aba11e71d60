"""What a network is to training and inference, and the pure functions that they call.

`NetworkSpec` names all that the engine asks of a kind of network; `engine.models.networks` lists the kinds. A network
is a Flax NNX module without state of its own beside the weights: `nnx.split` once, then pure functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol, cast

import jax
import jax.numpy as jnp
import optax  # type: ignore[import-untyped]
from flax import nnx

from engine.config import Config
from engine.data.arrays import Array
from engine.models.biases import Biases
from engine.models.packing import PackedBatch
from engine.models.rater_index import RaterIndex
from engine.models.tables import Dense, Tables

Ratings = jax.Array | PackedBatch
"""A batch of viewers: half stars as dense rows (B × M), or packed cells."""
Tree = Any
"""A pytree of arrays: weights, or an optimiser's state."""


class Autoencoder(Protocol):
    """A network with its weights."""

    def predict(self, half_BxM: jax.Array, biases: Biases) -> jax.Array:
        """Fold viewers in: rows of half stars to predicted stars (B × M), one forward pass."""
        ...

    def loss(self, ratings: Ratings, biases: Biases, implicit_MxD: jax.Array, key: jax.Array) -> jax.Array:
        """Training loss of a batch; the implicit part is empty for a network without user factors."""
        ...


class ImplicitDecoder(Autoencoder, Protocol):
    """A network whose decoder has an implicit part."""

    def absorb(self, implicit_MxD: jax.Array) -> None:
        """Add the implicit part to the decoder's weights, for inference."""
        ...


class UserPart(Protocol):
    """Factors of the users, which make the implicit part."""

    def __call__(self, index: RaterIndex) -> jax.Array:
        """The implicit part (M × D)."""
        ...


def adam(config: Config) -> optax.GradientTransformation:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""
    return optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(config.weight_decay))


@dataclass(frozen=True)
class NetworkSpec:
    """A kind of network: all that the engine asks of one. What is left out is what a plain network has."""

    network: Callable[..., Autoencoder]
    """Makes one with its first weights: `network(n_movies, config, rngs=rngs)`."""
    factors: Callable[..., UserPart] | None = None
    """Makes the user factors, `factors(n_users, config, rngs=rngs)`, of a network that is an `ImplicitDecoder`."""
    optimiser: Callable[[Config], optax.GradientTransformation] = adam
    """The direction of a step. The learning rate is not in it: each step multiplies by its own."""
    packs_cells: bool = False
    """Whether its loss takes packed cells too: on a CPU an epoch then costs what there are ratings."""
    tables: Callable[[Any], Tables] | None = None
    """For a network whose stars are a sum over the ratings: reads its tables, so that one viewer needs no device, and
    each rating's part in the stars is known. None: one viewer is a forward pass, and parts are found by leaving out."""

    layers: Callable[[Any], tuple[Dense, ...]] | None = None
    """For a network of dense layers over stars / 5, with ReLUs and a sigmoid at the end: reads them for the lab."""


class Graphs(NamedTuple):
    """The kind of network, and its modules without their weights (hashable, so jit takes it as static)."""

    spec: NetworkSpec
    network: nnx.GraphDef[Any]
    factors: nnx.GraphDef[Any] | None


class FactorsState(NamedTuple):
    """The users' factors in training."""

    weights: Tree
    opt_state: Tree
    gradient_MxD: jax.Array
    """The implicit part's gradient, gathered since the factors moved last."""


class TrainState(NamedTuple):
    """All that a training step changes."""

    weights: Tree
    opt_state: Tree
    implicit_MxD: jax.Array
    """The implicit part as of the factors' last move; empty for a network without one."""
    factors: FactorsState | None


def merge(graphs: Graphs, weights: Tree) -> Autoencoder:
    """The network with these weights."""
    return cast(Autoencoder, nnx.merge(graphs.network, weights))


@partial(jax.jit, static_argnums=0)
def implicit_part(graphs: Graphs, factor_weights: Tree, index: RaterIndex) -> jax.Array:
    """The implicit part of the decoder, M × D."""
    factors = cast(UserPart, nnx.merge(cast("nnx.GraphDef[Any]", graphs.factors), factor_weights))
    return factors(index)


@partial(jax.jit, static_argnums=0)
def frozen_weights(graphs: Graphs, weights: Tree, implicit_MxD: jax.Array) -> Tree:
    """Weights for inference: the decoder holds the implicit part, where the network has one."""
    if graphs.factors is None:
        return weights
    network = cast(ImplicitDecoder, merge(graphs, weights))
    network.absorb(implicit_MxD)
    return nnx.split(network)[1]


@partial(jax.jit, static_argnums=0)
def forward(graphs: Graphs, frozen: Tree, biases: Biases, half_BxM: jax.Array | Array) -> jax.Array:
    """Predicted stars (B × M) of viewers who need not be known: one forward pass of frozen weights."""
    return merge(graphs, frozen).predict(jnp.asarray(half_BxM), biases)
