"""Incremental retraining: a few steps that carry new ratings into the weights, in shapes that are compiled already.

Order of one run: the matrix and everything that is counted (offsets, popularity, who rated what) takes the news; the
linear path takes them exactly; the network takes a few steps on the changed viewers mixed with a replay sample, with
the optimiser's moments of the last run. A held-out check gates the swap: weights that got worse, or a loss that is
not finite, are dropped, and the last good ones go on serving.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from functools import partial
from typing import NamedTuple

import jax
import numpy as np

from engine import train
from engine.fit import copied, rated_matrix
from engine.grow import grow
from engine.learned import BLOCK, Learned, Serving, solve_linear
from engine.model import Offsets, Raters
from engine.read import Array, RatingMatrix, Triples
from engine.records import Recorder
from engine.types import TrainingRecord
from engine.validate import held_out_rmse, sample_viewers

NEWS_BLOCK = 32
"""Changed ratings that one dispatch writes to the raters' matrix."""
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
    changed = np.unique(news.user_N)
    before = learned.matrix
    grow(learned, n_users, n_movies)
    learned.matrix = before.upsert(news, n_users, n_movies)
    _count(learned, np.unique(news.movie_N))
    recorder = Recorder(learned, "incremental", 1, 0)
    yield from _update_linear(learned, before, changed, len(news.user_N), recorder)
    if learned.state is not None and len(news.user_N):
        _tell_raters(learned, news)
        yield from _take_steps(learned, changed, recorder)
    yield recorder.record("done")


def _count(learned: Learned, movies: Array) -> None:
    """Offsets of the changed movies, the catalogue's size and popularity."""
    offsets, matrix = learned.serving.offsets, learned.matrix
    mean, shrink = float(offsets.mean), float(offsets.user_shrink)
    movie_M = np.array(offsets.movie_M)
    changed = np.isin(matrix.movie_N, movies) & ~matrix.held_N
    users_N = np.searchsorted(matrix.start_U, np.flatnonzero(changed), side="right") - 1
    residual_N = matrix.half_N[changed] * 0.5 - mean - _user_offsets(matrix, users_N, movie_M, mean, shrink)
    sums = np.bincount(matrix.movie_N[changed], residual_N, learned.n_padded)
    counts = np.bincount(matrix.movie_N[changed], minlength=learned.n_padded)
    movie_M[movies] = (sums / (counts + learned.config.movie_shrink))[movies]
    known_M = (np.arange(learned.n_padded) < matrix.n_movies).astype(np.float32)
    fresh = learned.put(offsets._replace(movie_M=movie_M, known_M=known_M))
    _swap(learned, offsets=fresh)
    learned.refresh_prior()


def _user_offsets(matrix: RatingMatrix, users_N: Array, movie_M: Array, mean: float, shrink: float) -> Array:
    """Shrunk offsets of the users of some ratings, from all their training ratings."""
    users = np.unique(users_N)
    rows, cells = matrix.cells(users)
    above_N = (matrix.half_N[cells] * 0.5 - mean - movie_M[matrix.movie_N[cells]]) * ~matrix.held_N[cells]
    total = np.bincount(rows, above_N, len(users))
    count = np.bincount(rows, ~matrix.held_N[cells], len(users))
    return (total / (count + shrink))[np.searchsorted(users, users_N)]


def _swap(
    learned: Learned,
    offsets: Offsets | None = None,
    weights: train.Tree = None,
    raters_MxD: jax.Array | None = None,
) -> None:
    old = learned.serving
    learned.serving = Serving(
        old.graphs,
        old.weights if weights is None else weights,
        old.raters_MxD if raters_MxD is None else raters_MxD,
        old.offsets if offsets is None else offsets,
        old.trained,
    )


def _update_linear(
    learned: Learned, before: RatingMatrix, changed: Array, n_news: int, recorder: Recorder
) -> Iterator[TrainingRecord]:
    if learned.linear is None:
        return
    if n_news > RESOLVE_AFTER:
        learned.linear = solve_linear(learned)
        return
    for user in changed.tolist():
        learned.linear.update(*_change(before, learned.matrix, user))
        yield recorder.record("step")


def _change(before: RatingMatrix, after: RatingMatrix, user: int) -> Change:
    """A viewer's training ratings on both sides of the news."""
    old = dict(zip(*(c.tolist() for c in before.train_row(user)), strict=True)) if user < before.n_users else {}
    new = dict(zip(*(c.tolist() for c in after.train_row(user)), strict=True))
    movies = sorted(old.keys() | new.keys())
    old_half, new_half = ([side.get(m, 0) for m in movies] for side in (old, new))
    return Change(np.array(movies, np.int64), np.array(old_half, np.uint8), np.array(new_half, np.uint8))


