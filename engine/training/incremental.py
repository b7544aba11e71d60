"""Incremental retraining: a few steps that carry new ratings into the weights, in shapes that are compiled already.

Order of one run: the matrix and everything that is counted (offsets, popularity, who rated what) takes the news; the
linear path takes them exactly (`RIDGES_PAID` says what a burst leaves to later runs); the network takes a few steps on
the changed viewers mixed with a replay sample, with the optimiser's moments of the last run. A held-out check of
the network alone, which is quick, gates the swap: weights that got worse, or that are no numbers, are dropped, and the
last good ones go on serving.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from engine.data.interactions import Array, RatingMatrix, Triples
from engine.inference.model_state import GATE_VIEWERS, Learned, solve_linear
from engine.inference.network import Serving, serve
from engine.training import steps as train
from engine.training.batches import batches, count_ratings, fitting
from engine.training.growth import grow
from engine.training.precompile import warm_learning
from engine.training.recorder import Recorder, quietly
from engine.training.statistics import changes_of, count
from engine.training.validation import held_out_rmse
from engine.types import TrainingRecord

RESOLVE_AFTER = 2000
"""With more changed ratings than this the linear path is made anew."""
RATERS_AFTER = 32
"""Incremental steps between two moves of the raters' vectors."""


def learn_run(learned: Learned, news: Triples, n_users: int, n_movies: int) -> Iterator[TrainingRecord]:
    """Take the news in; each yield comes after at most one dispatch. Without weights yet, only counts change."""
    grow(learned, n_users, n_movies)
    before, after = learned.matrix, learned.matrix.upsert(news, n_users, n_movies)
    users, movies = np.unique(news.user_N), np.unique(news.movie_N)
    changes = changes_of(before, after, users)
    learned.matrix = after
    served = learned.serving
    count(learned, before, users, movies, changes)
    recorder = Recorder(learned, "incremental", 1, 0)
    yield recorder.record("step")
    if learned.linear is not None:
        large = len(news.user_N) > RESOLVE_AFTER
        learned.linear = solve_linear(learned) if large else learned.linear.updated(changes)
        yield recorder.record("step")
    if learned.state is not None and len(users):
        yield from _warm_up(learned, recorder)
        yield from _measure_what_is_left(learned, before, served, news, recorder)
        yield from _take_steps(learned, users, recorder)
    yield recorder.record("done")


def _warm_up(learned: Learned, recorder: Recorder) -> Iterator[TrainingRecord]:
    """After a load: compile in a thread while the weights as they are go on answering."""
    if learned.warm:
        return
    with ThreadPoolExecutor(1, "matinee-engine") as pool:
        future = pool.submit(warm_learning, learned)
        while not future.done():
            time.sleep(0.005)
            yield recorder.record("step")
        future.result()


def _measure_what_is_left(
    learned: Learned, before: RatingMatrix, served: Serving, news: Triples, recorder: Recorder
) -> Iterator[TrainingRecord]:
    """News on held-out ratings that gate take those out of the gate: what it compares with is measured without them.

    By the weights and the matrix before the news, so drift so far stays what it was.
    """
    users = learned.gate_viewers
    rows, movies, _ = before.held_cells(users)
    gone = np.isin(
        users[rows] * learned.n_padded + movies, news.user_N.astype(np.int64) * learned.n_padded + news.movie_N
    )
    if not gone.any():
        return
    none = np.zeros(int(gone.sum()))
    out = Triples(users[rows[gone]], movies[gone], none.astype(np.uint8), none)
    rest = replace(learned, matrix=before.upsert(out, before.n_users, before.n_movies))
    learned.gate_rmse = (yield from _gate(rest, served, recorder)) - learned.drift


def _take_steps(learned: Learned, changed: Array, recorder: Recorder) -> Iterator[TrainingRecord]:
    """A few steps on a copy of the state; it takes the state's place when it passes the gate."""
    assert learned.state is not None  # the caller asked
    viewers = _batches(learned, changed)
    recorder.steps = viewers.size // learned.config.learn_batch
    rng = np.random.default_rng((learned.seed, learned.learned_steps, 1))
    state = learned.state
    for users_SxB in viewers:
        state = _dispatch(learned, state, users_SxB, rng, recorder)
        yield recorder.record("step")
    learned.learned_steps += recorder.steps
    if (yield from _swap(learned, state, _is_finite(state, recorder.loss), recorder)):
        yield from _move_raters(learned, recorder)
        return
    # the last good weights, with the news in the offsets and in the raters' product
    learned.serving = serve(learned.graphs, learned.state, learned.serving.offsets)
    learned.drift = (yield from _gate(learned, learned.serving, recorder)) - learned.gate_rmse


