"""EDLAE: item-item weights in closed form, which make the ranking score.

EDLAE (Steck, NeurIPS 2020) with full rank: with graded preferences X (U × M) and the ridge that dropout stands for,
`P = (XᵀWX + λI + p/(1-p) diag(XᵀX))⁻¹` and `B = I - P / diag(P)`, whose diagonal is zero. W weighs the viewers: those
who rate a lot count less with each rating. A viewer's scores are `x B`, so `x_j B_ji` is exactly what rated movie j
gives to movie i. `edlae_update` brings P up to date after ratings changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np
from scipy.sparse import csr_matrix

from engine.config import Config
from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.matrix import RatingMatrix
from engine.models import gram
from engine.models.remembered_sums import RememberedSums


class PreferenceCells(NamedTuple):
    """The cells of some viewers that count: on covered movies, with a preference."""

    row_N: Array
    """The cell's viewer, in rising order."""
    column_N: Array
    x_N: Array
    """The cell's preference."""
    shape: tuple[int, int]
    """B × K."""

    def csr(self, which: slice | Array = slice(None)) -> csr_matrix:
        """Some of the cells as a sparse matrix (B × K)."""
        row_N, column_N, x_N = self.row_N[which], self.column_N[which], self.x_N[which]
        return csr_matrix((x_N, column_N, np.searchsorted(row_N, np.arange(self.shape[0] + 1))), shape=self.shape)


Product = Callable[["Edlae", PreferenceCells], Array]
"""A way to multiply preferences with the model's matrix: `x @ inverse_KxK` (B × K)."""


@dataclass(frozen=True, slots=True)
class Edlae:
    """The inverse P over the covered movies, padded so that new movies find room.

    P is a large matrix less a few products of rows, `inverse - factorᵀ scaled`: an update adds rows instead of going
    through the matrix, and only every so many rows are subtracted for good. A model never changes; an update makes a
    new one that shares the matrix, so whoever scores with the old one is not disturbed.
    """

    inverse_KxK: Array
    """Float32 and symmetric; K columns, those of the padding included."""
    column_M: Array
    """Column of each movie (padded), -1 where it is not covered."""
    movie_K: Array
    """Movie of each column."""
    preference: Array
    """Preference of each number of half stars (0 to 10)."""
    dropout_ridge: float
    """p / (1 - p)."""
    user_power: float
    """See `Config.edlae_user_power`."""
    diagonal_K: Array
    """Diagonal of P."""
    factor_RxK: Array
    """Rows of P when they were updated."""
    scaled_RxK: Array
    """The same rows multiplied by the core matrix of each update, see `edlae_update`."""
    ridge_deficit_K: Array
    """What the ridge of each column lacks: dropout's part of the ratings that came since it was last refreshed."""
    updates: int = 0
    """Updates since the last full solution."""
    sums: RememberedSums = field(default=None, repr=False, compare=False)  # type: ignore[assignment]  # made at the end
    """Sums of its matrix's rows for some viewers; a model with another matrix begins anew."""

    def __post_init__(self) -> None:
        if self.sums is None or self.sums.dense_KxK is not self.inverse_KxK:
            object.__setattr__(self, "sums", RememberedSums(self.inverse_KxK, self.preference))

    def scores(self, ratings: CsrRatings, product: Product | None = None) -> Array:
        """Scores (B × M, padded) of some viewers: `x B`, which is `x - x P / diag(P)`.

        Many are a sparse product on one core, which releases the interpreter's lock; `product` may be a faster one.
        One viewer's sums are remembered. Both ways agree up to rounding.
        """
        if ratings.n_rows == 1:
            return self._spread(self._scores_of_one(ratings.movie_N, ratings.half_N)[None])
        x = self._preference_cells(ratings)
        score_BxK = x.csr() @ self.inverse_KxK if product is None else product(self, x)
        if len(self.factor_RxK):
            score_BxK -= (x.csr() @ self.factor_RxK.T) @ self.scaled_RxK
        score_BxK *= -1 / self.diagonal_K
        score_BxK[x.row_N, x.column_N] += x.x_N
        return self._spread(score_BxK)

    def _scores_of_one(self, movie_L: Array, half_L: Array) -> Array:
        """The same for one viewer (K), without a sparse matrix."""
        column_L, x_L = self.column_M[movie_L], self.preference[half_L]
        use = np.flatnonzero((column_L >= 0) & (x_L != 0))
        column_L, x_L = column_L[use], x_L[use]
        score_K = self.sums.of(column_L, half_L[use])
        if len(self.factor_RxK):
            weight_R = np.einsum("rl,l->r", self.factor_RxK[:, column_L], x_L)
            score_K -= np.einsum("r,rk->k", weight_R, self.scaled_RxK)
        score_K *= -1 / self.diagonal_K
        score_K[column_L] += x_L
        return score_K

    def _preference_cells(self, ratings: CsrRatings) -> PreferenceCells:
        column_N, x_N = self.column_M[ratings.movie_N], self.preference[ratings.half_N]
        use = np.flatnonzero((column_N >= 0) & (x_N != 0))
        return PreferenceCells(ratings.row_N[use], column_N[use], x_N[use], (ratings.n_rows, len(self.movie_K)))

    def _spread(self, score_BxK: Array) -> Array:
        """Scores of columns as scores of movies (padded), 0 for those that are not covered."""
        if len(self.movie_K) == len(self.column_M):
            return score_BxK
        score_BxM = np.zeros((len(score_BxK), len(self.column_M)), np.float32)
        score_BxM[:, self.movie_K] = score_BxK
        return score_BxM

    def contributions(self, ratings: CsrRatings, movie: int) -> Array:
        """`x_j B_ji` of every movie j that one viewer rated, for one covered movie i: they sum to its score."""
        target, columns = self.column_M[movie], self.column_M[ratings.movie_N]
        row_K = self._row(target)
        part_L = -self.preference[ratings.half_N] * row_K[np.maximum(columns, 0)] / row_K[target]
        return np.where((columns >= 0) & (columns != target), part_L, 0.0)

    def _row(self, column: int) -> Array:
        """A row of P."""
        row_1xK: Array = self.inverse_KxK[[column]]
        if len(self.factor_RxK):
            row_1xK = row_1xK - self.factor_RxK[:, [column]].T @ self.scaled_RxK
        row_K: Array = row_1xK[0]
        return row_K

    def covers(self, movie: int) -> bool:
        """Whether a movie has a column."""
        return bool(self.column_M[movie] >= 0)

    def grown(self, n_padded: int, ridge: float) -> Self:
        """The model with columns for new movies: nobody rated them, so their part of P is the inverse ridge."""
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
            ridge_deficit_K=np.append(self.ridge_deficit_K, np.zeros(added)),
        )


