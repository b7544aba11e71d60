"""EDLAE: the linear autoencoder with a zero diagonal that input dropout would train, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.evaluation.baselines.interactions import positives, product
from engine.evaluation.baselines.item_weights import ItemWeights, zero_diagonal_regression


@dataclass(frozen=True)
class EdlaeConfig:
    """Regularisation, the best on MovieLens 1M's validation users of p .33 to .67 and λ 100 to 400."""

    dropout: float = 0.5
    """Share of the input that is hidden (the paper's p)."""
    ridge: float = 200.0
    """Constant part of the ridge (the paper's λ)."""


class EdlaeBaseline:
    """Steck: Autoencoders that don't overfit towards the identity, NeurIPS 2020; full rank.

    Emphasised denoising with dropout p, averaged over all masks, is a ridge of p / (1 - p) × the diagonal of XᵀX beside
    the constant λ.
    """

    dated = False

    def __init__(self, config: EdlaeConfig | None = None) -> None:
        self._config = config or EdlaeConfig()

    def fit(self, train: pd.DataFrame) -> None:
        """Invert the Gram matrix of the positives with the ridge that stands for the dropout."""
        known = positives(train)
        gram_MxM = product(known.x_UxM, known.x_UxM)
        p, ridge = self._config.dropout, self._config.ridge
        weight_MxM = zero_diagonal_regression(gram_MxM, ridge + p / (1 - p) * np.diag(gram_MxM))
        self._weights = ItemWeights(known.movies, weight_MxM)

    def predict(self, pairs: pd.DataFrame) -> None:
        """Nothing: EDLAE only ranks."""

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Liked movies × weights."""
        return self._weights.score(histories)
