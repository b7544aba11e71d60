"""Everything that is learned and what it is learned from, by row and column numbers: no ids, no frames.

A state never changes. A run takes one and makes new ones. `serving` answers viewers, `continuation` is what the next
run goes on from; a checkpoint holds all of it but what `Continuation` marks as derived. Which fields each kind of run
may replace is a table in `tests/engine/training/test_what_runs_write.py`, which holds them to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

import jax
import numpy as np

from engine.config import Config
from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.matrix import RatingMatrix
from engine.inference.network import FrozenNetwork
from engine.inference.ranking import Ranking
from engine.inference.serving import BY_RELEVANCE, ServingModel
from engine.inference.user import UserInference
from engine.models import biases, edlae, residual_knn
from engine.models.autoencoder import Graphs, TrainState, Tree
from engine.models.choice import log_count
from engine.models.cold_start import ColdStart
from engine.models.edlae import Edlae, preference_of_half
from engine.models.item_statistics import ItemStatistics
from engine.models.networks import fresh
from engine.models.packing import Capacity
from engine.models.rater_index import RaterIndex, rater_index
from engine.models.residual_knn import ResidualKNN

MONITOR_VIEWERS = 64
"""Viewers of the monitor, whose held-out ratings an incremental run is accepted by."""
POPULAR = 50.0
"""Summed preference of its ratings that makes a movie half as popular as can be."""
USER_BLOCK = 512
MOVIE_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Continuation:
    """What the next run goes on from. No answer to a viewer reads it."""

    train_state: TrainState | None = None
    """Weights and optimiser's state as the last run left them; None before the first."""
    user_U: Array = field(default_factory=lambda: np.zeros(0))
    """Users' biases as of the last fit or their last change."""
    incremental_steps: int = 0
    """Incremental steps so far; numbers their random choices."""
    pending_factor_steps: int = 0
    """Incremental steps since the user factors moved."""
    best_rmse: float = float("nan")
    """Held-out RMSE of the best epoch of the last full training, neighbours' corrections included, before the finish.

    An epoch's record tells that of the network alone.
    """
    monitor: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    """Viewers whose held-out ratings every incremental run is accepted by."""
    monitor_rmse: float = float("nan")
    """RMSE on those after the last full training."""
    drift: float = float("nan")
    """How much it is higher with the weights that serve now."""
    rollbacks: int = 0
    """Updates undone so far because a loss was not finite."""
    statistics: ItemStatistics | None = None
    """Sums over each movie's ratings as of the last delta. Derived."""
    capacity: Capacity | None = None
    """Room for the cells of an incremental step. Derived."""
    compiled: bool = False
    """Whether the programs of incremental runs are compiled. Derived."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """The state of a recommender below its ids."""

    config: Config
    seed: int
    device: jax.Device
    matrix: RatingMatrix
    """The ratings, each with its side of the split."""
    user_rows: int
    """Users with padding: rows of the user factors."""
    serving: ServingModel
    continuation: Continuation

    @property
    def graphs(self) -> Graphs:
        """The structure of the network."""
        return self.serving.network.graphs

    @property
    def n_padded(self) -> int:
        """Movies with padding: the length of every row on the device."""
        return self.serving.network.n_padded

    @property
    def batch(self) -> int:
        """Viewers a step: as configured, else about a twenty-fourth of the viewers, 32 to 8192.

        So an epoch has about 24 steps whatever the number of viewers: what a step costs beside its ratings (the
        optimiser goes through all weights) is paid no more often for more of them.
        """
        if self.config.batch is not None:
            return self.config.batch
        return int(np.clip(2 ** round(np.log2(max(self.matrix.n_users / 24, 1))), 32, 8192))

    @property
    def packs_cells(self) -> bool:
        """Whether steps run over packed cells: where the loss allows it and the device is a CPU."""
        return self.graphs.spec.packs_cells and self.device.platform == "cpu"

    def put(self, tree: Tree) -> Tree:
        """A tree of arrays on this state's device."""
        return jax.device_put(tree, self.device)

    def rater_index(self) -> RaterIndex:
        """Who rated what in training, on the device."""
        placed: RaterIndex = self.put(rater_index(self.matrix, self.user_rows, self.n_padded))
        return placed

    def user(self, movie_L: Array, half_L: Array, ranking: Ranking = BY_RELEVANCE) -> UserInference:
        """A viewer with this history, who need not be known."""
        ratings = CsrRatings.of_one(movie_L, half_L, self.matrix.n_movies)
        return UserInference(ratings, self.serving, ranking)

    def with_serving(self, **parts: Any) -> Self:
        """A state whose serving model has other parts."""
        return replace(self, serving=replace(self.serving, **parts))

    def with_continuation(self, **parts: Any) -> Self:
        """A state that the next run goes on from differently."""
        return replace(self, continuation=replace(self.continuation, **parts))

    def with_movies(self, n_movies: int) -> Self:
        """A state whose catalogue has so many movies, for which there is room already."""
        known_M = self.put(biases.known_movies(n_movies, self.n_padded))
        network = self.serving.network.with_biases(self.serving.network.biases.movie_M, known_M)
        return replace(self.with_serving(network=network), matrix=replace(self.matrix, n_movies=n_movies))

    def with_features(self, feature_MxF: Array) -> Self:
        """A state with cold start by these features (M × F) and the training ratings as they are."""
        count_M = np.bincount(self.matrix.movie_N, ~self.matrix.held_N, self.matrix.n_movies)
        known = feature_MxF.shape[1] > 1 and count_M.any()
        return self.with_serving(cold_start=ColdStart.fit(feature_MxF, count_M) if known else None)

    def with_popularity(self) -> Self:
        """A state with the popularity of the training ratings as they are: summed preferences, shrunk to 0..1.

        And with how well known movies are.
        """
        preference_N = preference_of_half(self.config)[self.matrix.half_N] * ~self.matrix.held_N
        popularity_M = popularity(np.bincount(self.matrix.movie_N, preference_N, self.n_padded))
        return self.with_serving(popularity_M=popularity_M, log_count_M=log_counts(self.matrix, self.n_padded))


