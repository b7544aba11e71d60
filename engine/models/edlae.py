"""The linear path: item-item weights in closed form, which make the ranking score.

EDLAE (Steck, NeurIPS 2020) with full rank: with graded targets X (U × M) and the ridge that dropout stands for,
`P = (XᵀWX + λI + p/(1-p) diag(XᵀX))⁻¹` and `B = I - P / diag(P)`, whose diagonal is zero. W weighs the viewers: those
who rate a lot count less with each rating. A viewer's scores are `x B`, so `x_j B_ji` is exactly what rated movie j
gives to movie i, and the changes of one viewer change XᵀWX by a matrix of rank 2: P is brought up to date by a rank-2
update for each viewer, and one of rank 1 for each ridge, instead of a new inverse.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np
from scipy.sparse import csr_matrix, vstack

from engine.config import Config
from engine.data.csr import Rows
from engine.data.interactions import Array, RatingMatrix
from engine.models import gram
from engine.models.remembered_sums import Sums

ROWS_KEPT = 64
"""Rows of updates that are kept beside the matrix before they are subtracted from it."""
RUNS_KEPT = 16
"""Larger updates keep the rows of so many of them: the pass over the matrix costs more than those do."""
MOST_ROWS_KEPT = 1024
"""Rows at most: every list pays for each."""
RIDGES_PAID = 32
"""Movies whose ridge an update brings up to date, those furthest behind.

Each costs a row. An update of so few changed movies is exact unless it finds debts; after a larger one the next updates
pay the rest, if they are small. Large ones in a row add more than they pay: what is owed then grows until the path is
solved again, by a full run or by a burst past `engine.training.incremental.RESOLVE_AFTER`.
"""
PANELS = 8
"""Pieces in which a product is subtracted from the matrix, so that one half is copied and not computed."""


def grades_table(config: Config) -> Array:
    """What each number of half stars (0 to 10) counts for."""
    return np.array((0.0, *config.grades), np.float32)


class Changes(NamedTuple):
    """The ratings of some viewers before and after: cells in order of viewer, half stars 0 where there is no rating."""

    user_B: Array
    """The viewers' rows in the matrix."""
    viewer_N: Array
    """Number of the cell's viewer among them."""
    movie_N: Array
    old_half_N: Array
    new_half_N: Array


