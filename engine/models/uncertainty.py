"""Uncertainty: an interval around predicted stars that holds `COVERED` of the ratings that viewers will give.

Split conformal prediction with errors scaled by how hard the cell is (Papadopoulos et al., ECML 2002; Lei et al., JASA
2018): the interval is P ± q σ_ui, where q is the quantile of |error| / σ_ui on held-out ratings, and

    σ²_ui = c + m / (n_i + 3) + v / √(n_u + 5) + r (P - low) (high - P) + s w_u

with n_i and n_u the ratings of the movie and of the viewer, (P - low) (high - P) the room to the ends of the scale, and
w_u how widely the viewer spreads their stars. The coefficients, none below 0, are those of a regression of the squared
held-out errors, each weighed by the inverse of its own variance, from histories whole and cut short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from engine.data.arrays import Array
from engine.data.csr import CsrRatings

COVERED = 0.8
"""Share of the ratings that an interval holds."""
_NORMAL = 1.2816
"""Half width of an interval of normal errors, in standard deviations."""
_MOVIE, _VIEWER = 3.0, 5.0
"""Ratings added to those of a movie and of a viewer."""
_LEAST_VARIANCE = 0.05
_LEAST_ERRORS = 20
"""Held-out ratings, fewer of which tell nothing."""
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """The variance of an error, and how many standard deviations an interval goes to each side.

    The defaults are those of no data: errors of one star.
    """

    constant: float = 1.0
    movie: float = 0.0
    viewer: float = 0.0
    room: float = 0.0
    spread: float = 0.0
    usual_spread: float = 1.0
    """Variance of a viewer's stars, of all viewers together: what little a viewer rated is shrunk towards."""
    quantile: float = _NORMAL

    def reach(self, stars_X: Array, count_X: Array, n_X: Array, spread_X: Array, low: float, high: float) -> Array:
        """Stars that intervals go to each side of predicted ones on a scale from `low` to `high` (float32).

        From the ratings of movies, the numbers of ratings of viewers and their `spreads`; the arrays broadcast.
        """
        variance_X = _terms(stars_X, count_X, n_X, spread_X, low, high) @ self._coefficients
        reach_X: Array = (self.quantile * np.sqrt(np.maximum(variance_X, _LEAST_VARIANCE))).astype(np.float32)
        return reach_X

    @property
    def _coefficients(self) -> Array:
        return np.array([self.constant, self.movie, self.viewer, self.room, self.spread])


class Errors(NamedTuple):
    """Held-out ratings and what was predicted of them."""

    error_N: Array
    """Given less predicted stars."""
    stars_N: Array
    """Predicted."""
    count_N: Array
    """Training ratings of the movie."""
    given_N: Array
    """Ratings of the history that the prediction is made from."""
    spread_N: Array
    """See `spreads`; of the whole history."""
    whole_N: Array
    """Whether the history is the whole one."""


def spreads(ratings: CsrRatings, usual: float) -> Array:
    """Variance of each viewer's stars (B), shrunk towards the usual one."""
    n, row_N, stars_N = ratings.n_rows, ratings.row_N, ratings.half_N * 0.5
    length_B = ratings.lengths
    mean_B = np.bincount(row_N, stars_N, n) / np.maximum(length_B, 1)
    square_B = np.bincount(row_N, (stars_N - mean_B[row_N]) ** 2, n)
    spread_B: Array = (square_B + _VIEWER * usual) / (length_B + _VIEWER)
    return spread_B


def usual_spread(ratings: CsrRatings) -> float:
    """Variance of viewers' stars around their own means, of all together; that of no data without two of one viewer."""
    lengths_B = ratings.lengths
    freedom = int(np.maximum(lengths_B - 1, 0).sum())
    if freedom == 0:
        return 1.0
    return float((spreads(ratings, 0.0) * (lengths_B + _VIEWER)).sum() / freedom)


def fit(errors: Errors, usual: float, low: float, high: float) -> Uncertainty:
    """The variance from all errors, the quantile from those of whole histories. What no data says of too few."""
    whole_N = errors.whole_N.astype(bool)
    if np.count_nonzero(whole_N) < _LEAST_ERRORS:
        return Uncertainty(usual_spread=usual)
    x_NxC = _terms(errors.stars_N, errors.count_N, errors.given_N, errors.spread_N, low, high)
    coefficients_C = _regressed(x_NxC, errors.error_N.astype(np.float64) ** 2)
    found = Uncertainty(*map(float, coefficients_C), usual_spread=usual, quantile=1.0)
    inner = Errors(*(column[whole_N] for column in errors))
    reach_N = found.reach(inner.stars_N, inner.count_N, inner.given_N, inner.spread_N, low, high)
    quantile = conformal(np.abs(inner.error_N) / reach_N, COVERED)
    return Uncertainty(*map(float, coefficients_C), usual_spread=usual, quantile=quantile)


def half_stars_within(low_X: Array, high_X: Array) -> tuple[Array, Array]:
    """`engine.stars.half_stars_in` of many intervals."""
    first_X, last_X = np.ceil(2 * low_X), np.floor(2 * high_X)
    middle_X = np.floor(low_X + high_X + 0.5)
    empty_X = first_X > last_X
    first_X, last_X = (np.clip(np.where(empty_X, middle_X, end_X), 1, 10) for end_X in (first_X, last_X))
    return first_X, last_X


def conformal(size_N: Array, covered: float) -> float:
    """The size that a new error stays within with this chance: the ⌈(n + 1) · covered⌉-th smallest of n.

    >>> conformal(np.array([4.0, 1.0, 3.0, 2.0]), 0.6)
    3.0
    """
    place = min(math.ceil((len(size_N) + 1) * covered), len(size_N))
    return float(np.sort(size_N)[place - 1])


def _terms(stars_X: Array, count_X: Array, n_X: Array, spread_X: Array, low: float, high: float) -> Array:
    """What the variance is a sum of, along the last axis."""
    room_X = np.maximum(stars_X - low, 0) * np.maximum(high - stars_X, 0)
    terms = (np.ones(()), 1 / (count_X + _MOVIE), (n_X + _VIEWER) ** -0.5, room_X, spread_X)
    return np.stack(np.broadcast_arrays(*terms), -1)


def _regressed(x_NxC: Array, square_N: Array) -> Array:
    """Coefficients, none below 0, of squared errors; a square varies as much as it is expected to be large."""
    weight_N = np.ones(len(square_N))
    for _ in range(_ROUNDS):
        coefficients_C = nnls(x_NxC * weight_N[:, None], square_N * weight_N)[0]
        weight_N = 1 / np.maximum(x_NxC @ coefficients_C, _LEAST_VARIANCE)
    result: Array = coefficients_C
    return result
