"""Incremental retraining: a few steps that carry new ratings into the weights, in shapes that are compiled already.

Order of one run: the matrix and everything that is counted (offsets, popularity, who rated what) takes the news; the
linear path takes them exactly; the network takes a few steps on the changed viewers mixed with a replay sample, with
the optimiser's moments of the last run. A held-out check gates the swap: weights that got worse, or a loss that is
not finite, are dropped, and the last good ones go on serving.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import jax
import numpy as np

from engine import train
from engine.feed import batches, count_ratings, fitting
from engine.grow import grow
from engine.learned import GATE_VIEWERS, POPULAR, Learned, solve_linear
from engine.read import Array, RatingMatrix, Triples
from engine.records import Recorder, quietly
from engine.serving import serve
from engine.types import TrainingRecord
from engine.validate import held_out_rmse
from engine.warm import warm_learning

RESOLVE_AFTER = 2000
"""With more changed ratings than this the linear path and the raters' product are made anew."""
RATERS_AFTER = 32
"""Incremental steps between two moves of the raters' vectors."""


class Change(NamedTuple):
    """One viewer's ratings before and after: movies, and half stars (0 where unrated) on both sides."""

    movies: Array
    old_half: Array
    new_half: Array


def learn_run(learned: Learned, news: Triples, n_users: int, n_movies: int) -> Iterator[TrainingRecord]:
    """Take the news in; each yield comes after at most one dispatch. Without weights yet, only counts change."""
    before = learned.matrix
    grow(learned, n_users, n_movies)
    learned.matrix = before.upsert(news, n_users, n_movies)
    changed = np.unique(news.user_N)
    movies = np.unique(news.movie_N)
    cells = learned.matrix.cells_of_movies(movies, learned.n_padded)
    _count(learned, changed, movies, cells)
    recorder = Recorder(learned, "incremental", 1, 0)
    if learned.state is not None:
        learned.state = _tell_raters(learned, learned.state, movies, cells)
        if learned.serving.trained:
            learned.serving = serve(learned.graphs, learned.state, learned.serving.offsets)
    yield recorder.record("step")
    yield from _update_linear(learned, before, changed, len(news.user_N), recorder)
    if learned.state is not None and len(changed):
        yield from _warm_up(learned, recorder)
        yield from _take_steps(learned, changed, recorder)
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


def _count(learned: Learned, users: Array, movies: Array, movie_cells: Array) -> None:
    """Offsets of the changed users and movies (`movie_cells` are theirs), the catalogue's size, and popularity."""
    offsets, matrix, config = learned.serving.offsets, learned.matrix, learned.config
    mean, movie_M = float(offsets.mean), np.array(offsets.movie_M)
    learned.user_U = np.concatenate((learned.user_U, np.zeros(matrix.n_users - len(learned.user_U))))
    rows, cells = matrix.cells(users)
    above = matrix.half_N[cells] * 0.5 - mean - movie_M[matrix.movie_N[cells]]
    learned.user_U[users] = _shrunk(rows, above, ~matrix.held_N[cells], len(users), config.user_shrink)
    cells = movie_cells
    above = matrix.half_N[cells] * 0.5 - mean - learned.user_U[matrix.rows_of(cells)]
    columns = np.searchsorted(movies, matrix.movie_N[cells])
    movie_M[movies] = _shrunk(columns, above, ~matrix.held_N[cells], len(movies), config.movie_shrink)
    if learned.content is not None:
        counts = np.bincount(columns, ~matrix.held_N[cells], len(movies))
        learned.content = learned.content.counted(movies, counts, matrix.n_movies)
    weight = np.bincount(columns, learned.popularity(cells), len(movies))
    learned.prior_M[movies] = weight / (weight + POPULAR)
    known_M = (np.arange(learned.n_padded) < matrix.n_movies).astype(np.float32)
    fresh = offsets._replace(movie_M=learned.put(movie_M), known_M=learned.put(known_M))
    learned.serving = replace(learned.serving, offsets=fresh)


def _shrunk(group_N: Array, above_N: Array, counts_N: Array, n: int, shrink: float) -> Array:
    """Means of n groups, shrunk towards 0, over the cells that count."""
    total = np.bincount(group_N, above_N * counts_N, n)
    mean: Array = total / (np.bincount(group_N, counts_N, n) + shrink)
    return mean


