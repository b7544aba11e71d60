"""Incremental retraining: a few steps that carry new ratings into the weights, in shapes that are compiled already.

Order of one run: the matrix and everything that is counted (biases, popularity, who rated what) takes the delta; EDLAE
takes it exactly (`RIDGES_REFRESHED` says what a burst leaves to later runs); the network takes a few steps on the
changed viewers mixed with a replay sample, with the optimiser's state of the last run. An acceptance check on held-out
ratings, of the network alone, which is quick, comes before the swap: weights that got worse, or that are no numbers,
are dropped, and the last good ones go on serving.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from engine.data.arrays import Array
from engine.data.delta import RatingDelta
from engine.data.interactions import Triples
from engine.data.matrix import RatingMatrix
from engine.inference.model_state import MONITOR_VIEWERS, ModelState, solve_edlae
from engine.inference.network import FrozenNetwork, freeze
from engine.models.autoencoder import TrainState, implicit_part
from engine.models.edlae_update import updated
from engine.training import precompile, steps
from engine.training.batches import batches, count_ratings, fitting
from engine.training.growth import grown
from engine.training.recorder import Progress, Recorder, RunPart
from engine.training.statistics import counted
from engine.training.validation import held_out_rmse

RESOLVE_AFTER = 2000
"""With more changed ratings than this EDLAE is solved anew."""
FACTORS_AFTER = 32
"""Incremental steps between two moves of the user factors."""


def incremental_run(state: ModelState, triples: Triples, n_users: int, n_movies: int) -> Generator[Progress]:
    """Take new ratings in; each progress comes after at most one dispatch. Without weights yet, only counts change."""
    state, recorder = grown(state, n_users, n_movies), Recorder("incremental", 1, 0)
    before, served = state.matrix, state.serving.network
    state, delta = _with_ratings(state, triples, n_users, n_movies)
    yield recorder.at("step", state)
    if state.serving.edlae is not None:
        large = len(triples.user_N) > RESOLVE_AFTER
        edlae = solve_edlae(state) if large else updated(state.serving.edlae, delta)
        state = state.with_serving(edlae=edlae)
        yield recorder.at("step", state)
    if state.continuation.train_state is not None and len(delta.user_B):
        state = yield from _compiled(state, recorder)
        state = yield from _with_smaller_monitor(state, before, served, triples, recorder)
        state = yield from _with_steps(state, delta.user_B, recorder)
    yield recorder.at("done", state)


def _with_ratings(
    state: ModelState, triples: Triples, n_users: int, n_movies: int
) -> tuple[ModelState, RatingDelta]:  # fmt: skip
    """The state with new ratings in its matrix and in all that is counted, and what they changed."""
    before = state.matrix
    state = replace(state, matrix=before.upsert(triples, n_users, n_movies))
    delta = RatingDelta.between(before, state.matrix, np.unique(triples.user_N))
    return counted(state, before, np.unique(triples.movie_N), delta), delta


def _compiled(state: ModelState, recorder: Recorder) -> RunPart[ModelState]:
    """After a load: compile in a thread while the weights as they are go on answering."""
    if state.continuation.compiled:
        return state
    with ThreadPoolExecutor(1, "matinee-engine") as pool:
        capacity = yield from recorder.until(pool.submit(precompile.incremental_run, state), state)
    return state.with_continuation(capacity=capacity, compiled=True)


def _with_smaller_monitor(
    state: ModelState, before: RatingMatrix, served: FrozenNetwork, triples: Triples, recorder: Recorder
) -> RunPart[ModelState]:
    """Take re-rated cells out of the monitor set, and measure the RMSE that it compares with anew without them.

    By the weights and the matrix before the delta, so drift so far stays what it was.
    """
    users, n_padded = state.continuation.monitor, state.n_padded
    rows, movies, _ = before.held_cells(users)
    gone = np.isin(users[rows] * n_padded + movies, triples.user_N.astype(np.int64) * n_padded + triples.movie_N)
    if not gone.any():
        return state
    none = np.zeros(int(gone.sum()))
    out = Triples(users[rows[gone]], movies[gone], none.astype(np.uint8), none)
    rest = before.upsert(out, before.n_users, before.n_movies)
    rmse = yield from _monitored(state, served, recorder, rest)
    return state.with_continuation(monitor_rmse=rmse - state.continuation.drift)


def _with_steps(state: ModelState, changed: Array, recorder: Recorder) -> RunPart[ModelState]:
    """Take a few steps from the training state; the result replaces that state if the acceptance check passes."""
    start, done = state.continuation.train_state, state.continuation.incremental_steps
    assert start is not None  # the caller asked
    viewers = _batches(state, changed)
    recorder.steps = viewers.size // state.config.learn_batch
    rng = np.random.default_rng((state.seed, done, 1))
    stepped = start
    for users_SxB in viewers:
        stepped = _dispatch(state, stepped, users_SxB, rng, recorder)
        yield recorder.at("step", state)
    state = state.with_continuation(incremental_steps=done + recorder.steps)
    finite = _is_finite(stepped, recorder.loss)
    state, accepted = yield from _swapped(state, stepped, recorder, finite=finite)
    if accepted:
        return (yield from _with_moved_factors(state, stepped, recorder))
    # the last good weights, with the delta in the biases and in the implicit part
    network = freeze(state.graphs, start, state.serving.network.biases)
    state = state.with_serving(network=network)
    rmse = yield from _monitored(state, network, recorder)
    return state.with_continuation(drift=rmse - state.continuation.monitor_rmse)


def _swapped(
    state: ModelState, candidate: TrainState, recorder: Recorder, *, finite: bool
) -> RunPart[tuple[ModelState, bool]]:  # fmt: skip
    """The state with this training state in place and serving, if it is finite and accepted; and whether it is."""
    if not finite:
        return state.with_continuation(rollbacks=state.continuation.rollbacks + 1), False
    network = freeze(state.graphs, candidate, state.serving.network.biases)
    rmse = yield from _monitored(state, network, recorder)
    if rmse > state.continuation.monitor_rmse + state.config.learn_tolerance:
        return state, False
    recorder.val_rmse = rmse
    drift = rmse - state.continuation.monitor_rmse
    return state.with_serving(network=network).with_continuation(train_state=candidate, drift=drift), True


def _monitored(
    state: ModelState, network: FrozenNetwork, recorder: Recorder, matrix: RatingMatrix | None = None
) -> RunPart[float]:
    """RMSE of some weights on the monitor's held-out ratings, by another matrix where one is given."""
    viewers, n_padded = state.continuation.monitor, network.n_padded
    work = held_out_rmse(matrix or state.matrix, network.stars, n_padded, viewers, MONITOR_VIEWERS)
    return (yield from recorder.during(work, state))


