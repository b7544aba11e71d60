"""Why this movie: what each rated movie contributes to the recommended one's ranking score.

The parts of relevance sum exactly to what the history changes in its formula: S and P of the history in place of those
of none. There are two kinds, from watching alike (by the choice score) and from rating alike (by predicted stars). They
are Aumann-Shapley values (Aumann & Shapley 1974; integrated gradients, Sundararajan, Taly & Yan, ICML 2017) along the
straight line from no history to the whole one. The choice score is a sum over the rated movies, `S = S_0 + Σ x_j B_ji`,
so a function f of it gives to movie j `x_j B_ji (f(S) - f(S_0)) / (S - S_0)`. Predicted stars are taken as the sum that
the network and its neighbours compute; what the sum leaves over (the range of the data, the say of features) is the
same for each rated movie.

Where there is no such sum, each rated movie is left out in turn, all in one batch, and contributes what is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.ranking import Ranking
from engine.inference.relevance import choice_part, stars_part
from engine.inference.serving import BLOCK, BY_RELEVANCE, ServingModel

_NEAR = 1e-4
"""Below this difference a secant is taken as a tangent."""


class ReasonParts(NamedTuple):
    """What each rated movie (rows) contributes to each target movie (columns)."""

    choice_LxC: Array
    """From watching alike."""
    stars_LxC: Array
    """From rating alike."""

    @property
    def total_LxC(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Both together."""
        total_LxC: Array = self.choice_LxC + self.stars_LxC
        return total_LxC

    def shares(self) -> ReasonParts:
        """As shares of the sum of their sizes, so that movies that speak against count below zero."""
        size_C = np.abs(self.total_LxC).sum(0)
        size_C = np.where(size_C > 0, size_C, 1)
        return ReasonParts(self.choice_LxC / size_C, self.stars_LxC / size_C)


def contributions(
    serving: ServingModel, ratings: CsrRatings, targets: Array, ranking: Ranking = BY_RELEVANCE
) -> ReasonParts:  # fmt: skip
    """What each movie that one viewer rated contributes to the ranking score of each target movie."""
    order, none_LxC = serving.order(ranking), np.zeros((len(ratings.movie_N), len(targets)))
    if order == "choice":
        return ReasonParts(_choice(serving, ratings, targets), none_LxC)
    stars_LxC = _stars(serving, ratings, targets)
    if order == "stars":
        return ReasonParts(none_LxC, stars_LxC)
    choice_LxC = _choice(serving, ratings, targets)
    nothing = CsrRatings.of_one(ratings.movie_N[:0], ratings.half_N[:0], ratings.n_movies)
    ends = zip((serving.choice_scores(nothing), serving.stars(nothing)), (choice_LxC, stars_LxC), strict=True)
    functions = (
        partial(choice_part, choice=serving.choice, lens=ranking.lens),
        partial(stars_part, choice=serving.choice),
    )
    return ReasonParts(*(
        part_LxC * _secant(function, start_1xM[0, targets].astype(np.float64), part_LxC.sum(0))
        for function, (start_1xM, part_LxC) in zip(functions, ends, strict=True)
    ))  # fmt: skip


def _secant(function: Callable[[Array], Array], start_C: Array, step_C: Array) -> Array:
    """Mean slope of a function over a step."""
    step_C = np.where(np.abs(step_C) < _NEAR, _NEAR, step_C)
    slope_C: Array = (function(start_C + step_C) - function(start_C)) / step_C
    return slope_C


def _choice(serving: ServingModel, ratings: CsrRatings, targets: Array) -> Array:
    """Parts of the choice score (L × C): they sum to what the history changes in it."""
    part_LxC, edlae = np.zeros((len(ratings.movie_N), len(targets))), serving.edlae
    exact_C = _rated(serving, targets)
    if edlae is not None:
        exact_C &= edlae.column_M[targets] >= 0
        for column in np.flatnonzero(exact_C):
            part_LxC[:, column] = edlae.contributions(ratings, int(targets[column]))
    if not exact_C.all():
        part_LxC[:, ~exact_C] = left_out(serving.choice_scores, ratings, targets[~exact_C], serving.network.n_padded)
    return part_LxC


def _rated(serving: ServingModel, targets: Array) -> Array:
    """Which of these movies somebody rated, so that it's not their features that make their values."""
    if serving.cold_start is None:
        return np.ones(len(targets), bool)
    rated_C: Array = serving.cold_start.count_M[targets] >= 1
    return rated_C


def _stars(serving: ServingModel, ratings: CsrRatings, targets: Array) -> Array:
    """Parts of the predicted stars (L × C): they sum to what the history changes in them."""
    movie_L, half_L = ratings.movie_N, ratings.half_N
    if not len(movie_L):
        return np.zeros((0, len(targets)))
    part_LxC = serving.network.parts_of_one(movie_L, half_L, targets)
    if part_LxC is None:
        return _evened(serving, ratings, targets, left_out(serving.stars, ratings, targets, serving.network.n_padded))
    if serving.residual_knn is not None:
        error_L = half_L * 0.5 - serving.network.stars_of_one(movie_L, half_L, movie_L)
        part_LxC += serving.residual_knn.parts(targets, movie_L, error_L)
    new_C = ~_rated(serving, targets)
    if new_C.any():
        part_LxC[:, new_C] = left_out(serving.stars, ratings, targets[new_C], serving.network.n_padded)
    return _evened(serving, ratings, targets, part_LxC)


def _evened(serving: ServingModel, ratings: CsrRatings, targets: Array, part_LxC: Array) -> Array:
    """Parts of predicted stars with what their sum leaves over added, to each rated movie the same."""
    nothing = CsrRatings.of_one(ratings.movie_N[:0], ratings.half_N[:0], ratings.n_movies)
    whole_C, nothing_C = (serving.stars(each)[0, targets].astype(np.float64) for each in (ratings, nothing))
    evened_LxC: Array = part_LxC + (whole_C - nothing_C - part_LxC.sum(0)) / len(part_LxC)
    return evened_LxC


def left_out(
    answer: Callable[[CsrRatings], Array], ratings: CsrRatings, targets: Array, n_padded: int, block: int = BLOCK
) -> Array:  # fmt: skip
    """What each answer (columns) loses without each rating (rows).

    A block is the whole history, first, and copies of it that each lack one rating: one batch of the one shape that is
    compiled, so that whole and copies are computed alike, whatever the length of the history.
    """
    movie_L, parts = ratings.movie_N, [np.zeros((0, len(targets)))]
    for start in range(0, len(movie_L), block - 1):
        out = movie_L[start : start + block - 1]
        half_BxM = np.zeros((block, n_padded), np.uint8)
        half_BxM[:, movie_L] = ratings.half_N
        half_BxM[np.arange(1, len(out) + 1), out] = 0
        value_BxC = answer(CsrRatings.of_dense(half_BxM))[: len(out) + 1, targets]
        parts.append(value_BxC[0] - value_BxC[1:])
    return np.concatenate(parts)
