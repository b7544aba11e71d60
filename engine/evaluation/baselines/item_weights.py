"""A movie × movie matrix that turns what a viewer liked into scores: what EASE, EDLAE and item-kNN all end in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import lapack

from engine.data.arrays import Array
from engine.evaluation.baselines.interactions import liked


@dataclass(frozen=True, eq=False)
class ItemWeights:
    """Weights from each liked movie (row) to each scored movie (column)."""

    movies: pd.Index
    weight_MxM: Array

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Scores = liked × weights."""
        asked = liked(histories, self.movies)
        return asked.scores(asked.x_UxM @ self.weight_MxM)


def zero_diagonal_regression(gram_MxM: Array, ridge_M: Array) -> Array:
    """The B with zero diagonal that minimises ‖X - XB‖² + Σ_i ridge_i ‖B_i·‖², from the Gram matrix XᵀX (float32).

    With P = (XᵀX + diag(ridge))⁻¹ it is B_ij = -P_ij / P_jj off the diagonal (Steck, WWW 2019, equation 8).
    """
    regular_MxM = gram_MxM.astype(np.float64)
    regular_MxM[np.diag_indices_from(regular_MxM)] += ridge_M
    inverse_MxM = _inverse(regular_MxM)
    weight_MxM: Array = inverse_MxM / -np.diag(inverse_MxM)
    np.fill_diagonal(weight_MxM, 0)
    return weight_MxM.astype(np.float32)


def _inverse(spd_MxM: Array) -> Array:
    """Inverse of a symmetric positive definite matrix by its Cholesky factor: half the work of a general one."""
    factor, failed = lapack.dpotrf(spd_MxM, overwrite_a=1)
    upper, failed_too = lapack.dpotri(factor, overwrite_c=1)
    if failed or failed_too:
        raise np.linalg.LinAlgError("the ridge is too small: the matrix is not positive definite")
    inverse_MxM: Array = np.triu(upper) + np.triu(upper, 1).T
    return inverse_MxM