def _swap(
    learned: Learned, state: train.State, finite: bool, recorder: Recorder
) -> Generator[TrainingRecord, None, bool]:
    """Let this state take its place and serve, if it is finite and passes the gate; whether it did."""
    if not finite:
        learned.rollbacks += 1
        return False
    candidate = serve(learned.graphs, state, learned.serving.offsets)
    rmse = yield from _gate(learned, candidate, recorder)
    if rmse > learned.gate_rmse + learned.config.learn_tolerance:
        return False
    learned.state, learned.serving, learned.drift = state, candidate, rmse - learned.gate_rmse
    recorder.val_rmse = rmse
    return True


def _gate(learned: Learned, serving: Serving, recorder: Recorder) -> Generator[TrainingRecord, None, float]:
    """RMSE of some weights on the held-out ratings that gate."""
    return (yield from quietly(held_out_rmse(learned, serving, learned.gate_viewers, GATE_VIEWERS), recorder))


def _is_finite(state: train.State, loss: float | None) -> bool:
    """Whether the losses and, after the last of them, the weights are numbers."""
    return math.isfinite(loss or 0.0) and math.isfinite(float(train.size(state.weights)))


def _dispatch(
    learned: Learned, state: train.State, users_SxB: Array, rng: np.random.Generator, recorder: Recorder
) -> train.State:
    began = time.perf_counter()
    users_SxB = np.stack([fitting(learned, users_B, learned.learn_room) for users_B in users_SxB])
    rate_S = np.full(len(users_SxB), learned.config.learn_rate, np.float32)
    work = batches(learned, users_SxB, rate_S, rng, learned.learn_room)
    given = train.without_vectors(state)
    stepped, loss_S = train.kept_steps(learned.graphs, learned.config, learned.serving.offsets, given, work)
    loss = float(loss_S.mean())
    recorder.count(len(users_SxB), count_ratings(work), time.perf_counter() - began, loss)
    return train.with_vectors(stepped, state)


def _batches(learned: Learned, changed: Array) -> Array:
    """Viewers of each dispatch and step (T × S × B): half of a batch are changed ones, the others a replay sample."""
    able = np.flatnonzero(np.diff(learned.matrix.start_U))
    changed = changed[np.isin(changed, able)]
    size, half, at_once = learned.config.learn_batch, learned.config.learn_batch // 2, learned.config.learn_steps
    if not len(able):
        return np.zeros((0, at_once, size), np.int64)
    dispatches = max(-(-len(changed) // (half * at_once)), 1)
    viewers = np.random.default_rng((learned.seed, learned.learned_steps)).choice(able, (dispatches, at_once, size))
    for step, users_B in enumerate(viewers.reshape(-1, size)):
        part = changed[step * half :][:half] if len(changed) > half else changed
        users_B[: len(part)] = part
    return viewers


def _move_raters(learned: Learned, recorder: Recorder) -> Iterator[TrainingRecord]:
    """Every so many steps the raters' vectors move too; a move that fails the gate is dropped with its gradient."""
    learned.raters_pending += recorder.step
    state = learned.state
    if state is None or state.raters is None or learned.raters_pending < RATERS_AFTER:
        return
    rate = np.float32(learned.config.learn_rate * learned.config.raters_rate)
    n, rated = np.float32(learned.raters_pending), learned.rated()
    raters = train.ready(train.move_raters(learned.config, rated, train.copied(state.raters), rate, n))
    yield recorder.record("step")
    product_MxD = train.ready(train.raters_product(learned.graphs, raters.weights, rated))
    yield recorder.record("step")
    finite = math.isfinite(float(train.size((raters.weights, product_MxD))))
    learned.raters_pending = 0
    if not (yield from _swap(learned, state._replace(raters=raters, raters_MxD=product_MxD), finite, recorder)):
        learned.state = state._replace(raters=state.raters._replace(gradient_MxD=raters.gradient_MxD))
    yield recorder.record("step")