def popularity(preference_X: Array) -> Array:
    """Popularity, 0 to 1, from the summed preferences of movies' ratings."""
    popularity_X: Array = (preference_X / (preference_X + POPULAR)).astype(np.float32)
    return popularity_X


def log_counts(matrix: RatingMatrix, n_padded: int) -> Array:
    """How well known movies are by their training ratings (M, padded)."""
    return log_count(np.bincount(matrix.movie_N, ~matrix.held_N, n_padded))


def padded(n: int, block: int) -> int:
    """The next multiple of `block` that leaves room for at least a sixteenth of it."""
    return -(-(n + block // 16) // block) * block


def prepare(matrix: RatingMatrix, config: Config, seed: int, device: jax.Device) -> ModelState:
    """The state before the first run: biases and popularity answer."""
    n_padded, user_rows = padded(matrix.n_movies, MOVIE_BLOCK), padded(matrix.n_users, USER_BLOCK)
    graphs, weights, _ = fresh(config, n_padded, user_rows, seed)
    fitted, user_U = biases.fit(matrix, config, n_padded)
    weights, fitted = jax.device_put((weights, fitted), device)
    network = FrozenNetwork(graphs, weights, fitted, trained=False)
    none_M = np.zeros(n_padded, np.float32)
    serving = ServingModel(network, none_M, none_M, ranks_by_stars=not config.edlae)
    state = ModelState(config, seed, device, matrix, user_rows, serving, Continuation(user_U=user_U))
    return state.with_popularity()


def fit_neighbours(state: ModelState) -> ResidualKNN | None:
    """The neighbours from the training ratings as they are, or None for a preset without them."""
    if not state.config.neighbours:
        return None
    fitted, user_U = biases.fit(state.matrix, state.config, state.n_padded)
    return residual_knn.fit(state.matrix, fitted, user_U, state.config, state.n_padded)


def solve_edlae(state: ModelState) -> Edlae | None:
    """EDLAE from scratch, or None for a preset without it."""
    return edlae.solve(state.matrix, state.config, state.n_padded) if state.config.edlae else None
