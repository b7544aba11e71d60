"""Compile ahead: call every program once on throw-away arrays, in a thread, so that no viewer waits for it."""

from __future__ import annotations

import jax
import numpy as np

from engine.inference.model_state import BLOCK, GATE_VIEWERS, Learned
from engine.models.rater_index import RatedBy
from engine.models.sparse_ops import Room
from engine.training import steps as train
from engine.training.batches import batches, room_to_learn


def throw_away(learned: Learned) -> train.State:
    """A state of the right shapes."""
    _, state = train.init(learned.config, learned.n_padded, learned.rater_rows, learned.seed)
    placed: train.State = jax.device_put(state, learned.device)
    return placed


def warm_serving(learned: Learned) -> None:
    """Fold-in of a block, and of one viewer where that is a row of a network's own."""
    graphs, weights, offsets = learned.graphs, learned.serving.weights, learned.serving.offsets
    blocks = (BLOCK, GATE_VIEWERS) if learned.config.network == "raters" else (BLOCK, GATE_VIEWERS, 1)
    for block in blocks:
        train.fold_in(graphs, weights, offsets, np.zeros((block, learned.n_padded), np.uint8))
    state = throw_away(learned)
    train.folded(graphs, state.weights, state.raters_MxD)


def nobody(learned: Learned, n_steps: int, n_viewers: int, room: Room | None) -> train.Batches:
    """A dispatch of the right shape without a rating."""
    rate_S = np.zeros(n_steps, np.float32)
    return batches(learned, np.full((n_steps, n_viewers), -1), rate_S, np.random.default_rng(0), room)


def warm_steps(learned: Learned, n_steps: int, n_viewers: int, room: Room | None) -> None:
    """A dispatch of so many steps on so many viewers."""
    work = nobody(learned, n_steps, n_viewers, room)
    train.steps(learned.graphs, learned.config, learned.serving.offsets, throw_away(learned), work)


def warm_raters(learned: Learned, rated: RatedBy) -> None:
    """Moving the raters' vectors, and their product."""
    raters = throw_away(learned).raters
    if raters is not None:
        product_MxD = train.raters_product(learned.graphs, raters.weights, rated)
        train.size((raters.weights, product_MxD))
        train.move_raters(learned.config, rated, raters, np.float32(0), np.float32(1))


def warm_learning(learned: Learned) -> None:
    """Everything that incremental retraining calls."""
    warm_serving(learned)
    learned.learn_room = room_to_learn(learned)
    work = nobody(learned, learned.config.learn_steps, learned.config.learn_batch, learned.learn_room)
    state = train.without_vectors(throw_away(learned))
    train.kept_steps(learned.graphs, learned.config, learned.serving.offsets, state, work)
    train.size(state.weights)
    if learned.config.network == "raters":
        warm_raters(learned, learned.rated())
    learned.warm = True
