"""implicit's alternating least squares: fast lists from implicit feedback (positives are four stars or more)."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from engine.data.arrays import Array
from engine.metrics import POSITIVE

FACTORS = 64
ITERATIONS = 3
"""Few: how good its lists are is not asked here, and the time of a list does not depend on it."""


class ImplicitLists:
    """Fitted on all positives; lists for all viewers, or for one with a changed row."""

    def __init__(self, implicit: ModuleType, ratings_UxM: csr_matrix, seed: int) -> None:
        als: Any = importlib.import_module(f"{implicit.__name__}.cpu.als")
        limits: Any = importlib.import_module("threadpoolctl")  # implicit needs it itself
        self._positive_UxM = positives(ratings_UxM)
        with limits.threadpool_limits(1, "blas"):  # as it asks for: its fit has threads of its own
            self._model = als.AlternatingLeastSquares(factors=FACTORS, iterations=ITERATIONS, random_state=seed)
            self._model.fit(self._positive_UxM, show_progress=False)

    def one(self, movies: Array, stars: Array) -> Array:
        """The five best for a viewer with these ratings."""
        liked = movies[stars >= POSITIVE]
        row_1xM = csr_matrix(
            (np.ones(len(liked), np.float32), (np.zeros(len(liked), np.int32), liked)),
            shape=(1, self._positive_UxM.shape[1]),
        )
        found: Array = self._model.recommend(0, row_1xM, N=5, recalculate_user=True)[0]
        return found

    def everyone(self) -> Array:
        """The five best for every viewer."""
        users = np.arange(self._positive_UxM.shape[0])
        found: Array = self._model.recommend(users, self._positive_UxM, N=5)[0]
        return found


def positives(ratings_UxM: csr_matrix) -> csr_matrix:
    """1 where there are four stars or more."""
    liked = (ratings_UxM >= POSITIVE).astype(np.float32)
    return csr_matrix(liked)
