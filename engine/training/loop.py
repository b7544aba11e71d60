"""Epochs of steps over a matrix: the part of training that phases of a run share.

It yields a record after each dispatch of a few steps, so that whoever drives it can answer viewers in between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np

from engine.data.interactions import Array
from engine.inference.model_state import Learned
from engine.models.autoencoder import Offsets
from engine.training import steps as train
from engine.training.batches import batches, resident
from engine.training.recorder import Recorder
from engine.training.schedule import Plan
from engine.types import TrainingRecord


class Descent:
    """A state on its way down; a loss or a state that is not finite puts it back an epoch, with half the rate."""

    def __init__(self, learned: Learned, how: Plan, recorder: Recorder, state: train.State, offsets: Offsets) -> None:
        """Everything on the device; takes a while (the raters' lists), so call it where that does not matter."""
        self.learned, self.how, self.recorder, self.offsets = learned, how, recorder, offsets
        self._count_U = learned.matrix.train_counts()
        self.viewers = np.flatnonzero(self._count_U)
        self._rows_UxM = resident(learned) if how.room is None else None
        self.rollbacks = 0
        self._rate_scale = 1.0
        self._step = 0
        if state.raters is not None:
            self._rated = learned.rated()
            product_MxD = train.raters_product(learned.graphs, state.raters.weights, self._rated)
            state = state._replace(raters_MxD=product_MxD)
        self.state = state
        self.good = train.copied(state)
        """The state at the last epoch's end."""

    def epoch(self, number: int) -> Iterator[TrainingRecord]:
        """One pass over the viewers; the number decides their order and what dropout hides."""
        self.recorder.epoch = number
        rng = np.random.default_rng((self.learned.seed, number, 1))
        for group in self.how.order(self.viewers, self.learned.seed, number):
            for users_SxB in group:
                if not self._dispatch(users_SxB, rng):
                    return
                yield self.recorder.record("step")
            if self.state.raters is not None:
                yield from self._move_raters(self.state.raters)
        if math.isfinite(float(train.size(self.state))):  # no loss has seen what the last move made of the raters
            self.good = train.copied(self.state)
        else:
            self._roll_back()

    def _dispatch(self, users_SxB: Array, rng: np.random.Generator) -> bool:
        """Run some steps; False when the loss is not finite and the state was rolled back."""
        began = time.perf_counter()
        learned, n = self.learned, len(users_SxB)
        rate_S = self.how.rates(learned, self._step, n) * np.float32(self._rate_scale)
        work = batches(learned, users_SxB, rate_S, rng, self.how.room, self._rows_UxM)
        self.state, loss_S = train.steps(learned.graphs, learned.config, self.offsets, self.state, work)
        loss = float(loss_S.mean())
        if not math.isfinite(loss):
            self._roll_back()
            return False
        self._step += n
        self.recorder.count(n, int(self._count_U[users_SxB].sum()), time.perf_counter() - began, loss)
        return True

    def _roll_back(self) -> None:
        self.state = train.copied(self.good)
        self._rate_scale *= 0.5
        self.rollbacks += 1
        self.learned.rollbacks += 1

    def _move_raters(self, raters: train.RatersState) -> Iterator[TrainingRecord]:
        """After a group of steps: the raters' vectors, then their product, in two dispatches."""
        learned, config = self.learned, self.learned.config
        rate = self.how.rates(learned, self._step - 1, 1)[0] * np.float32(self._rate_scale * config.raters_rate)
        moved = train.move_raters(config, self._rated, raters, rate, np.float32(self.how.group))
        self.state = train.ready(self.state._replace(raters=moved))
        yield self.recorder.record("step")
        product_MxD = train.raters_product(learned.graphs, moved.weights, self._rated)
        self.state = train.ready(self.state._replace(raters_MxD=product_MxD))
        yield self.recorder.record("step")