def _tell_raters(learned: Learned, news: Triples) -> None:
    """Who rated what changes the decoder at once, with the raters' vectors as they are."""
    state = learned.state
    if state is None or state.raters is None or learned.rated_UxM is None:
        return
    inside = news.user_N < learned.rater_rows
    users, movies, rated = news.user_N[inside], news.movie_N[inside], (news.half_N[inside] > 0).astype(np.float32)
    if len(users) > RESOLVE_AFTER:
        learned.rated_UxM = learned.put(rated_matrix(learned))
        product = train.raters_product(learned.graphs, state.raters.weights, learned.rated_UxM)
    else:
        product = state.raters_MxD
        for start in range(0, len(users), NEWS_BLOCK):
            block = np.resize(np.arange(start, min(start + NEWS_BLOCK, len(users))), NEWS_BLOCK)
            learned.rated_UxM, product = _rate_block(
                learned.graphs, state.raters.weights, learned.rated_UxM, product,
                users[block], movies[block], rated[block],
            )  # fmt: skip
    learned.state = state._replace(raters_MxD=product)
    _swap(learned, raters_MxD=product)


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def _rate_block(
    graphs: train.Graphs, raters: train.Tree, rated_UxM: jax.Array, raters_MxD: jax.Array,
    users_K: jax.Array, movies_K: jax.Array, rated_K: jax.Array,
) -> tuple[jax.Array, jax.Array]:  # fmt: skip
    """Write some cells of the raters' matrix and make the product of their movies anew."""
    rated_UxM = rated_UxM.at[users_K, movies_K].set(rated_K)
    module: Raters = train.merge_raters(graphs, raters)
    return rated_UxM, raters_MxD.at[movies_K].set(module(rated_UxM[:, movies_K]))


def _take_steps(learned: Learned, changed: Array, recorder: Recorder) -> Iterator[TrainingRecord]:
    config, state = learned.config, copied(learned.state)
    viewers = _batches(learned, changed)
    recorder.steps = len(viewers)
    rng = np.random.default_rng((learned.seed, learned.matrix.n_ratings, learned.learned_steps))
    sample = sample_viewers(learned.matrix, BLOCK, learned.seed)
    before = yield from _drive(held_out_rmse(learned, learned.serving, sample), recorder)
    for users_B in viewers:
        began = time.perf_counter()
        half = learned.matrix.dense(users_B, learned.n_padded)[None]
        key = rng.integers(0, 2**32, (1, 4), np.uint32)
        batches = train.Batches(half, np.full(1, config.learn_rate, np.float32), key)  # type: ignore[arg-type]
        state, loss_S = train.steps(learned.graphs, config, learned.serving.offsets, state, batches)
        recorder.count(1, int(np.count_nonzero(half)), time.perf_counter() - began, float(loss_S.mean()))
        yield recorder.record("step")
    learned.learned_steps += len(viewers)
    candidate = Serving(learned.graphs, state.weights, state.raters_MxD, learned.serving.offsets)
    after = yield from _drive(held_out_rmse(learned, candidate, sample), recorder)
    recorder.val_rmse, recorder.val_ndcg10 = before, None
    if not _finite(recorder.loss):
        learned.rollbacks += 1
    elif not after > before + config.learn_tolerance:
        learned.state, recorder.val_rmse = state, after
        _swap(learned, weights=state.weights, raters_MxD=state.raters_MxD)
        yield from _move_raters(learned, recorder)


def _finite(loss: float | None) -> bool:
    return loss is not None and math.isfinite(loss)


def _batches(learned: Learned, changed: Array) -> list[Array]:
    """Viewers of each step: half of a batch are changed ones, the others a replay sample."""
    able = np.flatnonzero(learned.matrix.train_counts())
    changed = changed[np.isin(changed, able)]
    rng = np.random.default_rng((learned.seed, learned.learned_steps))
    size = learned.config.learn_batch
    n = max(learned.config.learn_steps, -(-len(changed) // (size // 2)))
    batches = []
    for at in range(n):
        part = changed[at * (size // 2) :][: size // 2] if len(changed) > size // 2 else changed
        replay = rng.choice(able, size - len(part))
        batches.append(np.concatenate((part, replay)))
    return batches if len(able) else []


def _move_raters(learned: Learned, recorder: Recorder) -> Iterator[TrainingRecord]:
    """Every so many steps the raters' vectors move too."""
    learned.raters_pending += recorder.step
    state = learned.state
    if state is None or learned.rated_UxM is None or learned.raters_pending < RATERS_AFTER:
        return
    rate, n = np.float32(learned.config.learn_rate), np.float32(learned.raters_pending)
    moved = train.raters_step(learned.graphs, learned.config, learned.rated_UxM, copied(state), rate, n)
    learned.state, learned.raters_pending = jax.block_until_ready(moved), 0
    _swap(learned, raters_MxD=moved.raters_MxD, weights=moved.weights)
    yield recorder.record("step")


def _drive(work: Generator[None, None, float], recorder: Recorder) -> Generator[TrainingRecord, None, float]:
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return float(ended.value)
        yield recorder.record("step")
