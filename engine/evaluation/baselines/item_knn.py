"""Item-based nearest neighbours: a movie is liked by those who like movies like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from engine.data.arrays import Array
from engine.evaluation.baselines.biases import ShrunkBiases
from engine.evaluation.baselines.interactions import Interactions, positives, product
from engine.evaluation.baselines.item_weights import ItemWeights


@dataclass(frozen=True)
class ItemKNNConfig:
    """Neighbours and their weights."""

    neighbours: int = 40
    """Rated movies that a predicted rating is made of, the most similar ones."""
    similarity_shrink: float = 100.0
    """Common raters at similarity 0 that a similarity is shrunk by (λ of Koren)."""
    list_neighbours: int = 200
    """Movies similar to each movie that the ranking score uses; the best of 20 to 500 on MovieLens 1M's validation."""


class ItemKNN:
    """Two jobs, two neighbourhoods.

    Stars: Koren, Factor in the neighbors, ACM TKDD 2010, section 2.2: biases plus the weighted mean of the residuals
    of the k most similar rated movies, similarity the shrunk Pearson correlation of residuals.

    Ranking: Deshpande & Karypis, Item-based top-N recommendation algorithms, ACM TOIS 2004: the sum of the cosines
    between a movie and those liked, over each movie's k nearest.
    """

    dated = False

    def __init__(self, config: ItemKNNConfig | None = None) -> None:
        self._config = config or ItemKNNConfig()

    def fit(self, train: pd.DataFrame) -> None:
        """Compute both matrices of similarities."""
        self._biases = ShrunkBiases()
        self._biases.fit(train)
        above_N = train["stars"].to_numpy(np.float64) - self._biases.unclipped(train)
        self._above = Interactions.of(train, above_N)
        seen_UxM = Interactions.of(train, movies=self._above.movies).x_UxM
        self._alike_MxM = pearson(self._above.x_UxM, seen_UxM, self._config.similarity_shrink)
        known = positives(train)
        cosine_MxM = cosine(product(known.x_UxM, known.x_UxM))
        self._weights = ItemWeights(known.movies, nearest_only(cosine_MxM, self._config.list_neighbours))

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Biases plus what the nearest rated movies say, held to the range of the training ratings."""
        rows = self._above.users.get_indexer(pd.Index(pairs["user"]))
        columns = self._above.movies.get_indexer(pd.Index(pairs["movie"]))
        residual_Q = np.zeros(len(pairs))
        known = np.flatnonzero((rows >= 0) & (columns >= 0))
        known = known[np.argsort(rows[known], kind="stable")]
        for of_user in np.split(known, np.flatnonzero(np.diff(rows[known])) + 1):
            if len(of_user):
                residual_Q[of_user] = self._residuals(int(rows[of_user[0]]), columns[of_user])
        return np.clip(self._biases.unclipped(pairs) + residual_Q, self._biases.low, self._biases.high)

    def _residuals(self, user: int, asked_Q: Array) -> Array:
        above = self._above.x_UxM
        cells = slice(above.indptr[user], above.indptr[user + 1])
        rated_L, above_L = above.indices[cells], above.data[cells]
        alike_QxL = np.maximum(self._alike_MxM[np.ix_(asked_Q, rated_L)], 0)
        alike_QxL[asked_Q[:, None] == rated_L] = 0
        near_QxL = nearest_only(alike_QxL.T, self._config.neighbours).T
        total_Q = near_QxL.sum(axis=1)
        weighted_Q: Array = near_QxL @ above_L
        residual_Q: Array = np.zeros(len(asked_Q))
        np.divide(weighted_Q, total_Q, out=residual_Q, where=total_Q > 0)
        return residual_Q

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Liked movies × cosines."""
        return self._weights.score(histories)


def pearson(above_UxM: sparse.csr_array, seen_UxM: sparse.csr_array, shrink: float) -> Array:
    """Correlation of two movies' residuals over their common raters, times n / (n + shrink - 1); 0 without any."""
    both_MxM = product(above_UxM, above_UxM)
    square_MxM = product(above_UxM.power(2), seen_UxM)
    size_MxM = np.sqrt(square_MxM * square_MxM.T)
    count_MxM = product(seen_UxM, seen_UxM)
    scale_MxM = np.maximum(count_MxM - 1, 0) / (count_MxM + (shrink - 1))
    alike_MxM: Array = np.zeros_like(both_MxM)
    np.divide(both_MxM * scale_MxM, size_MxM, out=alike_MxM, where=size_MxM > 1e-9)
    return alike_MxM


def cosine(gram_MxM: Array) -> Array:
    """Cosines between columns of X from XᵀX, with a zero diagonal: a movie is no neighbour of its own."""
    length_M = np.sqrt(np.diag(gram_MxM))
    cosine_MxM: Array = gram_MxM / (length_M[:, None] * length_M)
    np.fill_diagonal(cosine_MxM, 0)
    return cosine_MxM


def nearest_only(alike_LxC: Array, k: int) -> Array:
    """The k largest of each column (and those equal to the k-th), 0 elsewhere."""
    if len(alike_LxC) <= k:
        return alike_LxC
    limit_C = np.partition(alike_LxC, -k, axis=0)[-k]
    return np.where(alike_LxC >= limit_C, alike_LxC, 0)
