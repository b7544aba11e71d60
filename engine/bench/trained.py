"""A trained engine to ask, and its ratings as the rivals want them. One epoch: times don't depend on the weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from engine.bench.data import BenchData, Options
from engine.data.arrays import Array
from engine.recommender import Recommender


@dataclass(frozen=True, eq=False)
class TrainedEngine:
    """A recommender and the ratings that it was trained on."""

    recommender: Recommender
    ratings_UxM: csr_matrix
    """Stars, by row and column numbers of the recommender."""

    def history(self, user: int) -> tuple[Array, Array]:
        """One viewer's movies (columns) and stars."""
        cells = slice(self.ratings_UxM.indptr[user], self.ratings_UxM.indptr[user + 1])
        return self.ratings_UxM.indices[cells], self.ratings_UxM.data[cells]


def train(data: BenchData, options: Options) -> TrainedEngine:
    """One epoch of the default preset, with EDLAE."""
    recommender = Recommender.fit(data.ratings, data.movies, seed=options.seed, device=options.device, epochs=1)
    matrix = recommender.state.matrix
    stars_N = matrix.half_N.astype(np.float32) / 2
    shape = (matrix.n_users, matrix.n_movies)
    return TrainedEngine(recommender, csr_matrix((stars_N, matrix.movie_N, matrix.start_U), shape=shape))
