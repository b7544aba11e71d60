"""How a full run is cut into epochs, groups, chunks and steps, and the learning rate of each."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np

from engine.learned import Learned
from engine.read import Array

CHUNK_FLOPS = 2e9
"""Work of one dispatch on a CPU: about 20 ms on two cores."""
GPU_FACTOR = 1000
LEAST_STEPS = 8
"""Steps of an epoch at least: few viewers are met more than once, each time with other ratings hidden."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of one run."""

    epochs: int
    batch: int
    """Viewers of a step."""
    groups: int
    """Groups of steps in an epoch; the raters' vectors move after each."""
    group: int
    """Steps of a group."""
    chunk: int
    """Steps of one dispatch; divides `group`."""

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.epochs * self.groups * self.group

    def order(self, viewers: Array, seed: int, epoch: int) -> Array:
        """The epoch's viewers in random order (groups × chunks × steps × viewers); some twice, to fill the last one."""
        shuffled = np.random.default_rng((seed, epoch)).permutation(viewers)
        return np.resize(shuffled, (self.groups, self.group // self.chunk, self.chunk, self.batch))

    def rates(self, learned: Learned, first: int, n: int) -> Array:
        """Learning rates of n steps from number `first` on: along a cosine to zero, or constant."""
        rate_S = np.full(n, learned.config.learning_rate)
        if not learned.config.constant_rate:
            rate_S *= 0.5 * (1 + np.cos(np.pi * (first + np.arange(n)) / self.steps))
        return rate_S.astype(np.float32)


def plan(learned: Learned, n_viewers: int, epochs: int | None) -> Plan:
    """Epochs as asked or as the preset says; chunks of what a CPU does in about 20 ms."""
    batch = learned.batch
    needed = max(-(-n_viewers // batch), LEAST_STEPS)
    group = min(learned.config.raters_every, needed)
    weights = sum(leaf.size for leaf in jax.tree.leaves(learned.serving.weights))
    budget = CHUNK_FLOPS * (1 if learned.device.platform == "cpu" else GPU_FACTOR)
    most = max(1, int(budget // (5.0 * batch * weights)))
    chunk = max(size for size in range(1, group + 1) if group % size == 0 and size <= most)
    return Plan(learned.config.epochs if epochs is None else epochs, batch, -(-needed // group), group, chunk)
