"""A full training run: the thin shell around the pure steps.

It yields a record after each dispatch of a few steps (about 20 ms on two cores for 4,000 movies), so that whoever
drives it can answer viewers in between from `learned.serving`, the best weights so far. What takes longer (compiling,
the closed form of the linear path) runs in a thread of its own meanwhile; at which step its result is taken does not
depend on the clock, so the same seed gives the same bits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from engine import train, warm
from engine.errors import NotEnoughData
from engine.feed import batches, count_ratings
from engine.learned import GATE_VIEWERS, Learned, fit_offsets, solve_linear
from engine.plan import Plan, plan
from engine.read import Array
from engine.records import Recorder
from engine.serving import Serving, serve
from engine.types import TrainingRecord
from engine.validate import held_out_ndcg, held_out_rmse, sample_viewers

RMSE_VIEWERS = 2000
"""Viewers whose held-out ratings are predicted after each epoch; all of them at the end."""
NDCG_VIEWERS = 512
MAX_ROLLBACKS = 3
T = TypeVar("T")


def full_run(learned: Learned, epochs: int | None = None) -> Iterator[TrainingRecord]:
    """Train from scratch on the matrix as it is. Raises NotEnoughData without training ratings."""
    viewers = np.flatnonzero(learned.matrix.train_counts())
    if not len(viewers):
        raise NotEnoughData("there are no ratings to train on; rate some movies or import a data set")
    run = _FullRun(learned, plan(learned, viewers, epochs), viewers)
    pool = ThreadPoolExecutor(1, "matinee-engine")
    try:
        yield from run.records(pool.submit)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class _FullRun:
    """One full run: its own state, the best state so far, and the records."""

    def __init__(self, learned: Learned, how: Plan, viewers: Array) -> None:
        self.learned, self.how, self.viewers = learned, how, viewers
        self.recorder = Recorder(learned, "full", how.epochs, how.steps)
        self.sample = sample_viewers(learned.matrix, RMSE_VIEWERS, learned.seed)
        self.best_rmse = math.inf
        self.rate_scale = 1.0
        self.rollbacks = 0

    def _set_up(self) -> None:
        """Fresh weights, the raters' matrix on the device, every program compiled."""
        learned, config = self.learned, self.learned.config
        offsets, self.user_U = fit_offsets(learned.matrix, config, learned.n_padded)
        self.offsets = learned.put(offsets)
        self.state = warm.throw_away(learned)
        if self.state.raters is not None:
            self.rated = learned.rated()
            product = train.raters_product(learned.graphs, self.state.raters.weights, self.rated)
            self.state = self.state._replace(raters_MxD=product)
        warm.warm_steps(learned, self.how.chunk, self.how.batch, self.how.room)
        warm.warm_learning(learned)
        self.best = self.good = train.copied(self.state)

    def records(self, submit: Callable[[Callable[[], T]], Future[T]]) -> Iterator[TrainingRecord]:
        yield from self._wait(submit(self._set_up))  # type: ignore[arg-type]
        yield self.recorder.record("compiled")
        linear = submit(lambda: solve_linear(self.learned))  # type: ignore[arg-type,return-value]
        since_best = 0
        for epoch in range(1, self.how.epochs + 1):
            self.recorder.epoch = epoch
            yield from self._epoch(epoch)
            if epoch == 1:
                yield from self._wait(linear)
                self.learned.linear = linear.result()  # type: ignore[assignment]
            since_best = 0 if (yield from self._validate()) else since_best + 1
            yield self.recorder.record("epoch")
            if since_best >= self.learned.config.patience or self.rollbacks >= MAX_ROLLBACKS:
                break
        yield from self._finish()

    def _wait(self, future: Future[T]) -> Iterator[TrainingRecord]:
        while not future.done():
            time.sleep(0.005)
            yield self.recorder.record("step")
        future.result()

    def _epoch(self, epoch: int) -> Iterator[TrainingRecord]:
        rng = np.random.default_rng((self.learned.seed, epoch, 1))
        for group in self.how.order(self.viewers, self.learned.seed, epoch):
            for users_SxB in group:
                if not self._chunk(users_SxB, rng):
                    return
                yield self.recorder.record("step")
            yield from self._move_raters()

    def _chunk(self, users_SxB: Array, rng: np.random.Generator) -> bool:
        """Run the steps of one dispatch; False when the loss is not finite and the state was rolled back."""
        began = time.perf_counter()
        learned, n = self.learned, len(users_SxB)
        rate_S = self.how.rates(learned, self.recorder.step, n) * np.float32(self.rate_scale)
        work = batches(learned, users_SxB, rate_S, rng, self.how.room)
        self.state, loss_S = train.steps(learned.graphs, learned.config, self.offsets, self.state, work)
        loss = float(loss_S.mean())
        if not math.isfinite(loss):
            self._roll_back()
            return False
        self.recorder.count(n, count_ratings(work), time.perf_counter() - began, loss)
        return True

    def _roll_back(self) -> None:
        """Go on from the last epoch's end with half the rate."""
        self.state = train.copied(self.good)
        self.rate_scale *= 0.5
        self.rollbacks += 1
        self.learned.rollbacks += 1

    def _move_raters(self) -> Iterator[TrainingRecord]:
        """After a group of steps: the raters' vectors, then their product, in two dispatches."""
        if self.state.raters is None:
            return
        learned = self.learned
        rate = self.how.rates(learned, self.recorder.step - 1, 1)[0] * np.float32(
            self.rate_scale * learned.config.raters_rate
        )
        raters = train.move_raters(learned.config, self.rated, self.state.raters, rate, np.float32(self.how.group))
        self.state = train.ready(self.state._replace(raters=raters))
        yield self.recorder.record("step")
        product_MxD = train.raters_product(learned.graphs, raters.weights, self.rated)
        self.state = train.ready(self.state._replace(raters_MxD=product_MxD))
        yield self.recorder.record("step")

    def _validate(self) -> Generator[TrainingRecord, None, bool]:
        """Measure this epoch's weights; when they are to serve, put them in place and look at the order too."""
        candidate = self._serving(self.state)
        rmse = yield from quietly(held_out_rmse(self.learned, candidate, self.sample), self.recorder)
        self.recorder.val_rmse = rmse
        self.good = train.copied(self.state)
        stops = self.learned.config.early_stopping
        if stops and not (rmse < self.best_rmse or math.isnan(rmse)):
            return False
        self.best, self.best_rmse = self.good, rmse
        self.learned.serving, self.learned.user_U = candidate, self.user_U
        if not self.learned.config.linear or self.recorder.val_ndcg10 is None:
            # the linear path alone makes the order where there is one, and does not change while the network trains
            ndcg = held_out_ndcg(self.learned, self.learned.serving, self.sample[:NDCG_VIEWERS])
            self.recorder.val_ndcg10 = yield from quietly(ndcg, self.recorder)
        return True

    def _serving(self, state: train.State) -> Serving:
        return serve(self.learned.graphs, state, self.offsets)

    def _finish(self) -> Iterator[TrainingRecord]:
        learned = self.learned
        learned.state, learned.raters_pending = self.best, 0
        everyone = sample_viewers(learned.matrix, learned.matrix.n_users, learned.seed)
        learned.gate_viewers = everyone[:GATE_VIEWERS]
        gate = held_out_rmse(learned, learned.serving, learned.gate_viewers, GATE_VIEWERS)
        learned.gate_rmse = yield from quietly(gate, self.recorder)
        rmse = yield from quietly(held_out_rmse(learned, learned.serving, everyone), self.recorder)
        learned.best_rmse = learned.full_rmse = self.recorder.val_rmse = rmse
        yield self.recorder.record("done")


def quietly(work: Generator[None, None, T], recorder: Recorder) -> Generator[TrainingRecord, None, T]:
    """Drive a validation; a record after each block keeps the time between two records short."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            result: T = ended.value
            return result
        yield recorder.record("step")