def _is_finite(state: TrainState, loss: float | None) -> bool:
    """Whether the losses and, after the last of them, the weights are numbers."""
    return math.isfinite(loss or 0.0) and math.isfinite(float(steps.size(state.weights)))


def _dispatch(
    state: ModelState, start: TrainState, users_SxB: Array, rng: np.random.Generator, recorder: Recorder
) -> TrainState:
    began, capacity = time.perf_counter(), state.continuation.capacity
    users_SxB = np.stack([fitting(state, users_B, capacity) for users_B in users_SxB])
    rate_S = np.full(len(users_SxB), state.config.learn_rate, np.float32)
    work = batches(state, users_SxB, rate_S, rng, capacity)
    given, biases = steps.without_factors(start), state.serving.network.biases
    stepped, loss_S = steps.take_kept(state.graphs, state.config, biases, given, work)
    loss = float(loss_S.mean())
    recorder.count(len(users_SxB), count_ratings(work), time.perf_counter() - began, loss)
    return steps.with_factors(stepped, start)


def _batches(state: ModelState, changed: Array) -> Array:
    """Viewers of each dispatch (dispatches × S × B): half of a batch are changed ones, the others a replay sample."""
    config, done = state.config, state.continuation.incremental_steps
    able = np.flatnonzero(np.diff(state.matrix.start_U))
    changed = changed[np.isin(changed, able)]
    size, half, at_once = config.learn_batch, config.learn_batch // 2, config.learn_chunk
    if not len(able):
        return np.zeros((0, at_once, size), np.int64)
    dispatches = max(-(-len(changed) // (half * at_once)), 1)
    viewers = np.random.default_rng((state.seed, done)).choice(able, (dispatches, at_once, size))
    for step, users_B in enumerate(viewers.reshape(-1, size)):
        part = changed[step * half :][:half] if len(changed) > half else changed
        users_B[: len(part)] = part
    return viewers


def _with_moved_factors(state: ModelState, current: TrainState, recorder: Recorder) -> RunPart[ModelState]:
    """Every so many steps the user factors move too; a move that is not accepted is dropped with its gradient."""
    pending = state.continuation.pending_factor_steps + recorder.step
    state = state.with_continuation(pending_factor_steps=pending)
    if current.factors is None or pending < FACTORS_AFTER:
        return state
    rate, index = np.float32(state.config.learn_rate * state.config.factors_rate), state.rater_index()
    moved = steps.ready(
        steps.move_factors(state.config, index, steps.copied(current.factors), rate, np.float32(pending))
    )
    yield recorder.at("step", state)
    implicit_MxD = steps.ready(implicit_part(state.graphs, moved.weights, index))
    yield recorder.at("step", state)
    finite = math.isfinite(float(steps.size((moved.weights, implicit_MxD))))
    state = state.with_continuation(pending_factor_steps=0)
    candidate = current._replace(factors=moved, implicit_MxD=implicit_MxD)
    state, accepted = yield from _swapped(state, candidate, recorder, finite=finite)
    if not accepted:
        kept = current._replace(factors=current.factors._replace(gradient_MxD=moved.gradient_MxD))
        state = state.with_continuation(train_state=kept)
    yield recorder.at("step", state)
    return state
