"""How a full run is cut into epochs, groups, chunks and steps, and the learning rate of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import jax
import numpy as np

from engine.config import Config
from engine.data.arrays import Array
from engine.inference.model_state import ModelState
from engine.models.packing import Capacity
from engine.training.batches import capacity_for

CHUNK_SECONDS = 0.02
"""Work of one dispatch on two cores."""
DENSE_FLOPS = 1e11
"""Floating-point operations a second of dense products on two cores."""
SPARSE_FLOPS = 8e9
"""The same over packed cells."""
WEIGHT_SECONDS = 3e-9
"""Time that the optimiser takes for one weight."""
GPU_FACTOR = 100
LEAST_STEPS = 8
"""Steps of an epoch at least: few viewers are met more than once, each time with other ratings hidden."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Sizes of one run."""

    epochs: int
    finish_epochs: int
    """Epochs over all ratings after those; fewer when early stopping ended those before."""
    batch: int
    """Viewers of a step."""
    groups: int
    """Groups of steps in an epoch; the user factors move after each."""
    group: int
    """Steps of a group."""
    chunk: int
    """Steps of one dispatch; divides `group`."""
    capacity: Capacity | None = None
    """Room for the cells of a step; None for dense rows."""

    @property
    def steps(self) -> int:
        """Steps of these epochs."""
        return self.epochs * self.groups * self.group

    @property
    def steps_in_all(self) -> int:
        """Steps of the whole run, the last epochs over all ratings included."""
        return (self.epochs + self.finish_epochs) * self.groups * self.group

    def finish_after(self, epochs: int) -> int:
        """Epochs over all ratings after so many of the planned ones before."""
        return round(self.finish_epochs * epochs / self.epochs)

    def order(self, viewers: Array, seed: int, epoch: int) -> Array:
        """The epoch's viewers in random order (groups × chunks × steps × viewers); some twice, to fill the last one."""
        shuffled = np.random.default_rng((seed, epoch)).permutation(viewers)
        return np.resize(shuffled, (self.groups, self.group // self.chunk, self.chunk, self.batch))

    def rates(self, config: Config, first: int, n: int) -> Array:
        """Learning rates of n steps from number `first` on: along a cosine to zero, or constant."""
        rate_S = np.full(n, config.learning_rate)
        if not config.constant_rate:
            rate_S *= 0.5 * (1 + np.cos(np.pi * (first + np.arange(n)) / self.steps))
        return rate_S.astype(np.float32)


def schedule(state: ModelState, epochs: int | None) -> Schedule:
    """Epochs as asked or as the preset says; chunks of about 20 ms on a CPU of two cores."""
    batch, viewers = state.batch, np.flatnonzero(np.diff(state.matrix.start_U))
    needed = max(-(-len(viewers) // batch), LEAST_STEPS)
    group = min(state.config.factors_every, needed)
    most = max(1, int(CHUNK_SECONDS / _step_seconds(state, viewers, batch)))
    chunk = max(size for size in range(1, group + 1) if group % size == 0 and size <= most)
    share = state.config.finish_share if state.config.held_out else 0.0
    in_all = state.config.epochs if epochs is None else epochs
    epochs = max(round(in_all / (1 + share)), 1)
    how = Schedule(epochs, in_all - epochs, batch, -(-needed // group), group, chunk)
    orders = [how.order(viewers, state.seed, number).reshape(-1, batch) for number in range(1, in_all + 1)]
    return replace(how, capacity=capacity_for(state, np.concatenate(orders)))


def _step_seconds(state: ModelState, viewers: Array, batch: int) -> float:
    """What a step takes, by and large."""
    weights: int = sum(leaf.size for leaf in jax.tree.leaves(state.serving.network.weights))
    if state.packs_cells:
        ratings = float(state.matrix.train_counts()[viewers].mean()) * batch
        return 14 * ratings * state.config.hidden / SPARSE_FLOPS + weights * WEIGHT_SECONDS
    faster = 1 if state.device.platform == "cpu" else GPU_FACTOR
    return (5.0 * batch * weights / DENSE_FLOPS + weights * WEIGHT_SECONDS) / faster
