"""Why this movie: what each rated movie contributes to the recommended one's score.

Where EDLAE makes the score the answer is exact: rated movie j contributes `x_j B_ji`, and these sum to the score. Else
each rated movie is left out in turn, all in one batch, and it contributes what the score loses.
"""

from __future__ import annotations

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.serving import BLOCK, ServingModel


def contributions(serving: ServingModel, ratings: CsrRatings, targets: Array) -> Array:
    """What each movie that one viewer rated (rows) contributes to the score of each target movie (columns)."""
    part_LxC = np.zeros((len(ratings.movie_N), len(targets)))
    exact = np.array([_only_edlae(serving, int(target)) for target in targets], bool)
    if serving.edlae is not None:
        for column in np.flatnonzero(exact):
            part_LxC[:, column] = serving.edlae.contributions(ratings, int(targets[column]))
    if not exact.all():
        part_LxC[:, ~exact] = left_out(serving, ratings, targets[~exact])
    return part_LxC


def _only_edlae(serving: ServingModel, movie: int) -> bool:
    """Whether EDLAE alone makes this movie's score: it covers it, and its features have no say."""
    covered = serving.edlae is not None and serving.edlae.covers(movie)
    return bool(covered and (serving.cold_start is None or serving.cold_start.count_M[movie] >= 1))


def shares(part_LxC: Array) -> Array:
    """Contributions as shares of the sum of their sizes, so that movies that speak against count below zero."""
    size_C = np.abs(part_LxC).sum(0)
    share_LxC: Array = part_LxC / np.where(size_C > 0, size_C, 1)
    return share_LxC


def left_out(serving: ServingModel, ratings: CsrRatings, targets: Array, block: int = BLOCK) -> Array:
    """What each score loses without each rating.

    A block is the whole history, first, and copies of it that each lack one rating: one batch of the one shape that is
    compiled, so that whole and copies are computed alike, whatever the length of the history.
    """
    movie_L, parts = ratings.movie_N, [np.zeros((0, len(targets)))]
    for start in range(0, len(movie_L), block - 1):
        out = movie_L[start : start + block - 1]
        half_BxM = np.zeros((block, serving.network.width), np.uint8)
        half_BxM[:, movie_L] = ratings.half_N
        half_BxM[np.arange(1, len(out) + 1), out] = 0
        score_BxC = serving.scores(CsrRatings.of_dense(half_BxM))[: len(out) + 1, targets]
        parts.append(score_BxC[0] - score_BxC[1:])
    return np.concatenate(parts)
