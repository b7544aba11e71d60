"""EDLAE after ratings changed, without a new inverse. Three things change what P is the inverse of.

The changed rows: with x a viewer's old row and c its change, XᵀWX changes by `w (xcᵀ + cxᵀ + ccᵀ)`. The viewers'
weights: one who rated more weighs v in place of w, so xxᵀ changes by `v - w`, and the above has v. The ridge deficit:
dropout's ridge follows the ratings, but a unit row for every rated movie would be too many, so an update refreshes the
columns whose ridge lacks most and leaves the rest to later ones.

All are one change `U S Uᵀ` of low rank, where the rows of U are the x, the c and the unit rows of the refreshed
columns, and P loses `P U (I + S Uᵀ P U)⁻¹ S Uᵀ P` (Woodbury's identity).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, vstack

from engine.data.arrays import Array
from engine.data.delta import RatingDelta
from engine.models.edlae import Edlae, user_weights

ROWS_KEPT = 64
"""Rows of updates that are kept beside the matrix before they are subtracted from it."""
UPDATES_KEPT = 16
"""Larger updates keep the rows of so many of them: the pass over the matrix costs more than those do."""
MOST_ROWS_KEPT = 1024
"""Rows at most: every list pays for each."""
RIDGES_REFRESHED = 32
"""Columns whose ridge an update refreshes, those with the largest deficit.

Each costs a row. An update of so few changed movies is exact unless it finds older deficits; after a larger one the
next updates refresh the rest, if they are small. Large ones in a row leave more than they refresh: the deficit then
grows until P is solved again, by a full run or by a burst past `engine.training.incremental.RESOLVE_AFTER`.
"""
PANELS = 8
"""Pieces in which a product is subtracted from the matrix, so that one half is copied and not computed."""


def updated(model: Edlae, delta: RatingDelta) -> Edlae:
    """The model after some viewers' ratings changed."""
    changed = _changed_rows(model, delta)
    if not np.any(changed.old_N != changed.new_N):
        return model
    deficit_K = model.ridge_deficit_K + model.dropout_ridge * np.bincount(
        changed.column_N,
        changed.new_N.astype(np.float64) ** 2 - changed.old_N.astype(np.float64) ** 2,
        changed.shape[1],
    )
    refreshed = _largest_deficits(model, deficit_K)
    u_RxK, s_RxR = _low_rank_change(model, changed, refreshed, deficit_K[refreshed])
    model = _woodbury(model, u_RxK, s_RxR)
    deficit_K[refreshed] = 0
    return replace(model, ridge_deficit_K=deficit_K)


class _ChangedRows(NamedTuple):
    """The viewers' cells on covered movies, with their preference on both sides of the delta."""

    row_N: Array
    column_N: Array
    old_N: Array
    new_N: Array
    shape: tuple[int, int]
    """B × K."""

    def sparse(self, value_N: Array) -> csr_matrix:
        """Values of the cells as sparse rows, zeros left out."""
        use = np.flatnonzero(value_N)
        return csr_matrix((value_N[use], (self.row_N[use], self.column_N[use])), shape=self.shape)


def _changed_rows(model: Edlae, delta: RatingDelta) -> _ChangedRows:
    column_N = model.column_M[delta.movie_N]
    use = np.flatnonzero(column_N >= 0)
    old_N, new_N = (model.preference[half_N[use]] for half_N in (delta.old_half_N, delta.new_half_N))
    return _ChangedRows(delta.viewer_N[use], column_N[use], old_N, new_N, (len(delta.user_B), len(model.movie_K)))


def _largest_deficits(model: Edlae, deficit_K: Array) -> Array:
    """The columns whose ridge lacks most, by what that does to P."""
    weight_K = np.abs(deficit_K) * model.diagonal_K
    n = RIDGES_REFRESHED
    most = np.argpartition(-weight_K, n)[:n] if len(weight_K) > n else slice(None)
    columns: Array = np.arange(len(weight_K))[most]
    return columns[weight_K[columns] > 0]


def _low_rank_change(
    model: Edlae, changed: _ChangedRows, refreshed: Array, ridge: Array
) -> tuple[csr_matrix, Array]:  # fmt: skip
    """U (R × K, sparse) and S (R × R) of the change; rows of U without an entry are left out."""
    n, k = changed.shape
    ones = np.ones(len(refreshed), np.float32)
    unit_RxK = csr_matrix((ones, (np.arange(len(refreshed)), refreshed)), shape=(len(refreshed), k))
    u_RxK = vstack(
        (changed.sparse(changed.old_N), changed.sparse(changed.new_N - changed.old_N), unit_RxK), format="csr"
    )
    old_weight_B, weight_B = (
        user_weights(np.bincount(changed.row_N, value_N != 0, n), model.user_power)
        for value_N in (changed.old_N, changed.new_N)
    )
    s_RxR = np.diag(np.concatenate((weight_B - old_weight_B, weight_B, ridge)))
    viewers = np.arange(n)
    s_RxR[viewers, n + viewers] = s_RxR[n + viewers, viewers] = weight_B
    used = np.flatnonzero(np.diff(u_RxK.indptr))  # a new viewer has no old row
    return u_RxK[used], s_RxR[np.ix_(used, used)]


def _woodbury(model: Edlae, u_RxK: csr_matrix, s_RxR: Array) -> Edlae:
    """The model whose P is the inverse of what it was plus `Uᵀ S U`."""
    up_RxK, dense_RxK = u_RxK @ model.inverse_KxK, u_RxK.toarray()
    if len(model.factor_RxK):
        up_RxK -= (dense_RxK @ model.factor_RxK.T) @ model.scaled_RxK
    core_RxR = np.linalg.solve(np.eye(len(s_RxR)) + s_RxR @ (dense_RxK @ up_RxK.T).astype(np.float64), s_RxR)
    return _less(model, up_RxK, core_RxR.astype(np.float32) @ up_RxK)


def _less(model: Edlae, up_RxK: Array, scaled_RxK: Array) -> Edlae:
    """The model with P less the product of these rows; many rows are subtracted from a copy of the matrix for good."""
    diagonal_K = model.diagonal_K - np.einsum("rk,rk->k", up_RxK, scaled_RxK)
    factor_RxK = np.concatenate((model.factor_RxK, up_RxK))
    scaled_RxK = np.concatenate((model.scaled_RxK, scaled_RxK))
    inverse_KxK = model.inverse_KxK
    if len(factor_RxK) > min(max(ROWS_KEPT, UPDATES_KEPT * len(up_RxK)), MOST_ROWS_KEPT):
        inverse_KxK = _less_product(inverse_KxK, factor_RxK, scaled_RxK)
        factor_RxK = scaled_RxK = factor_RxK[:0]
    return replace(
        model, inverse_KxK=inverse_KxK, diagonal_K=diagonal_K, factor_RxK=factor_RxK, scaled_RxK=scaled_RxK,
        updates=model.updates + 1,
    )  # fmt: skip


def _less_product(symmetric_KxK: Array, factor_RxK: Array, scaled_RxK: Array) -> Array:
    """A symmetric matrix less a symmetric product, as a new matrix."""
    result_KxK = np.empty_like(symmetric_KxK)
    panel_size = -(-len(symmetric_KxK) // PANELS)
    for a in range(0, len(symmetric_KxK), panel_size):
        panel = slice(a, a + panel_size)
        np.subtract(symmetric_KxK[panel, a:], factor_RxK[:, panel].T @ scaled_RxK[:, a:], out=result_KxK[panel, a:])
        result_KxK[a + panel_size :, panel] = result_KxK[panel, a + panel_size :].T
    return result_KxK
