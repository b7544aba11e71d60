"""What a test sees of an EDLAE model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.config import preset
from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.models.edlae import Edlae, solve
from tests.helpers.matrices import matrix_of

CONFIG = replace(preset("default"), edlae_ridge=3.0)
U, M, PADDED = 12, 9, 16


def some_ratings(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.integers(0, 11, (U, M)) * (rng.random((U, M)) < 0.5)).astype(np.uint8)


def padded(half_UxM: np.ndarray) -> np.ndarray:
    return np.pad(half_UxM, ((0, 0), (0, PADDED - half_UxM.shape[1])))


def solved(half_UxM: np.ndarray) -> Edlae:
    return solve(matrix_of(half_UxM), CONFIG, PADDED)


def scores(model: Edlae, half_BxM: np.ndarray) -> np.ndarray:
    """Of viewers with these rows of half stars."""
    return model.scores(CsrRatings.of_dense(half_BxM))


def whole(model: Edlae) -> Array:
    """P, the rows of updates subtracted."""
    inverse_KxK: Array = model.inverse_KxK - model.factor_RxK.T @ model.scaled_RxK
    return inverse_KxK
