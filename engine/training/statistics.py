"""What news change in everything that is counted: offsets, popularity, content's counts, and the raters' product.

Sums over all ratings of a movie are kept in `Tallies` and changed by the cells of the changed viewers alone, so the
cost follows the news and the histories of their viewers, not the data set.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np

from engine.data.interactions import Array, RatingMatrix
from engine.inference.model_state import POPULAR, Learned
from engine.models.edlae import Changes
from engine.models.item_statistics import Tallies
from engine.training import steps as train


def changes_of(before: RatingMatrix, after: RatingMatrix, users_B: Array) -> Changes:
    """All training cells of some users on both sides of the news."""
    width = after.n_movies
    known = np.flatnonzero(users_B < before.n_users)
    sides = [_keyed(before, users_B[known], known, width), _keyed(after, users_B, np.arange(len(users_B)), width)]
    both_N = np.sort(np.concatenate([key_N for key_N, _ in sides]), kind="stable")  # two runs in order: one merge
    key_N = both_N[np.diff(both_N, prepend=-1) > 0]
    old_half_N, new_half_N = (np.zeros(len(key_N), np.uint8) for _ in sides)
    for half_N, (side_N, side_half_N) in zip((old_half_N, new_half_N), sides, strict=True):
        half_N[np.searchsorted(key_N, side_N)] = side_half_N
    return Changes(users_B, key_N // width, key_N % width, old_half_N, new_half_N)


def _keyed(matrix: RatingMatrix, users_B: Array, number_B: Array, width: int) -> tuple[Array, Array]:
    """Training cells of users as one number each (the user's own number first), and their half stars."""
    rows, cells = matrix.cells(users_B)
    train_N = ~matrix.held_N[cells]
    rows, cells = rows[train_N], cells[train_N]
    return number_B[rows] * width + matrix.movie_N[cells], matrix.half_N[cells]


def count(learned: Learned, before: RatingMatrix, users: Array, movies: Array, changes: Changes) -> None:
    """Everything that is counted, `learned.matrix` having taken the news that `before` had not."""
    tallies = _tallies(learned, before)
    movie_M = np.array(learned.serving.offsets.movie_M)
    learned.user_U = _user_offsets(learned, users, movie_M, changes)
    learned.tallies = tallies.changed(changes, learned.matrix, users, learned.user_U, learned.grade_of_half)
    _offsets_and_popularity(learned, learned.tallies, movie_M, movies)
    if learned.state is not None:
        learned.state = _tell_raters(learned.state, users, changes, tallies.count_M, learned.tallies.count_M)


def _tallies(learned: Learned, before: RatingMatrix) -> Tallies:
    """The sums before the news; made anew after a full run, a load or a growth of the arrays."""
    kept, user_U = learned.tallies, learned.user_U
    if kept is not None and kept.fits(before, user_U, learned.n_padded):
        return kept
    return Tallies.of(before, float(learned.serving.offsets.mean), user_U, learned.grade_of_half, learned.n_padded)


def _offsets_and_popularity(learned: Learned, tallies: Tallies, movie_M: Array, movies: Array) -> None:
    count_K, above_K, graded_K = tallies.count_M[movies], tallies.above_M[movies], tallies.graded_M[movies]
    movie_M[movies] = above_K / (count_K + learned.config.movie_shrink)
    learned.prior_M = learned.prior_M.copy()  # a fork goes on answering with the old one
    learned.prior_M[movies] = graded_K / (graded_K + POPULAR)
    if learned.content is not None:
        learned.content = learned.content.counted(movies, count_K, learned.matrix.n_movies)
    known_M = (np.arange(learned.n_padded) < learned.matrix.n_movies).astype(np.float32)
    fresh = learned.serving.offsets._replace(movie_M=learned.put(movie_M), known_M=learned.put(known_M))
    learned.serving = replace(learned.serving, offsets=fresh)


def _user_offsets(learned: Learned, users: Array, movie_M: Array, changes: Changes) -> Array:
    user_U: Array = np.pad(learned.user_U, (0, learned.matrix.n_users - len(learned.user_U)))
    rated_N = changes.new_half_N > 0
    above_N = (changes.new_half_N * 0.5 - float(learned.serving.offsets.mean) - movie_M[changes.movie_N]) * rated_N
    count_B, above_B = (np.bincount(changes.viewer_N, value_N, len(users)) for value_N in (rated_N, above_N))
    user_U[users] = above_B / (count_B + learned.config.user_shrink)
    return user_U


def _tell_raters(state: train.State, users: Array, changes: Changes, old_count_M: Array, count_M: Array) -> train.State:
    """Who rated what changes the decoder's rows of these movies at once, with the raters' vectors as they are."""
    if state.raters is None:
        return state
    sign_N = (changes.new_half_N > 0).astype(np.float32) - (changes.old_half_N > 0)
    cells = np.flatnonzero(sign_N)
    movies, at_N = np.unique(changes.movie_N[cells], return_inverse=True)
    vector_NxD = np.asarray(jax.tree.leaves(state.raters.weights)[0])[users[changes.viewer_N[cells]]]
    product_MxD = np.array(state.raters_MxD)
    sum_KxD = product_MxD[movies] * _root(old_count_M[movies])
    np.add.at(sum_KxD, at_N, vector_NxD * sign_N[cells, None])
    product_MxD[movies] = sum_KxD / _root(count_M[movies])
    return state._replace(raters_MxD=jax.device_put(product_MxD, state.raters_MxD.sharding))


def _root(count_K: Array) -> Array:
    root_Kx1: Array = np.sqrt(np.maximum(count_K, 1)).astype(np.float32)[:, None]
    return root_Kx1