def _update_linear(
    learned: Learned, before: RatingMatrix, changed: Array, n_news: int, recorder: Recorder
) -> Iterator[TrainingRecord]:
    if learned.linear is None:
        return
    if n_news > RESOLVE_AFTER:
        learned.linear = solve_linear(learned)
        return
    for user in changed.tolist():
        learned.linear = learned.linear.updated(*_change(before, learned.matrix, user))
        yield recorder.record("step")


def _change(before: RatingMatrix, after: RatingMatrix, user: int) -> Change:
    """A viewer's training ratings on both sides of the news."""
    old = dict(zip(*(c.tolist() for c in before.train_row(user)), strict=True)) if user < before.n_users else {}
    new = dict(zip(*(c.tolist() for c in after.train_row(user)), strict=True))
    movies = sorted(old.keys() | new.keys())
    old_half, new_half = ([side.get(m, 0) for m in movies] for side in (old, new))
    return Change(np.array(movies, np.int64), np.array(old_half, np.uint8), np.array(new_half, np.uint8))


def _tell_raters(learned: Learned, state: train.State, movies: Array, cells: Array) -> train.State:
    """Who rated what changes the decoder's rows of these movies at once, with the raters' vectors as they are."""
    if state.raters is None:
        return state
    matrix, vector_UxD = learned.matrix, np.asarray(jax.tree.leaves(state.raters.weights)[0])
    cells = cells[~matrix.held_N[cells]]
    order = np.argsort(matrix.movie_N[cells], kind="stable")
    movie_N, user_N = matrix.movie_N[cells][order], matrix.rows_of(cells)[order]
    product_MxD = np.array(state.raters_MxD)
    starts = np.searchsorted(movie_N, np.append(movies, learned.n_padded))
    for movie, first, last in zip(movies.tolist(), starts, starts[1:], strict=False):
        product_MxD[movie] = vector_UxD[user_N[first:last]].sum(0) / max(last - first, 1) ** 0.5
    return state._replace(raters_MxD=learned.put(product_MxD))


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
    candidate = serve(learned.graphs, state, learned.serving.offsets)
    gate = held_out_rmse(learned, candidate, learned.gate_viewers, GATE_VIEWERS)
    rmse = yield from quietly(gate, recorder)
    if not math.isfinite(recorder.loss or 0.0):
        learned.rollbacks += 1
    elif not rmse > learned.gate_rmse + learned.config.learn_tolerance:
        learned.state, learned.serving, recorder.val_rmse = state, candidate, rmse
        yield from _move_raters(learned, recorder)


def _dispatch(
    learned: Learned, state: train.State, users_SxB: Array, rng: np.random.Generator, recorder: Recorder
) -> train.State:
    began = time.perf_counter()
    users_SxB = np.stack([fitting(learned, users_B, learned.learn_room) for users_B in users_SxB])
    rate_S = np.full(len(users_SxB), learned.config.learn_rate, np.float32)
    work = batches(learned, users_SxB, rate_S, rng, learned.learn_room)
    state, loss_S = train.kept_steps(learned.graphs, learned.config, learned.serving.offsets, state, work)
    loss = float(loss_S.mean())
    recorder.count(len(users_SxB), count_ratings(work), time.perf_counter() - began, loss)
    return state


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
    """Every so many steps the raters' vectors move too."""
    learned.raters_pending += recorder.step
    state = learned.state
    if state is None or state.raters is None or learned.raters_pending < RATERS_AFTER:
        return
    rate = np.float32(learned.config.learn_rate * learned.config.raters_rate)
    n, rated = np.float32(learned.raters_pending), learned.rated()
    raters = train.ready(train.move_raters(learned.config, rated, train.copied(state.raters), rate, n))
    yield recorder.record("step")
    product_MxD = train.ready(train.raters_product(learned.graphs, raters.weights, rated))
    learned.state, learned.raters_pending = state._replace(raters=raters, raters_MxD=product_MxD), 0
    learned.serving = serve(learned.graphs, learned.state, learned.serving.offsets)
    yield recorder.record("step")
