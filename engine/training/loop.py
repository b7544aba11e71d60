"""Epochs of steps over a matrix: the part of training that phases of a full run share.

It pauses (yields None) after each dispatch of a few steps, so that whoever drives it can answer viewers in between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator

import numpy as np

from engine.data.arrays import Array
from engine.inference.model_state import ModelState
from engine.models import biases
from engine.models.autoencoder import FactorsState, TrainState, implicit_part
from engine.training import steps
from engine.training.batches import batches, device_rows, keeps_rows
from engine.training.recorder import Recorder
from engine.training.schedule import Schedule


class TrainLoop:
    """A training state on its way; a loss or a state that is not finite puts it back an epoch, with half the rate.

    The model's state is read, never replaced: its matrix, its configuration, its device.
    """

    def __init__(self, model: ModelState, schedule: Schedule, recorder: Recorder, state: TrainState) -> None:
        """Put everything on the device; takes a while (the index of raters), so call it where that does not matter."""
        self.model, self.schedule, self.recorder = model, schedule, recorder
        fitted, self.user_U = biases.fit(model.matrix, model.config, model.n_padded)
        self.biases: biases.Biases = model.put(fitted)
        self._count_U = model.matrix.train_counts()
        self.viewers = np.flatnonzero(self._count_U)
        self._rows_UxM = device_rows(model) if schedule.capacity is None and keeps_rows(model) else None
        self.rollbacks = 0
        """Epochs that were undone."""
        self._rate_scale = 1.0
        self._step = 0
        if state.factors is not None:
            self._index = model.rater_index()
            state = state._replace(implicit_MxD=implicit_part(model.graphs, state.factors.weights, self._index))
        self.state = state
        self.good = steps.copied(state)
        """The state at the last epoch's end."""

    def epoch(self, number: int) -> Generator[None]:
        """One pass over the viewers; the number decides their order and what dropout hides."""
        self.recorder.epoch = number
        rng = np.random.default_rng((self.model.seed, number, 1))
        for group in self.schedule.order(self.viewers, self.model.seed, number):
            for users_SxB in group:
                if not self._dispatch(users_SxB, rng):
                    return
                yield
            if self.state.factors is not None:
                yield from self._move_factors(self.state.factors)
        if math.isfinite(float(steps.size(self.state))):  # no loss has seen what the last move made of the factors
            self.good = steps.copied(self.state)
        else:
            self._roll_back()

    def _dispatch(self, users_SxB: Array, rng: np.random.Generator) -> bool:
        """Run some steps; False when the loss is not finite and the state was rolled back."""
        began = time.perf_counter()
        model, n = self.model, len(users_SxB)
        rate_S = self.schedule.rates(model.config, self._step, n) * np.float32(self._rate_scale)
        work = batches(model, users_SxB, rate_S, rng, self.schedule.capacity, self._rows_UxM)
        self.state, loss_S = steps.take(model.graphs, model.config, self.biases, self.state, work)
        loss = float(loss_S.mean())
        if not math.isfinite(loss):
            self._roll_back()
            return False
        self._step += n
        self.recorder.count(n, int(self._count_U[users_SxB].sum()), time.perf_counter() - began, loss)
        return True

    def _roll_back(self) -> None:
        self.state = steps.copied(self.good)
        self._rate_scale *= 0.5
        self.rollbacks += 1

    def _move_factors(self, factors: FactorsState) -> Generator[None]:
        """After a group of steps: the user factors, then the implicit part, in two dispatches."""
        config = self.model.config
        rate = self.schedule.rates(config, self._step - 1, 1)[0] * np.float32(self._rate_scale * config.factors_rate)
        moved = steps.move_factors(config, self._index, factors, rate, np.float32(self.schedule.group))
        self.state = steps.ready(self.state._replace(factors=moved))
        yield
        implicit_MxD = implicit_part(self.model.graphs, moved.weights, self._index)
        self.state = steps.ready(self.state._replace(implicit_MxD=implicit_MxD))
        yield
