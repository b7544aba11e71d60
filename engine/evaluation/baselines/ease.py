"""EASE: a linear autoencoder with a zero diagonal, in closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.evaluation.baselines.interactions import positives, product
from engine.evaluation.baselines.item_weights import ItemWeights, zero_diagonal_regression


class Ease:
    """Steck: Embarrassingly shallow autoencoders for sparse data, WWW 2019 (arXiv 1905.03375)."""

    dated = False

    def __init__(self, ridge: float = 800.0) -> None:
        """`ridge` is the paper's λ; 800 is the best of 300 to 1200 on MovieLens 1M's validation users."""
        self._ridge = ridge

    def fit(self, train: pd.DataFrame) -> None:
        """Invert the Gram matrix of the positives."""
        known = positives(train)
        gram_MxM = product(known.x_UxM, known.x_UxM)
        weight_MxM = zero_diagonal_regression(gram_MxM, np.full(len(gram_MxM), self._ridge))
        self._weights = ItemWeights(known.movies, weight_MxM)

    def predict(self, pairs: pd.DataFrame) -> None:
        """Nothing: EASE only ranks."""

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Liked movies × weights."""
        return self._weights.score(histories)
