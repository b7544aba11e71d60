"""The batch of the step by hand: three viewers, the one who looks first, and what dropout hides."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from engine.data.arrays import Array
from engine.errors import UsageError
from engine.models.implicit import keep_mask
from engine.training.steps import Batches

if TYPE_CHECKING:
    from engine.recommender import Recommender

VIEWERS = 3


class HandBatch(NamedTuple):
    """What the step is fed with, in the form of the engine's own steps and taken apart."""

    users_B: Array
    work: Batches
    """One step over dense rows."""
    half_BxM: Array
    """Half stars, 0 where unrated (padded)."""
    shown_BxM: Array
    """What each cell's rating is multiplied by on its way into the encoder: 0 where dropout hides it."""
    rate: float


def hand_batch(model: Recommender, user_id: int) -> HandBatch:
    """Three viewers with training ratings, chosen by the seed. UsageError where the model can't take such a step."""
    state = model.state
    if state.continuation.train_state is None:
        raise UsageError("nothing has trained yet: a step can be shown after the first full training")
    if state.config.members > 1:
        raise UsageError(
            f"preset {state.config.name!r} averages {state.config.members} networks; a step is shown of one"
        )
    able = np.flatnonzero(state.matrix.train_counts() > 0)
    own = [at for at in (model.users.index(user_id),) if at >= 0 and at in able]
    others = np.random.default_rng((state.seed, 4)).permutation(able[~np.isin(able, own)])
    users_B = np.array([*own, *others][:VIEWERS], np.int64)
    half_BxM = state.matrix.dense(users_B, state.n_padded)
    key_4 = np.random.default_rng((state.seed, 5)).integers(0, 2**32, 4, np.uint32)
    rate = state.config.learning_rate
    work = Batches(half_BxM[None], np.array([rate], np.float32), key_4[None])
    key = jax.random.wrap_key_data(jax.numpy.asarray(key_4), impl="unsafe_rbg")
    shown_BxM = np.asarray(keep_mask(key, half_BxM.shape, state.config.dropout), np.float64)
    return HandBatch(users_B, work, half_BxM, shown_BxM, rate)
