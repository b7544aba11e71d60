"""Selection: how much higher the stars of those who chose a movie are than those of viewers who did not.

Predicted stars are learned from ratings of movies that somebody chose, and people choose what they expect to like, so
for a movie that a viewer would hardly choose they are too high. The correction is Heckman's (Sample selection bias as a
specification error, Econometrica 1979). A viewer u chooses a movie i where g_ui + v > 0, with v standard normal: a
probit of held-out choices,

    g_ui = c + a (P_ui - b_i) + s log(max(S_ui, 0) + eps) + f log(n_i + 50) + r log(max(n_u, 29) + 1) + l b_u + b b_i

with P the predicted stars, S the choice score, b_u and b_i the biases, n_u and n_i the training ratings. Predicted
stars are those given by who chose, so above what this viewer would give by the covariance of v with what P does not
know of their stars, times the inverse Mills ratio λ(g) = φ(g) / Φ(g). Viewers know their taste: what P does not know of
it moves their choice as much as what P knows (a), so that covariance is a times the variance of the unknown taste. Of
the squared error of held-out predictions a part is noise, which moves no choice; `TASTE` is the rest.

P - b_i is what is a viewer's own in P; how good a movie is for all says less of why this viewer chose it. S knows
tastes too, of which the slope a is robbed where S tells choices nearly by itself; so a is no less than `LEAST` of what
it is without S.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri

from engine.data.arrays import Array
from engine.models.choice import USUAL_HISTORY, Choices, log_score

TASTE = 1 / 3
"""Part of the squared error that is taste: .30 to .37 in six simulated worlds of two kinds (docs/experiments.md)."""
LEAST = 1 / 3
_PRIOR_SIGMA = 1.0
"""Of the slopes, whose prior mean is 0: without data nothing is corrected."""
_MOST_SWEEPS, _SETTLED, _LONGEST_STEP = 60, 1e-6, 0.5
_ROOT_2PI = np.float32(0.5 * np.log(2 * np.pi))
_FAR = np.float32(6)
"""Beyond this g is as good as certain."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The probit, and how much a unit of λ is worth in stars. The defaults, those of no data, correct nothing."""

    constant: float = 0.0
    taste: float = 0.0
    """Slope a of P - b_i."""
    score: float = 0.0
    """Slope of the choice score's logarithm."""
    fame: float = 0.0
    """Slope of `choice.log_count`."""
    activity: float = 0.0
    level: float = 0.0
    """Slope of the viewer's bias."""
    quality: float = 0.0
    """Slope of the movie's bias."""
    eps: float = 1.0
    """Noise of the choice score, as in the choice model."""
    strength: float = 0.0
    """Stars by which P is too high for each unit of λ."""

    def excess(
        self, stars_X: Array, score_X: Array, log_count_X: Array, movie_X: Array, n_X: Array, level_X: Array
    ) -> Array:
        """Stars by which predicted ones are too high for viewers who did not choose: 0 or more (float32).

        `movie_X` are the biases of movies, `n_X` the viewers' numbers of ratings, `level_X` their biases; the arrays
        broadcast.
        """
        g_X = np.float32(self.taste) * (stars_X - movie_X) + np.float32(self.score) * log_score(score_X, self.eps)
        g_X += np.float32(self.fame) * log_count_X + np.float32(self.quality) * movie_X
        viewer_X = self.constant + self.activity * _log_activity(n_X) + self.level * level_X
        excess_X: Array = np.float32(self.strength) * mills(g_X + np.float32(viewer_X))
        return excess_X


def mills(g_X: Array) -> Array:
    """Inverse Mills ratio φ(g) / Φ(g): the mean of v where g + v > 0.

    >>> mills(np.array([0.0])).round(4).tolist()
    [0.7979]
    """
    g_X = np.clip(g_X, -_FAR, _FAR)
    ratio_X: Array = np.exp(-0.5 * g_X * g_X - _ROOT_2PI - log_ndtr(g_X))
    return ratio_X


def _log_activity(n_X: Array) -> Array:
    """How much viewers choose. A history shorter than usual is a new viewer's, and says nothing of that."""
    result: Array = np.log(np.maximum(n_X, USUAL_HISTORY) + 1)
    return result


def fit(choices: Choices, eps: float, variance: float) -> Selection:
    """The probit of choices from whole histories, and the correction by the `variance` of held-out errors (stars²)."""
    whole = Choices(*(column[choices.given_N == choices.activity_N] for column in choices))
    if not whole.chosen_N.any() or whole.chosen_N.all():
        return Selection()
    x_NxC = np.stack([
        whole.stars_N - whole.movie_N, log_score(whole.score_N.astype(np.float64), eps), whole.log_count_N,
        _log_activity(whole.activity_N), whole.level_N, whole.movie_N,
    ], 1)  # fmt: skip
    mean_C = x_NxC.mean(axis=0)
    slope_C = probit(x_NxC - mean_C, whole.chosen_N, whole.weight_N)
    alone_C = probit(np.delete(x_NxC - mean_C, 1, axis=1), whole.chosen_N, whole.weight_N)
    strength = max(slope_C[1], LEAST * alone_C[1], 0.0) * TASTE * variance
    constant = float(slope_C[0] - slope_C[1:] @ mean_C)
    return Selection(constant, *map(float, slope_C[1:]), eps=eps, strength=float(strength))


def probit(x_NxC: Array, chosen_N: Array, weight_N: Array) -> Array:
    """Constant and slopes of a weighted probit with normal priors on the slopes, by Fisher scoring."""
    x_NxC = np.column_stack([np.ones(len(x_NxC)), x_NxC])
    precision_C = np.full(x_NxC.shape[1], _PRIOR_SIGMA**-2)
    precision_C[0] = 0.0
    slope_C = np.zeros(len(precision_C))
    slope_C[0] = ndtri((weight_N @ chosen_N) / weight_N.sum())
    for _ in range(_MOST_SWEEPS):
        g_N = np.clip(x_NxC @ slope_C, -_FAR, _FAR)
        for_N, against_N = mills(g_N), mills(-g_N)
        score_N = weight_N * np.where(chosen_N > 0, for_N, -against_N)
        information_N = weight_N * for_N * against_N
        curvature_CxC = (x_NxC * information_N[:, None]).T @ x_NxC + np.diag(precision_C)
        step_C = np.linalg.solve(curvature_CxC, x_NxC.T @ score_N - precision_C * slope_C)
        slope_C = slope_C + np.clip(step_C, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step_C).max() < _SETTLED:
            break
    return slope_C