@dataclass(frozen=True, slots=True)
class LinearPath:
    """The inverse P over the movies that the path covers, padded so that new movies find room.

    P is a large matrix less a few products of rows, `inverse - factorᵀ scaled`: an update adds rows instead of going
    through the matrix, and only every so many rows are subtracted for good. A path never changes; an update makes a new
    one that shares the matrix, so whoever scores with the old one is not disturbed.
    """

    inverse_KxK: Array
    """Float32 and symmetric; K columns, those of the padding included."""
    column_M: Array
    """Column of each movie (padded), -1 where the path does not cover it."""
    movie_K: Array
    """Movie of each column."""
    grades: Array
    """What each number of half stars counts for."""
    dropout_ridge: float
    """p / (1 - p)."""
    user_power: float
    """See `Config.linear_user_power`."""
    diagonal_K: Array
    """Diagonal of P."""
    factor_RxK: Array
    """Rows of P when they were updated."""
    scaled_RxK: Array
    """Those rows times the core of each update."""
    owed_K: Array
    """What the ridge of each column lacks: dropout's part of the ratings that came since it was last changed."""
    updates: int = 0
    """Updates since the last full solution."""
    sums: Sums = field(default=None, repr=False, compare=False)  # type: ignore[assignment]  # made after the others
    """What its matrix's rows came to for some viewers; a path with another matrix begins anew."""

    def __post_init__(self) -> None:
        if self.sums is None or self.sums.dense_KxK is not self.inverse_KxK:
            object.__setattr__(self, "sums", Sums(self.inverse_KxK, self.grades))

    def scores_of(self, rows: Rows) -> Array:
        """Scores (B × M, padded) of some viewers: sparse products on one core, the interpreter's lock released."""
        column_N = self.column_M[rows.movie_N]
        x_N = np.where(column_N >= 0, self.grades[rows.half_N], np.float32(0))
        x_BxK = csr_matrix((x_N, np.maximum(column_N, 0), rows.start_P), shape=(rows.n_rows, len(self.movie_K)))
        score_BxK: Array = x_BxK @ self.inverse_KxK
        if len(self.factor_RxK):
            score_BxK -= (x_BxK @ self.factor_RxK.T) @ self.scaled_RxK
        score_BxK *= -1 / self.diagonal_K
        row_N, given = rows.row_N, np.flatnonzero(x_N)
        score_BxK[row_N[given], column_N[given]] += x_N[given]  # B = I - P / diag(P)
        return self.spread(score_BxK)

    def spread(self, score_BxK: Array) -> Array:
        """Scores of columns as scores of movies (padded), 0 for those that the path does not cover."""
        if len(self.movie_K) == len(self.column_M):
            return score_BxK
        score_BxM = np.zeros((*score_BxK.shape[:-1], len(self.column_M)), np.float32)
        score_BxM[..., self.movie_K] = score_BxK
        return score_BxM

    def scores_of_one(self, movies: Array, half: Array) -> Array:
        """The same for one viewer (M, padded), who rated each movie once."""
        column_L, x_L = self.column_M[movies], self.grades[half]
        given = np.flatnonzero((column_L >= 0) & (x_L != 0))
        column_L, x_L = column_L[given], x_L[given]
        score_K = self.sums.of(column_L, half[given])
        if len(self.factor_RxK):
            weight_R = np.einsum("rl,l->r", self.factor_RxK[:, column_L], x_L)
            score_K -= np.einsum("r,rk->k", weight_R, self.scaled_RxK)
        score_K *= -1 / self.diagonal_K
        score_K[column_L] += x_L
        return self.spread(score_K)

    def shares(self, movies: Array, half: Array, movie: int) -> Array | None:
        """`x_j B_ji` of every rated movie j for one movie i: they sum to its score. None where i is not covered."""
        target = self.column_M[movie]
        if target < 0:
            return None
        columns, x = self.column_M[movies], self.grades[half]
        row_K = self._rows(np.array([target]))[0]
        given = -x * row_K[np.maximum(columns, 0)] / row_K[target]
        return np.where((columns >= 0) & (columns != target), given, 0.0)

    def _rows(self, columns: Array) -> Array:
        """Rows of P."""
        rows: Array = self.inverse_KxK[columns]
        if len(self.factor_RxK):
            rows = rows - self.factor_RxK[:, columns].T @ self.scaled_RxK
        return rows

    def updated(self, changes: Changes) -> Self:
        """The path after some viewers' ratings changed.

        With x a viewer's old row, c its change, w and v the old and the new weight, the Gram matrix changes by
        `(v - w) xxᵀ + v (xcᵀ + cxᵀ + ccᵀ)`, and its ridge by the debts that are paid: `U S Uᵀ`, where the rows of U are
        the x, the c and the unit rows of those movies. P loses `P U (I + S Uᵀ P U)⁻¹ S Uᵀ P` (Woodbury's identity).
        """
        at_N, old_N, new_N = self._known(changes)
        if not np.any(old_N != new_N):
            return self
        owed_K = self.owed_K + self.dropout_ridge * np.bincount(
            at_N[1], new_N.astype(np.float64) ** 2 - old_N.astype(np.float64) ** 2, len(self.movie_K)
        )
        paid = self._most_owed(owed_K)
        n, k = len(changes.user_B), len(self.movie_K)
        x_BxK, c_BxK = (_rows_of(value_N, at_N, (n, k)) for value_N in (old_N, new_N - old_N))
        unit_PxK = _rows_of(np.ones(len(paid), np.float32), (np.arange(len(paid)), paid), (len(paid), k))
        sparse_RxK = vstack((x_BxK, c_BxK, unit_PxK), format="csr")
        used_R = np.flatnonzero(np.diff(sparse_RxK.indptr))  # a new viewer has no old row
        sparse_RxK = sparse_RxK[used_R]
        up_RxK, u_RxK = sparse_RxK @ self.inverse_KxK, sparse_RxK.toarray()
        if len(self.factor_RxK):
            up_RxK -= (u_RxK @ self.factor_RxK.T) @ self.scaled_RxK
        old_weight_B, weight_B = (
            user_weights(np.bincount(at_N[0], value_N != 0, n), self.user_power) for value_N in (old_N, new_N)
        )
        s_RxR = _change_of_gram(old_weight_B, weight_B, owed_K[paid])[np.ix_(used_R, used_R)]
        core_RxR = np.linalg.solve(np.eye(len(s_RxR)) + s_RxR @ (u_RxK @ up_RxK.T).astype(np.float64), s_RxR)
        owed_K[paid] = 0
        return replace(self._less(up_RxK, core_RxR.astype(np.float32) @ up_RxK), owed_K=owed_K)

    def _known(self, changes: Changes) -> tuple[tuple[Array, Array], Array, Array]:
        """Viewer and column of the changes on movies that the path covers, and what they count for on both sides."""
        column_N = self.column_M[changes.movie_N]
        known = np.flatnonzero(column_N >= 0)
        old_N, new_N = (self.grades[half_N[known]] for half_N in (changes.old_half_N, changes.new_half_N))
        return (changes.viewer_N[known], column_N[known]), old_N, new_N

    def _most_owed(self, owed_K: Array) -> Array:
        """The columns whose ridge is furthest behind, by what that does to P."""
        weight_K = np.abs(owed_K) * self.diagonal_K
        most = np.argpartition(-weight_K, RIDGES_PAID)[:RIDGES_PAID] if len(weight_K) > RIDGES_PAID else slice(None)
        columns: Array = np.arange(len(weight_K))[most]
        return columns[weight_K[columns] > 0]

    def _less(self, up_RxK: Array, scaled_RxK: Array) -> Self:
        """P less the product of these rows; many rows are subtracted from a copy of the matrix for good."""
        diagonal_K = self.diagonal_K - np.einsum("rk,rk->k", up_RxK, scaled_RxK)
        factor_RxK = np.concatenate((self.factor_RxK, up_RxK))
        scaled_RxK = np.concatenate((self.scaled_RxK, scaled_RxK))
        inverse_KxK = self.inverse_KxK
        if len(factor_RxK) > min(max(ROWS_KEPT, RUNS_KEPT * len(up_RxK)), MOST_ROWS_KEPT):
            inverse_KxK = _less_product(inverse_KxK, factor_RxK, scaled_RxK)
            factor_RxK = scaled_RxK = factor_RxK[:0]
        return replace(
            self, inverse_KxK=inverse_KxK, diagonal_K=diagonal_K, factor_RxK=factor_RxK, scaled_RxK=scaled_RxK,
            updates=self.updates + 1,
        )  # fmt: skip

    def grown(self, n_padded: int, ridge: float) -> Self:
        """With columns for new movies: nobody rated them, so their part of P is the inverse ridge."""
        old_k, added = len(self.movie_K), n_padded - len(self.column_M)
        inverse_KxK = np.diag(np.full(old_k + added, 1 / ridge, np.float32))
        inverse_KxK[:old_k, :old_k] = self.inverse_KxK
        columns = np.arange(old_k, old_k + added, dtype=np.int32)
        movies = np.arange(len(self.column_M), n_padded, dtype=np.int32)
        wider = ((0, 0), (0, added))
        return replace(
            self,
            inverse_KxK=inverse_KxK,
            column_M=np.append(self.column_M, columns),
            movie_K=np.append(self.movie_K, movies),
            diagonal_K=np.append(self.diagonal_K, np.full(added, 1 / ridge, np.float32)),
            factor_RxK=np.pad(self.factor_RxK, wider),
            scaled_RxK=np.pad(self.scaled_RxK, wider),
            owed_K=np.append(self.owed_K, np.zeros(added)),
        )


