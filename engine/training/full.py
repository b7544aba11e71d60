"""A full training run: the thin shell around the pure steps.

First the network trains on the 80 % and is validated on the 20 %, which says how good it is and which epoch is best.
Then, for presets that ask for it, a few epochs go over all ratings, so that what validated is not lost to viewers; a
watched tenth of the held-out ratings stays out for good, and the finished weights serve only if they are no worse on
it. What takes longer than a dispatch (compiling, the closed form of the linear path) runs in a thread meanwhile; at
which step its result is taken does not depend on the clock, so the same seed gives the same bits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from engine.data.interactions import Array
from engine.errors import NotEnoughData
from engine.inference.model_state import GATE_VIEWERS, Learned, fit_neighbours, fit_offsets, solve_linear
from engine.inference.network import Serving, serve
from engine.training import precompile as warm
from engine.training import steps as train
from engine.training.loop import Descent
from engine.training.recorder import Recorder, quietly
from engine.training.schedule import Plan, plan
from engine.training.validation import held_out_ndcg, held_out_rmse, is_no_worse, sample_viewers, watched_viewers
from engine.types import TrainingRecord

RMSE_VIEWERS = 2000
"""Viewers whose held-out ratings are predicted after each epoch; all of them at the end."""
NDCG_VIEWERS = 512
MAX_ROLLBACKS = 3
T = TypeVar("T")


def full_run(
    learned: Learned, watched_N: Array, feature_MxF: Array, epochs: int | None = None
) -> Iterator[TrainingRecord]:
    """Train from scratch on the matrix as it is.

    `watched_N` are the held-out cells that no phase trains on, `feature_MxF` what content knows of the movies. Raises
    NotEnoughData without training ratings.
    """
    if not learned.matrix.train_counts().any():
        raise NotEnoughData("there are no ratings to train on; rate some movies or import a data set")
    pool = ThreadPoolExecutor(1, "matinee-engine")
    try:
        yield from _FullRun(learned, watched_N, feature_MxF, plan(learned, epochs), pool).records()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class _Best:
    """The best epoch so far."""

    state: train.State
    epoch: int = 0
    rmse: float = math.inf


class _FullRun:
    """One full run: its phases, and the records."""

    def __init__(
        self, learned: Learned, watched_N: Array, feature_MxF: Array, how: Plan, pool: ThreadPoolExecutor
    ) -> None:
        self.learned, self.watched_N, self.feature_MxF, self.how, self.pool = learned, watched_N, feature_MxF, how, pool
        self._count()
        self.recorder = Recorder(learned, "full", how.epochs + how.finish_epochs, how.steps_in_all)
        self.sample = sample_viewers(learned.matrix, RMSE_VIEWERS, learned.seed)

    def records(self) -> Iterator[TrainingRecord]:
        descent = yield from self._wait(self.pool.submit(self._set_up))
        yield self.recorder.record("compiled")
        linear = self.pool.submit(solve_linear, self.learned)
        neighbours = self.pool.submit(fit_neighbours, self.learned)
        best = _Best(descent.good)
        for epoch in range(1, self.how.epochs + 1):
            yield from descent.epoch(epoch)
            if epoch == 1:
                self.learned.linear = yield from self._wait(linear)
                self.learned.neighbours = yield from self._wait(neighbours)
            yield from self._validate(descent, best, epoch)
            yield self.recorder.record("epoch")
            if epoch - best.epoch >= self.learned.config.patience or descent.rollbacks >= MAX_ROLLBACKS:
                break
        yield from self._validate_all()
        self.learned.state = best.state
        if self.how.finish_after(best.epoch) and self.learned.serving.trained:
            yield from self._finish(best, epoch)
        yield from self._conclude()

    def _count(self) -> None:
        """Popularity and content from the training ratings as they are."""
        self.learned.refresh_prior()
        self.learned.refresh_content(self.feature_MxF)

    def _set_up(self) -> Descent:
        """Every program compiled, fresh weights, what the offsets know."""
        learned = self.learned
        warm.warm_steps(learned, self.how.chunk, self.how.batch, self.how.room)
        warm.warm_learning(learned)
        return self._descent(warm.throw_away(learned), self.how)

    def _descent(self, state: train.State, how: Plan) -> Descent:
        learned = self.learned
        offsets, self.user_U = fit_offsets(learned.matrix, learned.config, learned.n_padded)
        return Descent(learned, how, self.recorder, state, learned.put(offsets))

    def _wait(self, future: Future[T]) -> Generator[TrainingRecord, None, T]:
        while not future.done():
            time.sleep(0.005)
            yield self.recorder.record("step")
        return future.result()

    def _validate(self, descent: Descent, best: _Best, epoch: int) -> Iterator[TrainingRecord]:
        """Measure this epoch's weights; when they are the best, let them serve and look at their order too."""
        candidate = serve(self.learned.graphs, descent.good, descent.offsets)
        rmse = yield from quietly(held_out_rmse(self.learned, candidate, self.sample), self.recorder)
        self.recorder.val_rmse = rmse
        if self.learned.config.early_stopping and not (rmse < best.rmse or not len(self.sample)):
            return
        best.state, best.epoch, best.rmse = descent.good, epoch, rmse
        self._let_serve(candidate)
        if not self.learned.config.linear or self.recorder.val_ndcg10 is None:
            # the linear path alone makes the order where there is one, and does not change while the network trains
            ndcg = held_out_ndcg(self.learned, candidate, self.sample[:NDCG_VIEWERS])
            self.recorder.val_ndcg10 = yield from quietly(ndcg, self.recorder)

    def _let_serve(self, candidate: Serving) -> None:
        self.learned.serving, self.learned.user_U = candidate, self.user_U

    def _validate_all(self) -> Iterator[TrainingRecord]:
        """The best epoch's RMSE over all held-out ratings, the neighbours' corrections included."""
        everyone = sample_viewers(self.learned.matrix, self.learned.matrix.n_users, self.learned.seed)
        work = held_out_rmse(self.learned, self.learned, everyone)
        self.best_rmse = self.learned.best_rmse = yield from quietly(work, self.recorder)

    def _finish(self, best: _Best, epoch: int) -> Iterator[TrainingRecord]:
        """Some epochs from the best one on over all ratings but the watched ones, the linear path from all of them."""
        learned = self.learned
        learned.matrix = replace(learned.matrix, held_N=self.watched_N)
        linear = self.pool.submit(solve_linear, learned)
        neighbours = self.pool.submit(fit_neighbours, learned)
        watched = sample_viewers(learned.matrix, learned.matrix.n_users, learned.seed)
        before = yield from quietly(held_out_rmse(learned, learned.serving, watched), self.recorder)
        how = replace(self.how, epochs=self.how.finish_after(best.epoch))
        again = self.pool.submit(self._descent, train.restarted(learned.config, best.state), how)
        learned.linear = yield from self._wait(linear)
        learned.neighbours = yield from self._wait(neighbours)
        self._count()
        descent = yield from self._wait(again)
        self.recorder.val_rmse = None
        for number in range(epoch + 1, epoch + how.epochs + 1):
            yield from descent.epoch(number)
            yield self.recorder.record("epoch")
        candidate = serve(learned.graphs, descent.good, descent.offsets)
        after = yield from quietly(held_out_rmse(learned, candidate, watched), self.recorder)
        if is_no_worse(after, before):
            learned.state = descent.good
            self._let_serve(candidate)
        else:
            learned.state = yield from self._wait(self.pool.submit(self._with_all_raters, best.state))
            learned.serving = serve(learned.graphs, learned.state, learned.serving.offsets)

    def _with_all_raters(self, state: train.State) -> train.State:
        """The raters' product over the matrix as it is now: later news change that sum, and not the one of the 80 %."""
        if state.raters is None:
            return state
        product_MxD = train.raters_product(self.learned.graphs, state.raters.weights, self.learned.rated())
        return state._replace(raters_MxD=train.ready(product_MxD))

    def _conclude(self) -> Iterator[TrainingRecord]:
        """What later updates are compared with, and the last record."""
        learned = self.learned
        learned.raters_pending = 0
        learned.gate_viewers = watched_viewers(learned.matrix, GATE_VIEWERS)
        gate = held_out_rmse(learned, learned.serving, learned.gate_viewers, GATE_VIEWERS)
        learned.gate_rmse, learned.drift = (yield from quietly(gate, self.recorder)), 0.0
        self.recorder.val_rmse = self.best_rmse
        yield self.recorder.record("done")
