"""Compile ahead: call every program once on throw-away arrays, in a thread, so that no viewer waits for it."""

from __future__ import annotations

import jax
import numpy as np

from engine import train
from engine.feed import batches
from engine.learned import BLOCK, Learned
from engine.rated import RatedBy


def throw_away(learned: Learned) -> train.State:
    """A state of the right shapes."""
    _, state = train.init(learned.config, learned.n_padded, learned.rater_rows, learned.seed)
    placed: train.State = jax.device_put(state, learned.device)
    return placed


def warm_serving(learned: Learned) -> None:
    """Fold-in of one viewer and of a block."""
    serving = learned.serving
    for n in (1, BLOCK):
        half_BxM = np.zeros((n, learned.n_padded), np.uint8)
        train.fold_in(learned.graphs, serving.weights, serving.offsets, serving.raters_MxD, half_BxM)


def warm_steps(learned: Learned, n_steps: int, n_viewers: int) -> None:
    """A dispatch of so many steps on so many viewers."""
    users_SxB = np.zeros((n_steps, n_viewers), np.int64)
    work = batches(learned, users_SxB, np.zeros(n_steps, np.float32), np.random.default_rng(0))
    train.steps(learned.graphs, learned.config, learned.serving.offsets, throw_away(learned), work)


def warm_raters(learned: Learned, rated: RatedBy) -> None:
    """Moving the raters' vectors, and their product."""
    raters = throw_away(learned).raters
    if raters is not None:
        train.raters_product(learned.graphs, raters.weights, rated)
        train.move_raters(learned.config, rated, raters, np.float32(0), np.float32(1))


def warm_learning(learned: Learned) -> None:
    """Everything that incremental retraining calls."""
    warm_serving(learned)
    warm_steps(learned, 1, learned.config.learn_batch)
    if learned.config.network == "raters":
        warm_raters(learned, learned.rated())
    learned.warm = True
