"""The choice model: how what viewers choose to watch follows the choice score and the predicted stars.

A Poisson regression of held-out choices (McCullagh & Nelder 1989, chapter 6). For viewer u and movie i, not rated in
training, the expected number of choices is

    log E[chosen_ui] = c + k l_ui + a log(n_i + 50) + u log(n_u + 1) + p P_ui + m mean_u + (what bends with log n_given)
    l_ui = log(max(S_ui, 0) + eps)

with S the choice score, P the predicted stars, n_i and n_u the training ratings of the movie and of the viewer. It is
a propensity model in the sense of Schnabel et al. (ICML 2016): ratings are not missing at random (Marlin & Zemel,
RecSys 2009). Lists need k, how much the choice score counts, and p, what a star adds; the other coefficients are the
same for all movies of a viewer, or belong to fame, of which `engine.inference.relevance` keeps what the list does not
bring about itself. Few choices say little, so k and p have normal priors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.data.arrays import Array

KNOWN = 50.0
"""Ratings added to a movie's own before the logarithm: what few ratings say of fame is noise."""
EPS = 0.01
USUAL_HISTORY = 29.0
"""Ratings given at which k and p are read: the slopes may bend with the length of a history."""
LEAST_K = 0.05
LEAST_P = -0.4
"""From here on a star more never lowers the relevance: at five stars the logarithm of the utility has the slope 0.4."""
K_PRIOR, P_PRIOR, PRIOR_SIGMA = 1.0, 0.0, 0.3
_MOST_SWEEPS, _SETTLED, _LONGEST_STEP = 60, 1e-5, 0.5
_MEAN_SHRINK = 5.0


@dataclass(frozen=True, slots=True)
class ChoiceModel:
    """What the regression leaves for lists. The defaults are those of no data."""

    k: float = K_PRIOR
    """Slope of the choice score's logarithm."""
    p: float = P_PRIOR
    """Slope of predicted stars."""
    eps: float = EPS
    """Noise of the choice score: below it differences mean nothing."""


class Choices(NamedTuple):
    """Cells that could be chosen: all that were, and some of the others."""

    score_N: Array
    """Choice score S."""
    stars_N: Array
    log_count_N: Array
    """See `log_count`."""
    given_N: Array
    """Ratings of the history that the two predictions are made from."""
    activity_N: Array
    """Training ratings of the viewer, whatever part of them was given."""
    mean_N: Array
    """See `shrunk_means`."""
    level_N: Array
    """Bias of the viewer by the history."""
    movie_N: Array
    """Bias of the movie."""
    chosen_N: Array
    """1 where the movie was chosen, else 0."""
    weight_N: Array
    """Cells that this one stands for."""

    @classmethod
    def joined(cls, parts: list[Choices]) -> Choices:
        """All cells of some parts."""
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def log_score(score_X: Array, eps: float) -> Array:
    """Logarithm of the choice score above its noise; below zero there is nothing but noise."""
    result: Array = np.log(np.maximum(score_X, 0) + np.float32(eps))
    return result


def log_count(count_X: Array) -> Array:
    """How well known movies are: the logarithm of their ratings and `KNOWN` more (float32)."""
    result: Array = np.log(count_X + KNOWN).astype(np.float32)
    return result


def counts(log_count_X: Array) -> Array:
    """The ratings of movies from their `log_count` (float64)."""
    result: Array = np.exp(log_count_X.astype(np.float64)) - KNOWN
    return result


def noise(score_X: Array) -> float:
    """Noise of the choice score of movies that a viewer didn't rate: the root mean square of what is below zero."""
    below = score_X[score_X < 0].astype(np.float64)
    return max(float((below @ below / len(below)) ** 0.5), 1e-6) if len(below) else EPS


def shrunk_means(half_BxM: Array) -> Array:
    """Mean stars of each viewer (B), shrunk towards that of all of them."""
    count_B, sum_B = (half_BxM > 0).sum(1), half_BxM.sum(1, dtype=np.int64) / 2
    mean_B: Array = (sum_B + _MEAN_SHRINK * sum_B.sum() / max(count_B.sum(), 1)) / (count_B + _MEAN_SHRINK)
    return mean_B


def fit(choices: Choices, eps: float) -> ChoiceModel:
    """The slopes of the regression, with their priors; those of no data without a choice."""
    if not choices.chosen_N.any():
        return ChoiceModel(eps=eps)
    bend_N = np.log((choices.given_N + 1) / (USUAL_HISTORY + 1))
    score_N, stars_N = log_score(choices.score_N.astype(np.float64), eps), choices.stars_N.astype(np.float64)
    score_N, stars_N = score_N - score_N.mean(), stars_N - stars_N.mean()
    columns = (
        score_N, stars_N, score_N * bend_N, stars_N * bend_N, choices.log_count_N, choices.log_count_N * bend_N,
        np.log(choices.activity_N + 1), bend_N, choices.mean_N,
    )  # fmt: skip
    x_NxY = np.stack([np.ones(len(bend_N)), *(column - column.mean() for column in columns)], 1)
    precision_Y, prior_Y = np.full(x_NxY.shape[1], 1e-6), np.zeros(x_NxY.shape[1])
    precision_Y[1:3], prior_Y[1:3] = PRIOR_SIGMA**-2, (K_PRIOR, P_PRIOR)
    slope_Y = poisson(x_NxY, choices.chosen_N, choices.weight_N, prior_Y, precision_Y)
    return ChoiceModel(max(float(slope_Y[1]), LEAST_K), max(float(slope_Y[2]), LEAST_P), eps)


def poisson(x_NxY: Array, count_N: Array, weight_N: Array, prior_Y: Array, precision_Y: Array) -> Array:
    """Coefficients of a weighted Poisson regression with a log link and normal priors, by Newton's method.

    The first column is the constant.
    """
    slope_Y = prior_Y.copy()
    slope_Y[0] = np.log((weight_N @ count_N) / weight_N.sum())
    for _ in range(_MOST_SWEEPS):
        expected_N = weight_N * np.exp(np.clip(x_NxY @ slope_Y, -25, 4))
        gradient_Y = x_NxY.T @ (weight_N * count_N - expected_N) - precision_Y * (slope_Y - prior_Y)
        curvature_YxY = (x_NxY * expected_N[:, None]).T @ x_NxY + np.diag(precision_Y)
        step_Y = np.linalg.solve(curvature_YxY, gradient_Y)
        slope_Y = slope_Y + np.clip(step_Y, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step_Y).max() < _SETTLED:
            break
    return slope_Y
