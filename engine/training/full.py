"""A full training run: the thin shell around the pure steps.

First the network trains on the 80 % and is validated on the 20 %, which says how good it is and which epoch is best.
Then, for presets that ask for it, a few epochs go over all ratings, so that what validated is not lost to viewers; the
monitor set, a tenth of the held-out ratings, stays out for good, and the finished weights serve only if they are no
worse on it. What takes longer than a dispatch (compiling, EDLAE's closed form) runs in a thread meanwhile; at which
step its result is taken does not depend on the clock, so the same seed gives the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from engine.data.arrays import Array
from engine.errors import NotEnoughData
from engine.inference.model_state import MONITOR_VIEWERS, ModelState, fit_neighbours, solve_edlae
from engine.inference.network import FrozenNetwork, freeze
from engine.models import choice, selection, uncertainty
from engine.models.autoencoder import TrainState, implicit_part
from engine.models.edlae import Edlae
from engine.models.packing import Capacity
from engine.models.residual_knn import ResidualKNN
from engine.training import precompile, steps
from engine.training.choices import held_out_choices, held_out_errors
from engine.training.loop import TrainLoop
from engine.training.recorder import Progress, Recorder, RunPart
from engine.training.schedule import Schedule, schedule
from engine.training.validation import (
    Predict,
    held_out_ndcg,
    held_out_rmse,
    is_no_worse,
    monitor_viewers,
    sample_viewers,
)

RMSE_VIEWERS = 2000
"""Viewers whose held-out ratings are predicted after each epoch; all of them at the end."""
NDCG_VIEWERS = 512
CHOICE_VIEWERS = 500
"""Viewers whose held-out choices the choice model is fitted to."""
MAX_ROLLBACKS = 3
_Solved = tuple[Future[Edlae | None], Future[ResidualKNN | None]]


def full_run(state: ModelState, monitor_N: Array, feature_MxF: Array, epochs: int | None = None) -> Generator[Progress]:
    """Train from scratch on the matrix as it is.

    `monitor_N` are the held-out cells that no phase trains on, `feature_MxF` the movies' features. Raises NotEnoughData
    without training ratings.
    """
    if not state.matrix.train_counts().any():
        raise NotEnoughData("there are no ratings to train on; rate some movies or import a data set")
    pool = ThreadPoolExecutor(1, "matinee-engine")
    try:
        yield from _FullRun(state, monitor_N, feature_MxF, schedule(state, epochs), pool).progress()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class _Best:
    """The best epoch so far."""

    state: TrainState
    epoch: int = 0
    rmse: float = math.inf


class _FullRun:
    """One full run: its phases. `state` is the best so far, replaced and never changed."""

    def __init__(
        self, state: ModelState, monitor_N: Array, feature_MxF: Array, how: Schedule, pool: ThreadPoolExecutor
    ) -> None:
        self.state = state.with_popularity().with_features(feature_MxF)
        self.monitor_N, self.feature_MxF, self.how, self.pool = monitor_N, feature_MxF, how, pool
        self.recorder = Recorder("full", how.epochs + how.finish_epochs, how.steps_in_all)
        self.sample = sample_viewers(state.matrix, RMSE_VIEWERS, state.seed)

    def progress(self) -> Iterator[Progress]:
        loop, capacity = yield from self.recorder.until(self.pool.submit(self._set_up), self.state)
        self.state = self.state.with_continuation(capacity=capacity, compiled=True)
        yield self.recorder.at("compiled", self.state)
        solved = self._solve()
        best = _Best(loop.good)
        for epoch in range(1, self.how.epochs + 1):
            yield from self._epoch(loop, epoch)
            if epoch == 1:
                yield from self._take(solved)
            yield from self._validate(loop, best, epoch)
            yield self.recorder.at("epoch", self.state)
            if epoch - best.epoch >= self.state.config.patience or loop.rollbacks >= MAX_ROLLBACKS:
                break
        yield from self._validate_all(best)
        if self.how.finish_after(best.epoch) and self.state.serving.network.trained:
            yield from self._finish(best, epoch)
        yield from self._conclude()

    def _set_up(self) -> tuple[TrainLoop, Capacity | None]:
        """Compile every program, make fresh weights, fit the biases."""
        precompile.full_run(self.state, self.how.chunk, self.how.batch, self.how.capacity)
        capacity = precompile.incremental_run(self.state)
        return self._loop(self.state, precompile.throw_away(self.state), self.how), capacity

    def _loop(self, state: ModelState, start: TrainState, how: Schedule) -> TrainLoop:
        return TrainLoop(state, how, self.recorder, start)

    def _solve(self) -> _Solved:
        """Begin with the closed forms, in the other thread."""
        return self.pool.submit(solve_edlae, self.state), self.pool.submit(fit_neighbours, self.state)

    def _take(self, solved: _Solved) -> Iterator[Progress]:
        edlae, neighbours = solved
        self.state = self.state.with_serving(edlae=(yield from self.recorder.until(edlae, self.state)))
        self.state = self.state.with_serving(residual_knn=(yield from self.recorder.until(neighbours, self.state)))

    def _epoch(self, loop: TrainLoop, number: int) -> Iterator[Progress]:
        before = loop.rollbacks
        yield from self.recorder.during(loop.epoch(number), self.state)
        undone = self.state.continuation.rollbacks + loop.rollbacks - before
        self.state = self.state.with_continuation(rollbacks=undone)

    def _rmse(self, predict: Predict, viewers: Array, **how: int) -> RunPart[float]:
        work = held_out_rmse(self.state.matrix, predict, self.state.n_padded, viewers, **how)
        return (yield from self.recorder.during(work, self.state))

    def _validate(self, loop: TrainLoop, best: _Best, epoch: int) -> Iterator[Progress]:
        """Measure this epoch's RMSE; when it is the best so far, let the weights serve and measure their NDCG too."""
        candidate = freeze(self.state.graphs, loop.good, loop.biases)
        rmse = yield from self._rmse(candidate.stars, self.sample)
        self.recorder.val_rmse = rmse
        if self.state.config.early_stopping and not (rmse < best.rmse or not len(self.sample)):
            return
        best.state, best.epoch, best.rmse = loop.good, epoch, rmse
        self._let_serve(candidate, loop)
        if not self.state.config.edlae or self.recorder.val_ndcg10 is None:
            # EDLAE makes most of the order where there is one, and does not change while the network trains
            yield from self._validate_order()

    def _let_serve(self, candidate: FrozenNetwork, loop: TrainLoop) -> None:
        self.state = self.state.with_serving(network=candidate).with_continuation(user_U=loop.user_U)

    def _validate_all(self, best: _Best) -> Iterator[Progress]:
        """The best epoch's RMSE over all held-out ratings, the neighbours' corrections included; what errors follow."""
        state, serving = self.state, self.state.serving
        everyone = sample_viewers(state.matrix, state.matrix.n_users, state.seed)
        usual = uncertainty.usual_spread(state.matrix.training_rows(everyone, state.matrix.n_movies))
        work = held_out_errors(state.matrix, serving, everyone, usual, state.seed)
        errors = yield from self.recorder.during(work, self.state)
        square_N = errors.error_N[errors.whole_N > 0] ** 2
        mean_square = float(square_N.mean()) if len(square_N) else math.nan
        fitted = uncertainty.fit(errors, usual, *serving.network.scale)
        self.state = self.state.with_serving(uncertainty=fitted)
        self.state = self.state.with_continuation(train_state=best.state, best_rmse=mean_square**0.5)
        if self.state.config.edlae:
            yield from self._fit_choice(0.0 if math.isnan(mean_square) else mean_square)

    def _fit_choice(self, variance: float) -> Iterator[Progress]:
        """The models of choice, from what is held out and by the models of the best epoch; then the order they make.

        `variance` is that of held-out errors.
        """
        work = held_out_choices(self.state.matrix, self.state.serving, self.sample[:CHOICE_VIEWERS], self.state.seed)
        choices, eps = yield from self.recorder.during(work, self.state)
        fitted = yield from self.recorder.until(self.pool.submit(choice.fit, choices, eps), self.state)
        self.state = self.state.with_serving(choice=fitted)
        selected = self.pool.submit(selection.fit, choices, eps, variance)
        self.state = self.state.with_serving(selection=(yield from self.recorder.until(selected, self.state)))
        yield from self._validate_order()

    def _validate_order(self) -> Iterator[Progress]:
        ndcg = held_out_ndcg(self.state.matrix, self.state.serving, self.sample[:NDCG_VIEWERS])
        self.recorder.val_ndcg10 = yield from self.recorder.during(ndcg, self.state)

    def _finish(self, best: _Best, epoch: int) -> Iterator[Progress]:
        """Some epochs from the best one on over all ratings but the monitor set, EDLAE from all of them."""
        self.state = replace(self.state, matrix=replace(self.state.matrix, held_N=self.monitor_N))
        solved = self._solve()
        everyone = sample_viewers(self.state.matrix, self.state.matrix.n_users, self.state.seed)
        before = yield from self._rmse(self.state.serving.network.stars, everyone)
        how = replace(self.how, epochs=self.how.finish_after(best.epoch))
        again = self.pool.submit(self._loop, self.state, steps.restarted(self.state.config, best.state), how)
        yield from self._take(solved)
        self.state = self.state.with_popularity().with_features(self.feature_MxF)
        loop = yield from self.recorder.until(again, self.state)
        self.recorder.val_rmse = None
        for number in range(epoch + 1, epoch + how.epochs + 1):
            yield from self._epoch(loop, number)
            yield self.recorder.at("epoch", self.state)
        candidate = freeze(self.state.graphs, loop.good, loop.biases)
        after = yield from self._rmse(candidate.stars, everyone)
        yield from self._accept(candidate, loop, best, no_worse=is_no_worse(after, before))

    def _accept(self, candidate: FrozenNetwork, loop: TrainLoop, best: _Best, *, no_worse: bool) -> Iterator[Progress]:
        """Let the finished weights serve if they are no worse; else the best epoch's, with all raters counted."""
        if no_worse:
            self.state = self.state.with_continuation(train_state=loop.good)
            self._let_serve(candidate, loop)
            return
        state = yield from self.recorder.until(self.pool.submit(self._with_all_raters, best.state), self.state)
        network = freeze(self.state.graphs, state, self.state.serving.network.biases)
        self.state = self.state.with_continuation(train_state=state).with_serving(network=network)

    def _with_all_raters(self, state: TrainState) -> TrainState:
        """The implicit part over the matrix as it is now: later deltas change that sum, and not the one of the 80 %."""
        if state.factors is None:
            return state
        implicit_MxD = implicit_part(self.state.graphs, state.factors.weights, self.state.rater_index())
        return state._replace(implicit_MxD=steps.ready(implicit_MxD))

    def _conclude(self) -> Iterator[Progress]:
        """What later updates are compared with, and the last record."""
        monitor = monitor_viewers(self.state.matrix, MONITOR_VIEWERS)
        rmse = yield from self._rmse(self.state.serving.network.stars, monitor, block=MONITOR_VIEWERS)
        self.state = self.state.with_continuation(monitor=monitor, monitor_rmse=rmse, drift=0.0, pending_factor_steps=0)
        self.recorder.val_rmse = self.state.continuation.best_rmse
        yield self.recorder.at("done", self.state)
