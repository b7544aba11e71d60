"""Compile ahead: call every program once on throw-away arrays, in a thread, so that no viewer waits for it."""

from __future__ import annotations

import jax
import numpy as np

from engine.inference.model_state import MONITOR_VIEWERS, ModelState
from engine.inference.serving import BLOCK
from engine.models.autoencoder import TrainState, forward, frozen_weights, implicit_part
from engine.models.packing import Capacity
from engine.training import steps
from engine.training.batches import batches, incremental_capacity


def throw_away(state: ModelState) -> TrainState:
    """A training state of the right shapes."""
    _, fresh = steps.init(state.config, state.n_padded, state.user_rows, state.seed)
    placed: TrainState = jax.device_put(fresh, state.device)
    return placed


def inference(state: ModelState) -> None:
    """Compile the fold-in of a block, and of one viewer where that is a row of a network's own."""
    network = state.serving.network
    blocks = (BLOCK, MONITOR_VIEWERS, 1) if network.graphs.spec.tables is None else (BLOCK, MONITOR_VIEWERS)
    for block in blocks:
        forward(network.graphs, network.weights, network.biases, np.zeros((block, network.n_padded), np.uint8))
    fresh = throw_away(state)
    frozen_weights(network.graphs, fresh.weights, fresh.implicit_MxD)


def full_run(state: ModelState, n_steps: int, n_viewers: int, capacity: Capacity | None) -> None:
    """Compile a dispatch of so many steps on so many viewers."""
    work = _nobody(state, n_steps, n_viewers, capacity)
    steps.take(state.graphs, state.config, state.serving.network.biases, throw_away(state), work)


def incremental_run(state: ModelState) -> Capacity | None:
    """Compile everything that an incremental run calls; the capacity of its steps."""
    inference(state)
    capacity = incremental_capacity(state)
    work = _nobody(state, state.config.learn_chunk, state.config.learn_batch, capacity)
    fresh = steps.without_factors(throw_away(state))
    steps.take_kept(state.graphs, state.config, state.serving.network.biases, fresh, work)
    steps.size(fresh.weights)
    _factors(state)
    return capacity


def _factors(state: ModelState) -> None:
    """Compile a move of the user factors, and the implicit part."""
    factors = throw_away(state).factors
    if factors is not None:
        index = state.rater_index()
        implicit_MxD = implicit_part(state.graphs, factors.weights, index)
        steps.size((factors.weights, implicit_MxD))
        steps.move_factors(state.config, index, factors, np.float32(0), np.float32(1))


def _nobody(state: ModelState, n_steps: int, n_viewers: int, capacity: Capacity | None) -> steps.Batches:
    """A dispatch of the right shape without a rating."""
    rate_S = np.zeros(n_steps, np.float32)
    return batches(state, np.full((n_steps, n_viewers), -1), rate_S, np.random.default_rng(0), capacity)
