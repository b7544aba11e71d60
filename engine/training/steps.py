"""Step 4, train: the pure steps, compiled once.

`steps` runs a few steps of gradient descent in one dispatch (`lax.scan`): state and batches in, new state and losses
out, the old state's memory given back. `move_raters` then moves the raters' vectors by the gradient that gathered in
those steps: the product of the raters with the matrix costs more than a step, and every few steps are enough.
Nothing here reads a clock, a file or a random number that is not in its arguments.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

import jax
import jax.numpy as jnp
import numpy.typing as npt
import optax  # type: ignore[import-untyped]
from flax import nnx

from engine.config import Config
from engine.models.autoencoder import Autoencoder, Offsets, Raters, build
from engine.models.rater_index import RatedBy
from engine.models.sparse_ops import Cells

Tree = Any
"""A pytree of arrays: weights, or an optimiser's moments."""


class Graphs(NamedTuple):
    """The structure of the modules without their weights (hashable, so jit takes it as static)."""

    network: nnx.GraphDef[Any]
    raters: nnx.GraphDef[Any] | None


class RatersState(NamedTuple):
    """Raters' vectors, their moments, and the gradient gathered since they moved last."""

    weights: Tree
    moments: Tree
    gradient_MxD: jax.Array


class State(NamedTuple):
    """All that training changes."""

    weights: Tree
    moments: Tree
    raters_MxD: jax.Array
    """The decoder's part made of raters, as of their last move; empty for a network without raters."""
    raters: RatersState | None


Given = jax.Array | npt.NDArray[Any]
"""An array of the host or of the device."""


class Batches(NamedTuple):
    """The work of one dispatch."""

    half_SxBxM: Given | Cells
    """Half stars of the viewers of each step (uint8), 0 where unrated; or the rated cells, each leaf with axis S."""
    rate_S: Given
    """Learning rate of each step."""
    key_Sx4: Given
    """Random bits (uint32) that say which ratings each step hides from the encoder."""


def optimiser(config: Config) -> optax.GradientTransformation:
    """The direction of a step: Adam with decoupled weight decay, or the plain gradient for the study.

    The learning rate is not in it: each step multiplies by its own, so that schedules live outside.
    """
    if config.network == "study":
        return optax.identity()
    return optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(config.weight_decay))


def init(config: Config, n_movies: int, n_raters: int, seed: int) -> tuple[Graphs, State]:
    """Fresh weights and moments."""
    network, raters = build(config, n_movies, n_raters, seed)
    graph, weights = nnx.split(network)
    direction = optimiser(config)
    if raters is None:
        return Graphs(graph, None), State(weights, direction.init(weights), jnp.zeros((0, 0)), None)
    raters_graph, vectors = nnx.split(raters)
    product_MxD = jnp.zeros((n_movies, config.hidden))
    raters_state = RatersState(vectors, direction.init(vectors), jnp.zeros_like(product_MxD))
    state = State(weights, direction.init(weights), product_MxD, raters_state)
    return Graphs(graph, raters_graph), state


def restarted(config: Config, state: State) -> State:
    """A copy of the weights with fresh moments."""
    state, direction = copied(state), optimiser(config)
    raters = state.raters
    if raters is not None:
        raters = RatersState(raters.weights, direction.init(raters.weights), jnp.zeros_like(raters.gradient_MxD))
    return State(state.weights, direction.init(state.weights), state.raters_MxD, raters)


def merge_network(graphs: Graphs, weights: Tree) -> Autoencoder:
    """The module with these weights."""
    return cast(Autoencoder, nnx.merge(graphs.network, weights))


def merge_raters(graphs: Graphs, raters: Tree) -> Raters:
    """The raters' module with these vectors."""
    return cast(Raters, nnx.merge(cast("nnx.GraphDef[Any]", graphs.raters), raters))


def _move(config: Config, gradient: Tree, moments: Tree, weights: Tree, rate: Given) -> tuple[Tree, Tree]:
    direction, moments = optimiser(config).update(gradient, moments, weights)
    return jax.tree.map(lambda w, d: w - rate * d, weights, direction), moments


