"""The parts of a model that answer viewers, and how their answers combine.

Stars come from the network; neighbours correct them, and movies that hardly anybody rated move towards what their
features say. The choice score comes from EDLAE; popularity orders what it leaves equal, and features place new movies.
Both make the relevance, which is the ranking score. The stars of movies that a viewer did not choose are shown
corrected for selection, and all of them with an interval.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.network import EVERY, FrozenNetwork
from engine.inference.ranking import Ranking
from engine.inference.relevance import relevance
from engine.models.choice import ChoiceModel, counts
from engine.models.cold_start import SCORE_KAPPA, STARS_KAPPA, ColdStart
from engine.models.edlae import Edlae, Product
from engine.models.residual_knn import ResidualKNN
from engine.models.selection import Selection
from engine.models.uncertainty import Uncertainty, spreads
from engine.types import Order

BLOCK = 256
"""Viewers of a block where many are answered at once: the shape that is compiled."""
POPULARITY_WEIGHT = np.float32(1e-3)
"""Of popularity (0 to 1) in a choice score: far below what one rating gives, so it orders only what is about equal."""

BY_RELEVANCE = Ranking()


@dataclass(frozen=True, slots=True)
class ServingModel:
    """What answers viewers. A part never changes: a run puts another one in its place."""

    network: FrozenNetwork
    popularity_M: Array
    """0 to 1: orders movies where the choice score knows nothing."""
    log_count_M: Array
    """How well known movies are: see `engine.models.choice.log_count`."""
    ranks_by_stars: bool
    """Whether predicted stars are the ranking score once the network is trained, as in the study."""
    choice: ChoiceModel = field(default_factory=ChoiceModel)
    selection: Selection = field(default_factory=Selection)
    uncertainty: Uncertainty = field(default_factory=Uncertainty)
    edlae: Edlae | None = None
    residual_knn: ResidualKNN | None = None
    """None before the first training, and for a preset without."""
    cold_start: ColdStart | None = None
    """None when no features of any movie are known."""

    def fame(self, movie_L: Array, n_movies: int) -> tuple[Array, Array]:
        """How many ratings some movies have, and the share of the `n_movies` of the catalogue that have fewer."""
        log_count_L, log_count_M = self.log_count_M[movie_L], self.log_count_M[:n_movies]
        fewer_L = np.array([(log_count_M < each).mean() for each in log_count_L])
        return counts(log_count_L), fewer_L

    def order(self, ranking: Ranking) -> Order:
        """What orders a list now: where no EDLAE makes a choice score, predicted stars or else popularity alone."""
        if self.edlae is not None:
            return ranking.order
        return "stars" if self.ranks_by_stars and self.network.trained else "choice"

    def scores(self, ratings: CsrRatings, ranking: Ranking = BY_RELEVANCE, product: Product | None = None) -> Array:
        """Ranking scores (B × M, padded) of one viewer or of at most a block of them.

        `product` is a faster way for EDLAE to multiply.
        """
        order = self.order(ranking)
        if order == "stars":
            return self.stars(ratings)
        score_BxM = self.choice_scores(ratings, product)
        return score_BxM if order == "choice" else self.relevance(ratings, score_BxM, self.stars(ratings), ranking)

    def relevance(self, ratings: CsrRatings, score_BxM: Array, stars_BxM: Array, ranking: Ranking) -> Array:
        """Relevance of movies (B × M, padded or not) from their choice scores and predicted stars.

        Of a viewer without ratings no choice is known, so everybody's takes its place: popularity.
        """
        n, stranger_B = score_BxM.shape[1], ratings.lengths == 0
        if stranger_B.any():
            score_BxM = np.where(stranger_B[:, None], self.popularity_M[:n], score_BxM)
        return relevance(score_BxM, stars_BxM, self.log_count_M[:n], self.choice, ranking.lens)

    def choice_scores(self, ratings: CsrRatings, product: Product | None = None) -> Array:
        """Choice scores (B × M, padded): how likely a viewer is to watch a movie, has no unit."""
        if self.edlae is None:
            score_BxM = np.zeros((ratings.n_rows, self.network.n_padded), np.float32)
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
        return self.stars_of_rows(ratings.dense(BLOCK, self.network.n_padded), ratings)[: ratings.n_rows]

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

    def shown_stars(
        self, ratings: CsrRatings, stars_BxC: Array, score_BxC: Array, movies: Array | slice = EVERY
    ) -> Array:
        """Predicted stars as they are shown, from the model's (B × C, of some movies) and from the choice scores.

        Those of movies that a viewer rated, and so chose, are the model's; others are corrected for selection.
        """
        if self.selection.strength == 0:
            return stars_BxC
        excess_BxC = self.selection.excess(
            stars_BxC, score_BxC, self.log_count_M[movies], self.network.movie_biases[movies],
            ratings.lengths[:, None], self.network.levels(ratings)[:, None],
        )  # fmt: skip
        rated_BxC = ratings.dense(ratings.n_rows, self.network.n_padded)[:, movies] > 0
        return self.network.clip(np.where(rated_BxC, stars_BxC, stars_BxC - excess_BxC))

    def interval(
        self, ratings: CsrRatings, stars_BxC: Array, shown_BxC: Array, movies: Array | slice = EVERY
    ) -> tuple[Array, Array]:
        """Both ends of intervals around shown stars (B × C, of some movies); as wide as those of the model's stars."""
        spread_Bx1 = spreads(ratings, self.uncertainty.usual_spread)[:, None]
        count_M, low, high = counts(self.log_count_M[movies]), *self.network.scale
        reach_BxC = self.uncertainty.reach(stars_BxC, count_M, ratings.lengths[:, None], spread_Bx1, low, high)
        return self.network.clip(shown_BxC - reach_BxC), self.network.clip(shown_BxC + reach_BxC)