def solve(matrix: RatingMatrix, config: Config, n_padded: int) -> LinearPath:
    """The path from scratch: training ratings in, P out. Releases the interpreter's lock while it computes."""
    movie_K = gram.most_rated(matrix, config.linear_max_movies, n_padded)
    gram_KxK, square_K = _gram(matrix, config, movie_K, n_padded)
    dropout_ridge = config.linear_dropout / (1 - config.linear_dropout)
    gram_KxK[np.diag_indices_from(gram_KxK)] += config.linear_ridge + dropout_ridge * square_K
    inverse_KxK = _inverse(gram_KxK)
    none = np.zeros((0, len(movie_K)), np.float32)
    return LinearPath(
        inverse_KxK, gram.columns_of(movie_K, n_padded), movie_K, grades_table(config), dropout_ridge,
        config.linear_user_power, inverse_KxK.diagonal().copy(), none, none, np.zeros(len(movie_K)),
    )  # fmt: skip


def _rows_of(value_N: Array, at_N: tuple[Array, Array], shape: tuple[int, int]) -> csr_matrix:
    """Values at (row, column) as sparse rows, zeros left out."""
    given = np.flatnonzero(value_N)
    return csr_matrix((value_N[given], (at_N[0][given], at_N[1][given])), shape=shape)


