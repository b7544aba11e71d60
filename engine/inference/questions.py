"""Which movies to ask a new viewer about: those whose stars tell most of the stars of all others.

Predicted stars of known viewers are taken as draws of a Gaussian over movies; the answer about movie i, with noise of
variance σ², lowers the variance of movie j by `C_ij² / (C_ii + σ²)`. Greedy: the next question is the one that lowers
the variance of all movies together most, given the questions before (active learning by A-optimal design; Krause, Singh
& Guestrin, JMLR 2008; Rubens et al., Recommender Systems Handbook 2015). A viewer who does not know a movie tells
nothing of it, so what a question brings counts times √q_i, with q_i its share of raters. The root, because the dozen is
answered in part: all of it went to famous movies by q_i, to hardly known ones without (docs/experiments.md).
"""

from __future__ import annotations

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.serving import BLOCK, ServingModel
from engine.models.choice import counts

POOL = 400
"""The most rated movies, among which questions are chosen."""
VIEWERS = 512
"""Known viewers whose stars are the draws, at most."""


def questions(serving: ServingModel, viewers: CsrRatings, n_viewers: int, noise: float, n: int) -> Array:
    """Columns of at most n movies to ask about, most telling first.

    `viewers` are the histories whose stars are the draws; of `n_viewers` in all the movies' ratings are.
    """
    if not viewers.n_rows:
        return np.zeros(0, np.int64)
    stars_BxM = np.concatenate([
        serving.stars(viewers.take(np.arange(start, min(start + BLOCK, viewers.n_rows))))[:, : viewers.n_movies]
        for start in range(0, viewers.n_rows, BLOCK)
    ])  # fmt: skip
    count_M = np.maximum(counts(serving.log_count_M[: viewers.n_movies]), 0)
    pool_C = np.argsort(-count_M, kind="stable")[:POOL]
    pool_C = pool_C[count_M[pool_C] > 0.5]
    known_C = np.minimum(count_M[pool_C] / max(n_viewers, 1), 1.0)
    return pool_C[most_telling(stars_BxM, pool_C, known_C**0.5, noise, n)]


def most_telling(draw_BxM: Array, pool_C: Array, weight_C: Array, noise: float, n: int) -> Array:
    """Places in the pool of at most n movies, in greedy order; what each brings counts times its weight."""
    centred_BxM = draw_BxM - draw_BxM.mean(axis=0)
    covariance_CxM = (centred_BxM[:, pool_C].T @ centred_BxM).astype(np.float64) / len(draw_BxM)
    chosen: list[int] = []
    open_C = np.ones(len(pool_C), bool)
    for _ in range(min(n, len(pool_C))):
        own_C = np.maximum(covariance_CxM[np.arange(len(pool_C)), pool_C], 0) + noise
        gain_C = np.where(open_C, weight_C * np.square(covariance_CxM).sum(axis=1) / own_C, -1.0)
        best = int(gain_C.argmax())
        chosen.append(best)
        open_C[best] = False
        covariance_CxM -= np.outer(covariance_CxM[:, pool_C[best]], covariance_CxM[best]) / own_C[best]
    return np.array(chosen, np.int64)
