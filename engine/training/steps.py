"""Step 4, train: the pure steps, compiled once.

`take` runs a few steps of gradient descent in one dispatch (`lax.scan`): state and batches in, new state and losses
out, the old state's memory given back. `move_factors` then moves the user factors by the gradient that gathered in
those steps: the product of the factors with the matrix costs more than a step, and every few steps are enough.
Nothing here reads a clock, a file or a random number that is not in its arguments.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy.typing as npt

from engine.config import Config
from engine.models.autoencoder import FactorsState, Graphs, TrainState, Tree, merge
from engine.models.biases import Biases
from engine.models.networks import fresh, spec_of
from engine.models.packing import PackedBatch
from engine.models.rater_index import RaterIndex

Given = jax.Array | npt.NDArray[Any]
"""An array of the host or of the device."""


class Batches(NamedTuple):
    """The work of one dispatch."""

    half_SxBxM: Given | PackedBatch
    """Half stars of the viewers of each step (uint8), 0 where unrated; or the packed cells, each leaf with axis S."""
    rate_S: Given
    """Learning rate of each step."""
    key_Sx4: Given
    """Random bits (uint32) that say which ratings each step hides from the encoder."""


def init(config: Config, n_movies: int, n_users: int, seed: int) -> tuple[Graphs, TrainState]:
    """Fresh weights and a fresh optimiser."""
    graphs, weights, factor_weights = fresh(config, n_movies, n_users, seed)
    direction = graphs.spec.optimiser(config)
    if factor_weights is None:
        return graphs, TrainState(weights, direction.init(weights), jnp.zeros((0, 0)), None)
    implicit_MxD = jnp.zeros((n_movies, config.hidden))
    factors = FactorsState(factor_weights, direction.init(factor_weights), jnp.zeros_like(implicit_MxD))
    return graphs, TrainState(weights, direction.init(weights), implicit_MxD, factors)


def template(config: Config, n_movies: int, n_users: int) -> tuple[Graphs, TrainState]:
    """The structure of the preset's network and the shapes of its training state: nothing is computed or allocated."""
    graphs = []

    def make() -> TrainState:
        graph, state = init(config, n_movies, n_users, 0)
        graphs.append(graph)
        return state

    state: TrainState = jax.eval_shape(make)
    return graphs[0], state


def restarted(config: Config, state: TrainState) -> TrainState:
    """A copy of the weights with a fresh optimiser."""
    state, direction = copied(state), spec_of(config).optimiser(config)
    factors = state.factors
    if factors is not None:
        factors = FactorsState(factors.weights, direction.init(factors.weights), jnp.zeros_like(factors.gradient_MxD))
    return TrainState(state.weights, direction.init(state.weights), state.implicit_MxD, factors)


def _move(config: Config, gradient: Tree, opt_state: Tree, weights: Tree, rate: Given) -> tuple[Tree, Tree]:
    direction, opt_state = spec_of(config).optimiser(config).update(gradient, opt_state, weights)
    return jax.tree.map(lambda w, d: w - rate * d, weights, direction), opt_state


def step(
    graphs: Graphs, config: Config, biases: Biases, state: TrainState, batch: Batches
) -> tuple[TrainState, jax.Array]:
    """One step of gradient descent: the state after it and the loss before it. `batch` has no axis S here."""
    drop = jax.random.wrap_key_data(jnp.asarray(batch.key_Sx4), impl="unsafe_rbg")
    ratings = batch.half_SxBxM if isinstance(batch.half_SxBxM, PackedBatch) else jnp.asarray(batch.half_SxBxM)

    def loss(weights: Tree, implicit_MxD: jax.Array) -> jax.Array:
        return merge(graphs, weights).loss(ratings, biases, implicit_MxD, drop)

    value, (gradient, implicit_gradient_MxD) = jax.value_and_grad(loss, (0, 1))(state.weights, state.implicit_MxD)
    weights, opt_state = _move(config, gradient, state.opt_state, state.weights, batch.rate_S)
    factors = state.factors
    if factors is not None:
        factors = factors._replace(gradient_MxD=factors.gradient_MxD + implicit_gradient_MxD)
    return TrainState(weights, opt_state, state.implicit_MxD, factors), value


def _take(
    graphs: Graphs, config: Config, biases: Biases, state: TrainState, batches: Batches
) -> tuple[TrainState, jax.Array]:
    """Some steps in one dispatch: the state after them and the losses (S)."""

    def body(state: TrainState, batch: Batches) -> tuple[TrainState, jax.Array]:
        return step(graphs, config, biases, state, batch)

    return jax.lax.scan(body, state, batches)


take = partial(jax.jit, static_argnums=(0, 1), donate_argnums=3)(_take)
"""`_take` that gives the old state's memory back: for a full run."""
take_kept = partial(jax.jit, static_argnums=(0, 1))(_take)
"""`_take` that leaves the old state as it was: for an update that may be dropped."""


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def move_factors(config: Config, index: RaterIndex, factors: FactorsState, rate: Given, n_steps: Given) -> FactorsState:
    """Move the user factors by the mean gradient of the last `n_steps` steps."""
    gradient_UxD = index.of_users(factors.gradient_MxD * index.scale() / n_steps)
    gradient = jax.tree.map(lambda _: gradient_UxD, factors.weights)
    weights, opt_state = _move(config, gradient, factors.opt_state, factors.weights, rate)
    return FactorsState(weights, opt_state, jnp.zeros_like(factors.gradient_MxD))


def without_factors(state: TrainState) -> TrainState:
    """What steps need: the user factors, which no step changes, would only be copied by `take_kept`."""
    factors = state.factors
    return state if factors is None else state._replace(factors=FactorsState((), (), factors.gradient_MxD))


def with_factors(stepped: TrainState, before: TrainState) -> TrainState:
    """A state that was stepped without the user factors, with those of the state before."""
    if stepped.factors is None or before.factors is None:
        return stepped
    return stepped._replace(factors=before.factors._replace(gradient_MxD=stepped.factors.gradient_MxD))


@jax.jit
def size(weights: Tree) -> jax.Array:
    """Sum of all absolute weights: not finite as soon as one of them is not."""
    return sum((jnp.abs(leaf).sum() for leaf in jax.tree.leaves(weights)), jnp.zeros(()))


T = TypeVar("T", TrainState, FactorsState)


def copied(state: T) -> T:
    """A state with arrays of its own, since a step gives the memory of the old ones back."""
    copy: T = jax.tree.map(jnp.copy, state)
    return copy


def ready(tree: Tree) -> Tree:
    """Wait until the arrays are computed, so that times are true and a viewer's request does not queue behind them."""
    for leaf in jax.tree.leaves(tree):
        leaf.block_until_ready()
    return tree
