"""The parts of a model that answer viewers, and how their answers combine.

Stars come from the network; neighbours correct them, and movies that hardly anybody rated move towards what their
features say. The ranking score comes from EDLAE; popularity orders what it leaves equal, and features place new movies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.network import FrozenNetwork
from engine.models.biases import HALF
from engine.models.cold_start import SCORE_KAPPA, STARS_KAPPA, ColdStart
from engine.models.edlae import Edlae, Product
from engine.models.residual_knn import ResidualKNN

BLOCK = 256
"""Viewers of a block where many are answered at once: the shape that is compiled."""
POPULARITY_WEIGHT = np.float32(1e-3)
"""Of popularity (0 to 1) in a ranking score: far below what one rating gives, so it orders only what is about equal."""


@dataclass(frozen=True, slots=True)
class ServingModel:
    """What answers viewers. A part never changes: a run puts another one in its place."""

    network: FrozenNetwork
    popularity_M: Array
    """0 to 1: orders movies where the ranking score knows nothing."""
    ranks_by_stars: bool
    """Whether predicted stars are the ranking score once the network is trained, as in the study."""
    edlae: Edlae | None = None
    residual_knn: ResidualKNN | None = None
    """None before the first training, and for a preset without."""
    cold_start: ColdStart | None = None
    """None when no features of any movie are known."""

    @property
    def by_stars(self) -> bool:
        """Whether predicted stars are the ranking score now."""
        return self.ranks_by_stars and self.network.trained

    def scores(self, ratings: CsrRatings, product: Product | None = None) -> Array:
        """Ranking scores (B × M, padded) of one viewer or of at most a block of them.

        `product` is a faster way for EDLAE to multiply.
        """
        if self.by_stars:
            return self.stars(ratings)
        if self.edlae is None:
            score_BxM = np.zeros((ratings.n_rows, self.network.width), np.float32)
        else:
            score_BxM = self.edlae.scores(ratings, product)
        score_BxM += POPULARITY_WEIGHT * self.popularity_M
        if self.cold_start is not None:
            self.cold_start.smooth(score_BxM, SCORE_KAPPA)
        return score_BxM

    def stars(self, ratings: CsrRatings) -> Array:
        """Predicted stars (B × M, padded) of one viewer or of at most a block of them."""
        if ratings.n_rows == 1:
            return self.corrected(self.network.stars_of_one(ratings.movie_N, ratings.half_N)[None], ratings)
        return self.stars_of_rows(ratings.dense(BLOCK, self.network.width), ratings)[: ratings.n_rows]

    def stars_of_rows(self, half_BxM: Array, ratings: CsrRatings | None = None) -> Array:
        """Predicted stars (B × M, padded) of rows of half stars, which `ratings` may hold in compressed form too."""
        stars_BxM = np.array(self.network.stars(half_BxM))
        return self.corrected(stars_BxM, CsrRatings.of_dense(half_BxM) if ratings is None else ratings)

    def corrected(self, stars_BxM: Array, ratings: CsrRatings) -> Array:
        """The network's stars become the model's, in place: neighbours, features, the range of the data."""
        if self.residual_knn is not None:
            self.residual_knn.correct(stars_BxM, ratings)
        if self.cold_start is not None:
            self.cold_start.smooth(stars_BxM, STARS_KAPPA)
        return self.network.clip(stars_BxM)

    def some_stars(self, ratings: CsrRatings, chosen: Array) -> Array:
        """One viewer's predicted stars of some movies, whose features have no say in them: the same bits as `stars`."""
        movie_L, half_L = ratings.movie_N, ratings.half_N
        if self.residual_knn is None:
            return self.network.stars_of_one(movie_L, half_L, chosen)
        near = self.residual_knn.rated_neighbours(chosen, movie_L)
        needed = np.concatenate((chosen, movie_L[near.rated_P]))
        stars, n = self.network.stars_of_one(movie_L, half_L, needed), len(chosen)
        error_P = half_L[near.rated_P] * HALF - stars[n:]
        return self.network.clip(stars[:n] + self.residual_knn.corrections(near, error_P, n))

    def knows(self, chosen: Array) -> bool:
        """Whether every one of these movies was rated often enough that its features have no say in its stars."""
        return self.cold_start is None or not self.cold_start.is_thin(chosen, STARS_KAPPA)