# -------------------------------------------------------------------------------------------------------------- solving


def solve(matrix: RatingMatrix, config: Config, n_padded: int) -> Edlae:
    """The model from scratch: training ratings in, P out. Releases the interpreter's lock while it computes."""
    movie_K = gram.most_rated(matrix, config.edlae_max_movies, n_padded)
    gram_KxK, square_K = _gram(matrix, config, movie_K, n_padded)
    dropout_ridge = config.edlae_dropout / (1 - config.edlae_dropout)
    gram_KxK[np.diag_indices_from(gram_KxK)] += config.edlae_ridge + dropout_ridge * square_K
    inverse_KxK = _inverse(gram_KxK)
    none = np.zeros((0, len(movie_K)), np.float32)
    return Edlae(
        inverse_KxK, gram.columns_of(movie_K, n_padded), movie_K, preference_of_half(config).astype(np.float32),
        dropout_ridge, config.edlae_user_power, inverse_KxK.diagonal().copy(), none, none, np.zeros(len(movie_K)),
    )  # fmt: skip


def preference_of_half(config: Config) -> Array:
    """Preference of each number of half stars, 0 (no rating) to 10 (float64)."""
    return np.array((0.0, *config.preference))


def user_weights(count_B: Array, power: float) -> Array:
    """Weights of viewers by how many of their ratings count: (100 / n) to the power."""
    weight_B: Array = (100 / np.maximum(count_B, 1)) ** power
    return weight_B


def _gram(matrix: RatingMatrix, config: Config, movie_K: Array, n_padded: int) -> tuple[Array, Array]:
    """XᵀWX (K × K) and the diagonal of XᵀX, both float64, of the training ratings."""
    column_N = gram.columns_of(movie_K, n_padded)[matrix.movie_N]
    use_N = (column_N >= 0) & ~matrix.held_N
    x_N = np.where(use_N, preference_of_half(config).astype(np.float32)[matrix.half_N], np.float32(0))
    weight_U = user_weights(np.bincount(matrix.user_N, x_N != 0, matrix.n_users), config.edlae_user_power)
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
