"""What a delta changes in everything that is counted: biases, popularity, fame, cold start, and the implicit part.

Sums over all ratings of a movie are kept in `ItemStatistics` and changed by the cells of the changed viewers alone, so
the cost follows the delta and the histories of its viewers, not the data set.
"""

from __future__ import annotations

import jax
import numpy as np

from engine.data.arrays import Array
from engine.data.delta import RatingDelta
from engine.data.matrix import RatingMatrix
from engine.inference.model_state import ModelState, popularity
from engine.models import biases
from engine.models.autoencoder import TrainState
from engine.models.choice import log_count
from engine.models.edlae import preference_of_half
from engine.models.item_statistics import ItemStatistics


def counted(state: ModelState, before: RatingMatrix, movies: Array, delta: RatingDelta) -> ModelState:
    """A state that counts the delta, which its matrix holds and `before` does not; `movies` are those in it."""
    old, preference = _statistics(state, before), preference_of_half(state.config)
    fitted = state.serving.network.biases
    movie_M = np.array(fitted.movie_M)
    user_U = biases.changed_users(delta, state.continuation.user_U, state.matrix.n_users, fitted, movie_M)
    new = old.changed(delta, state.matrix, user_U, preference)
    movie_M[movies] = biases.shrunk(new.above_M[movies], new.count_M[movies], state.config.movie_shrink)
    trained = state.continuation.train_state
    if trained is not None:
        trained = _with_raters(trained, delta, old.count_M, new.count_M)
    state = state.with_continuation(statistics=new, user_U=user_U, train_state=trained)
    return _serving(state, new, movies, movie_M)


def _statistics(state: ModelState, before: RatingMatrix) -> ItemStatistics:
    """The sums before the delta; made anew after a full run, a load or a growth of the arrays."""
    kept, user_U = state.continuation.statistics, state.continuation.user_U
    if kept is not None and kept.fits(before, user_U, state.n_padded):
        return kept
    mean = float(state.serving.network.biases.mean)
    return ItemStatistics.of(before, mean, user_U, preference_of_half(state.config), state.n_padded)


def _serving(state: ModelState, new: ItemStatistics, movies: Array, movie_M: Array) -> ModelState:
    """The state with these movies' biases, popularity, fame and counts."""
    serving, n_movies = state.serving, state.matrix.n_movies
    popularity_M = serving.popularity_M.copy()
    popularity_M[movies] = popularity(new.preference_M[movies])
    log_count_M = serving.log_count_M.copy()
    log_count_M[movies] = log_count(new.count_M[movies])
    cold_start = serving.cold_start
    if cold_start is not None:
        cold_start = cold_start.counted(movies, new.count_M[movies], n_movies)
    known_M = biases.known_movies(n_movies, state.n_padded)
    network = serving.network.with_biases(state.put(movie_M), state.put(known_M))
    return state.with_serving(
        network=network, popularity_M=popularity_M, log_count_M=log_count_M, cold_start=cold_start
    )


def _with_raters(trained: TrainState, delta: RatingDelta, old_count_M: Array, count_M: Array) -> TrainState:
    """Who rated what changes the implicit part of these movies at once, with the user factors as they are."""
    if trained.factors is None:
        return trained
    sign_N = (delta.new_half_N > 0).astype(np.float32) - (delta.old_half_N > 0)
    cells = np.flatnonzero(sign_N)
    movies, row_N = np.unique(delta.movie_N[cells], return_inverse=True)
    factor_NxD = np.asarray(jax.tree.leaves(trained.factors.weights)[0])[delta.user_B[delta.viewer_N[cells]]]
    implicit_MxD = np.array(trained.implicit_MxD)
    sum_CxD = implicit_MxD[movies] * _root(old_count_M[movies])
    np.add.at(sum_CxD, row_N, factor_NxD * sign_N[cells, None])
    implicit_MxD[movies] = sum_CxD / _root(count_M[movies])
    return trained._replace(implicit_MxD=jax.device_put(implicit_MxD, trained.implicit_MxD.sharding))


def _root(count_C: Array) -> Array:
    root_Cx1: Array = np.sqrt(np.maximum(count_C, 1)).astype(np.float32)[:, None]
    return root_Cx1