def step(graphs: Graphs, config: Config, offsets: Offsets, state: State, batch: Batches) -> tuple[State, jax.Array]:
    """One step of gradient descent: the state after it and the loss before it. `batch` has no axis S here."""
    drop = jax.random.wrap_key_data(jnp.asarray(batch.key_Sx4), impl="unsafe_rbg")

    rows = batch.half_SxBxM if isinstance(batch.half_SxBxM, Cells) else jnp.asarray(batch.half_SxBxM)

    def loss(weights: Tree, raters_MxD: jax.Array) -> jax.Array:
        return merge_network(graphs, weights).loss(rows, offsets, raters_MxD, drop)

    value, (gradient, raters_gradient_MxD) = jax.value_and_grad(loss, (0, 1))(state.weights, state.raters_MxD)
    weights, moments = _move(config, gradient, state.moments, state.weights, batch.rate_S)
    raters = state.raters
    if raters is not None:
        raters = raters._replace(gradient_MxD=raters.gradient_MxD + raters_gradient_MxD)
    return State(weights, moments, state.raters_MxD, raters), value


def _steps(graphs: Graphs, config: Config, offsets: Offsets, state: State, batches: Batches) -> tuple[State, jax.Array]:
    """Some steps in one dispatch: the state after them and the losses (S)."""

    def body(state: State, batch: Batches) -> tuple[State, jax.Array]:
        return step(graphs, config, offsets, state, batch)

    return jax.lax.scan(body, state, batches)


steps = partial(jax.jit, static_argnums=(0, 1), donate_argnums=3)(_steps)
"""`_steps` that gives the old state's memory back: for a run."""
kept_steps = partial(jax.jit, static_argnums=(0, 1))(_steps)
"""`_steps` that leaves the old state as it was: for an update that may be dropped."""


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def move_raters(config: Config, rated: RatedBy, raters: RatersState, rate: Given, n_steps: Given) -> RatersState:
    """Move the raters' vectors by the mean gradient of the last `n_steps` steps."""
    gradient_UxD = rated.of_users(raters.gradient_MxD * rated.scale() / n_steps)
    gradient = jax.tree.map(lambda _: gradient_UxD, raters.weights)
    weights, moments = _move(config, gradient, raters.moments, raters.weights, rate)
    return RatersState(weights, moments, jnp.zeros_like(raters.gradient_MxD))


@partial(jax.jit, static_argnums=0)
def raters_product(graphs: Graphs, raters: Tree, rated: RatedBy) -> jax.Array:
    """The decoder's part made of raters, M × D."""
    return merge_raters(graphs, raters)(rated)


@partial(jax.jit, static_argnums=0)
def folded(graphs: Graphs, weights: Tree, raters_MxD: jax.Array) -> Tree:
    """Weights for serving: the decoder's part made of raters is in them."""
    network = merge_network(graphs, weights)
    network.fold(raters_MxD)
    return nnx.split(network)[1]


@partial(jax.jit, static_argnums=0)
def fold_in(graphs: Graphs, weights: Tree, offsets: Offsets, half_BxM: Given) -> jax.Array:
    """Predicted stars (B × M) of viewers who need not be known: one forward pass of folded weights."""
    return merge_network(graphs, weights).predict(jnp.asarray(half_BxM), offsets)


def without_vectors(state: State) -> State:
    """What steps need: the raters' vectors, which no step changes, would only be copied by `kept_steps`."""
    raters = state.raters
    return state if raters is None else state._replace(raters=RatersState((), (), raters.gradient_MxD))


def with_vectors(stepped: State, before: State) -> State:
    """A state that was stepped without the raters' vectors, with those of the state before."""
    if stepped.raters is None or before.raters is None:
        return stepped
    return stepped._replace(raters=before.raters._replace(gradient_MxD=stepped.raters.gradient_MxD))


@jax.jit
def size(weights: Tree) -> jax.Array:
    """Sum of all absolute weights: not finite as soon as one of them is not."""
    return sum((jnp.abs(leaf).sum() for leaf in jax.tree.leaves(weights)), jnp.zeros(()))


T = TypeVar("T", State, RatersState)


def copied(state: T) -> T:
    """A state with arrays of its own, since a step gives the memory of the old ones back."""
    copy: T = jax.tree.map(jnp.copy, state)
    return copy


def ready(tree: Tree) -> Tree:
    """Wait until the arrays are computed, so that times are true and a viewer's request does not queue behind them."""
    for leaf in jax.tree.leaves(tree):
        leaf.block_until_ready()
    return tree