def _change_of_gram(old_weight_B: Array, weight_B: Array, ridge_P: Array) -> Array:
    """S of `LinearPath.updated`."""
    n = len(weight_B)
    s_RxR = np.diag(np.concatenate((weight_B - old_weight_B, weight_B, ridge_P)))
    viewers = np.arange(n)
    s_RxR[viewers, n + viewers] = s_RxR[n + viewers, viewers] = weight_B
    return s_RxR


def _less_product(symmetric_KxK: Array, factor_RxK: Array, scaled_RxK: Array) -> Array:
    """A symmetric matrix less a symmetric product, as a new matrix."""
    result_KxK = np.empty_like(symmetric_KxK)
    width = -(-len(symmetric_KxK) // PANELS)
    for a in range(0, len(symmetric_KxK), width):
        panel = slice(a, a + width)
        np.subtract(symmetric_KxK[panel, a:], factor_RxK[:, panel].T @ scaled_RxK[:, a:], out=result_KxK[panel, a:])
        result_KxK[a + width :, panel] = result_KxK[panel, a + width :].T
    return result_KxK


def user_weights(count_B: Array | int, power: float) -> Array:
    """Weights of viewers by how many of their ratings count: (100 / n) to the power."""
    weight_B: Array = (100 / np.maximum(count_B, 1)) ** power
    return weight_B


def _gram(matrix: RatingMatrix, config: Config, movie_K: Array, n_padded: int) -> tuple[Array, Array]:
    """XᵀWX (K × K) and the diagonal of XᵀX, both float64, of the training ratings."""
    column_N = gram.columns_of(movie_K, n_padded)[matrix.movie_N]
    use_N = (column_N >= 0) & ~matrix.held_N
    x_N = np.where(use_N, grades_table(config)[matrix.half_N], np.float32(0))
    weight_U = user_weights(np.bincount(matrix.user_N, x_N != 0, matrix.n_users), config.linear_user_power)
    square_K = np.bincount(column_N[use_N], x_N[use_N].astype(np.float64) ** 2, len(movie_K))
    x_N *= np.sqrt(weight_U).astype(np.float32)[matrix.user_N]
    return gram.product(matrix, x_N, movie_K, n_padded), square_K


def _inverse(spd_KxK: Array) -> Array:
    """Inverse of a symmetric positive definite matrix, as a symmetric float32 matrix."""
    inverse = _schur_inverse(spd_KxK)
    half: Array = (inverse + inverse.T).astype(np.float32) * np.float32(0.5)
    return half


def _schur_inverse(spd: Array) -> Array:
    """Block inverse by Schur complements: nearly all work is products of large blocks.

    Those run on all cores without the interpreter's lock, which LAPACK's own routines in scipy hold for seconds.
    """
    n = len(spd)
    if n <= 256:
        return np.linalg.inv(spd)
    h = n // 2
    a_inverse = _schur_inverse(spd[:h, :h])
    w = a_inverse @ spd[:h, h:]
    s_inverse = _schur_inverse(spd[h:, h:] - spd[h:, :h] @ w)
    inverse: Array = np.empty_like(spd)
    inverse[h:, h:] = s_inverse
    inverse[:h, h:] = -(w @ s_inverse)
    inverse[h:, :h] = inverse[:h, h:].T
    inverse[:h, :h] = a_inverse - inverse[:h, h:] @ w.T
    return inverse
