"""A full training run: the thin shell around the pure steps.

It yields a record after each dispatch of a few steps (about 30 ms on two cores for 4,000 movies), so that whoever
drives it can answer viewers in between from `learned.serving`, the best weights so far.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from engine import train
from engine.errors import NotEnoughData
from engine.learned import Learned, Serving, fit_offsets, solve_linear
from engine.linear import LinearPath
from engine.read import Array
from engine.records import Recorder
from engine.types import TrainingRecord
from engine.validate import held_out_ndcg, held_out_rmse, sample_viewers

RMSE_VIEWERS = 2000
"""Viewers whose held-out ratings are predicted after each epoch; all of them at the end."""
NDCG_VIEWERS = 512
CHUNK_FLOPS = 2e9
"""Work of one dispatch on a CPU: about 20 ms on two cores."""
MAX_ROLLBACKS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """How a run is cut into epochs, groups and chunks of steps."""

    epochs: int
    batch: int
    groups: int
    """Groups of steps in an epoch; the raters' vectors move after each."""
    group: int
    chunk: int
    """Steps of one dispatch; divides `group`."""

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.epochs * self.groups * self.group


def plan(learned: Learned, n_viewers: int, epochs: int | None) -> Plan:
    """Epochs as asked or as the preset says; a chunk is what a CPU does in about 20 ms."""
    batch = learned.batch
    needed = -(-n_viewers // batch)
    group = min(learned.config.raters_every, needed)
    weights = sum(leaf.size for leaf in jax.tree.leaves(learned.serving.weights))
    budget = CHUNK_FLOPS if learned.device.platform == "cpu" else 1000 * CHUNK_FLOPS
    most = max(1, int(budget // (5.0 * batch * weights)))
    chunk = max(size for size in range(1, group + 1) if group % size == 0 and size <= most)
    return Plan(learned.config.epochs if epochs is None else epochs, batch, -(-needed // group), group, chunk)


def full_run(learned: Learned, epochs: int | None = None) -> Iterator[TrainingRecord]:
    """Train from scratch on the matrix as it is. Raises NotEnoughData without training ratings."""
    viewers = np.flatnonzero(learned.matrix.train_counts())
    if not len(viewers):
        raise NotEnoughData("there are no ratings to train on; rate some movies or import a data set")
    how = plan(learned, len(viewers), epochs)
    run = _FullRun(learned, how, viewers)
    with ThreadPoolExecutor(1, "matinee-linear") as pool:
        yield from run.records(pool.submit(solve_linear, learned))


class _FullRun:
    """One full run: its own state, the best state so far, and the records."""

    def __init__(self, learned: Learned, how: Plan, viewers: Array) -> None:
        self.learned, self.how, self.viewers = learned, how, viewers
        self.recorder = Recorder(learned, "full", how.epochs, how.steps)
        self.sample = sample_viewers(learned.matrix, RMSE_VIEWERS, learned.seed)
        config = learned.config
        self.offsets = learned.put(fit_offsets(learned.matrix, config, learned.n_padded))
        _, fresh = train.init(config, learned.n_padded, learned.rater_rows, learned.seed)
        self.state: train.State = learned.put(fresh)
        self.rated_UxM: jax.Array | None = None
        if self.state.raters is not None:
            self.rated_UxM = learned.put(rated_matrix(learned))
            product = train.raters_product(learned.graphs, self.state.raters.weights, self.rated_UxM)
            self.state = self.state._replace(raters_MxD=product)
        self.best = self.good = copied(self.state)
        self.best_rmse = math.inf
        self.rate_scale = 1.0
        self.rollbacks = 0

    def records(self, linear: Future[LinearPath | None]) -> Iterator[TrainingRecord]:
        since_best = 0
        for epoch in range(1, self.how.epochs + 1):
            self.recorder.epoch = epoch
            yield from self._epoch(epoch)
            if epoch == 1:
                yield from self._take_linear(linear)
            rmse = yield from self._quietly(held_out_rmse(self.learned, self._serving(self.state), self.sample))
            better = self._judge(rmse)
            since_best = 0 if better else since_best + 1
            if better:
                yield from self._measure_ranking()
            self.recorder.val_rmse = rmse
            yield self.recorder.record("epoch")
            if since_best >= self.learned.config.patience or self.rollbacks >= MAX_ROLLBACKS:
                break
        yield from self._finish()

    def _epoch(self, epoch: int) -> Iterator[TrainingRecord]:
        how, rng = self.how, np.random.default_rng((self.learned.seed, epoch))
        order = np.resize(rng.permutation(self.viewers), (how.groups, how.group // how.chunk, how.chunk, how.batch))
        for group in order:
            for users_SxB in group:
                if not self._chunk(users_SxB, rng):
                    return
                yield self.recorder.record("compiled" if self.recorder.step == how.chunk else "step")
            if self.rated_UxM is not None:
                rate, n = np.float32(self._rates(0)[0]), np.float32(how.group)
                moved = train.raters_step(self.learned.graphs, self.learned.config, self.rated_UxM, self.state, rate, n)
                self.state = jax.block_until_ready(moved)
                yield self.recorder.record("step")

    def _chunk(self, users_SxB: Array, rng: np.random.Generator) -> bool:
        """Run the steps of one dispatch; False when the loss is not finite and the state was rolled back."""
        began = time.perf_counter()
        learned, shape = self.learned, users_SxB.shape
        half = learned.matrix.dense(users_SxB.ravel(), learned.n_padded).reshape(*shape, learned.n_padded)
        keys_Sx4 = rng.integers(0, 2**32, (shape[0], 4), np.uint32)
        batches = train.Batches(half, self._rates(shape[0]), keys_Sx4)  # type: ignore[arg-type]
        self.state, loss_S = train.steps(learned.graphs, learned.config, self.offsets, self.state, batches)
        loss = float(loss_S.mean())
        if not math.isfinite(loss):
            self._roll_back()
            return False
        ratings = int(np.count_nonzero(half))
        self.recorder.count(shape[0], ratings, time.perf_counter() - began, loss)
        return True

    def _rates(self, steps: int) -> Array:
        """Learning rates of the next steps (of the last one for 0)."""
        config = self.learned.config
        at = self.recorder.step + np.arange(max(steps, 1)) - (0 if steps else 1)
        falling = 0.5 * (1 + np.cos(np.pi * at / self.how.steps))
        rate = config.learning_rate * self.rate_scale
        return (rate * (np.ones_like(falling) if config.constant_rate else falling)).astype(np.float32)

    def _roll_back(self) -> None:
        """Go on from the last epoch's end with half the rate."""
        self.state = copied(self.good)
        self.rate_scale *= 0.5
        self.rollbacks += 1
        self.learned.rollbacks += 1

    def _take_linear(self, linear: Future[LinearPath | None]) -> Iterator[TrainingRecord]:
        while not linear.done():
            time.sleep(0.01)
            yield self.recorder.record("step")
        self.learned.linear = linear.result()
        self.learned.refresh_prior()

    def _quietly(self, work: Generator[None, None, float]) -> Generator[TrainingRecord, None, float]:
        """Drive validation; a record after each block keeps the time between two records short."""
        while True:
            try:
                next(work)
            except StopIteration as ended:
                return float(ended.value)
            yield self.recorder.record("step")

    def _serving(self, state: train.State) -> Serving:
        return Serving(self.learned.graphs, state.weights, state.raters_MxD, self.offsets)

    def _judge(self, rmse: float) -> bool:
        """Keep the state when it is the best so far, and let it answer viewers."""
        self.good = copied(self.state)
        if not (rmse < self.best_rmse or math.isnan(rmse)):
            return False
        self.best, self.best_rmse = self.good, rmse
        self.learned.serving = self._serving(self.best)
        return True

    def _measure_ranking(self) -> Iterator[TrainingRecord]:
        if self.learned.config.linear and self.recorder.val_ndcg10 is not None:
            return  # the linear path alone makes the order, and it does not change while the network trains
        ndcg = held_out_ndcg(self.learned, self.learned.serving, self.sample[:NDCG_VIEWERS])
        self.recorder.val_ndcg10 = yield from self._quietly(ndcg)

    def _finish(self) -> Iterator[TrainingRecord]:
        learned = self.learned
        everyone = sample_viewers(learned.matrix, learned.matrix.n_users, learned.seed)
        rmse = yield from self._quietly(held_out_rmse(learned, learned.serving, everyone))
        learned.state, learned.rated_UxM = self.best, self.rated_UxM
        learned.best_rmse = learned.full_rmse = rmse
        self.recorder.val_rmse = rmse
        yield self.recorder.record("done")


def rated_matrix(learned: Learned) -> Array:
    """Who rated what in training (raters × movies, 0 or 1)."""
    users = np.arange(min(learned.matrix.n_users, learned.rater_rows))
    rated_UxM = np.zeros((learned.rater_rows, learned.n_padded), np.uint8)
    learned.matrix.dense(users, learned.n_padded, out=rated_UxM)
    return (rated_UxM > 0).astype(np.float32)


def copied(state: train.State) -> train.State:
    """A state with arrays of its own, since a step gives the memory of the old ones back."""
    copy: train.State = jax.tree.map(jnp.copy, state)
    return copy
