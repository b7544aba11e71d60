"""Step 7, personalise: movies of other genres enter the list.

Each method picks greedily from the best-scored candidates, weighing score against variety by a strength from 0 (the
list as scored) to 1 (variety alone). Pure numpy, under two milliseconds a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.data.arrays import Array
from engine.metrics import KL_ALPHA, genre_distances, kl_calibration
from engine.types import DiversityMethod

CANDIDATES = 100
"""Best-scored movies that re-ranking may choose from."""
EXPLORE = 0.5
"""At strength 1 the genres aimed at are half the viewer's own and half all genres alike."""
OWN = 0.01
"""Share of each movie's similarity to itself that it has with no other: without it, movies of the same genres would be
identical to the DPP, and it could list only one of them."""


class Pick(NamedTuple):
    """The choice of one place: what each candidate would gain, as score and as variety."""

    score_C: Array
    variety_C: Array
    """Both are weighed by the strength already; they add up to the gain."""
    chosen: int


def rerank(score_C: Array, genre_CxG: Array, taste_G: Array, n: int, strength: float, method: DiversityMethod) -> Array:
    """Positions of the n chosen candidates, in order.

    `score_C` are ranking scores in falling order, `genre_CxG` 0/1 genre flags, `taste_G` the viewer's genre shares.
    Strength 0 gives the first n.
    """
    n = min(n, len(score_C))
    if strength <= 0 or n == 0:
        return np.arange(n)
    return np.array([pick.chosen for pick in picks(score_C, genre_CxG, taste_G, n, strength, method)])


def picks(
    score_C: Array, genre_CxG: Array, taste_G: Array, n: int, strength: float, method: DiversityMethod
) -> Iterator[Pick]:
    """The choices of the n places one after the other, as `rerank` makes them; a strength above 0."""
    if method == "mmr":
        return _mmr(_unit(score_C), genre_distances(genre_CxG), n, strength)
    if method == "dpp":
        return _dpp(_unit(score_C), kernel(genre_CxG), n, strength)
    uniform_G = np.full(len(taste_G), 1 / max(len(taste_G), 1))
    target_G = (1 - EXPLORE * strength) * taste_G + EXPLORE * strength * uniform_G
    return _calibrated(_unit(score_C), shares(genre_CxG), target_G, n, strength)


def _pick(score_C: Array, variety_C: Array, chosen: list[int]) -> Pick:
    """The candidate with the highest gain that is not chosen yet."""
    gain_C = score_C + variety_C
    gain_C[chosen] = -np.inf
    chosen.append(int(np.argmax(gain_C)))
    return Pick(score_C, variety_C, chosen[-1])


def _unit(score_C: Array) -> Array:
    """Scores between 0 and 1, so that one strength means the same for every model."""
    spread = float(score_C.max() - score_C.min())
    return (score_C - score_C.min()) / spread if spread > 0 else np.ones(len(score_C))


def _mmr(score_C: Array, distance_CxC: Array, n: int, strength: float) -> Iterator[Pick]:
    """Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998): (1-λ) s_i - λ max over chosen j of sim(i, j)."""
    chosen: list[int] = []
    nearest_C = np.zeros(len(score_C))
    for _ in range(n):
        pick = _pick((1 - strength) * score_C, -strength * nearest_C, chosen)
        yield pick
        nearest_C = np.maximum(nearest_C, 1 - distance_CxC[pick.chosen])


def _calibrated(score_C: Array, share_CxG: Array, target_G: Array, n: int, strength: float) -> Iterator[Pick]:
    """Calibrated greedy (Steck, RecSys 2018): (1-λ) s - λ KL(target || the list's genres).

    The divergence is divided by the most it can be, that of a list without any genre of the target, so that it weighs
    against scores between 0 and 1.
    """
    chosen: list[int] = []
    sum_G = np.zeros(share_CxG.shape[1])
    for size in range(1, n + 1):
        divergence_C = kl_calibration(target_G, (sum_G + share_CxG) / size) / np.log(1 / KL_ALPHA)
        pick = _pick((1 - strength) * score_C, -strength * divergence_C, chosen)
        yield pick
        sum_G += share_CxG[pick.chosen]


def _dpp(score_C: Array, kernel_CxC: Array, n: int, strength: float) -> Iterator[Pick]:
    """Greedy MAP of a determinantal point process (Chen, Zhang & Zhou, NeurIPS 2018), by an incremental Cholesky.

    The list's determinant in diag(r) S diag(r) with r = exp((1-λ) s / 2λ): its logarithm, times λ, is
    (1-λ) Σ s + λ log det S. A movie adds λ log d², where d² is what the chosen movies leave of its row of S.
    """
    chosen: list[int] = []
    row_CxL = np.zeros((len(score_C), n))
    left_C = kernel_CxC.diagonal().copy()
    for size in range(n):
        pick = _pick((1 - strength) * score_C, strength * np.log(left_C), chosen)
        yield pick
        best = pick.chosen
        row_C = (kernel_CxC[best] - row_CxL[:, :size] @ row_CxL[best, :size]) / np.sqrt(left_C[best])
        row_CxL[:, size] = row_C
        left_C = np.maximum(left_C - row_C**2, OWN)


def kernel(genre_CxG: Array) -> Array:
    """Genre similarity as a positive definite matrix (C × C) with ones on its diagonal.

    The Jaccard similarity is one already (Bouchard, Jousselme & Doré, IJAR 2013). A movie without genres stands at the
    centre of the others: nothing is known that would set it apart.
    """
    similarity_CxC = 1 - genre_distances(genre_CxG)
    known_C: Array = genre_CxG.sum(axis=1) > 0
    if known_C.any() and not known_C.all():
        known_CxC = similarity_CxC[np.ix_(known_C, known_C)]
        centre_C = np.ones(len(known_C))
        centre_C[known_C] = known_CxC.mean(0) / np.sqrt(known_CxC.mean())
        similarity_CxC[~known_C] = centre_C
        similarity_CxC[:, ~known_C] = centre_C[:, None]
    kernel_CxC: Array = (1 - OWN) * similarity_CxC
    kernel_CxC[np.diag_indices_from(kernel_CxC)] = 1
    return kernel_CxC


def shares(genre_MxG: Array) -> Array:
    """Each movie's genres as shares that sum to 1 (0 for a movie without genres)."""
    total_Mx1 = genre_MxG.sum(1, keepdims=True)
    share_MxG: Array = genre_MxG / np.maximum(total_Mx1, 1)
    return share_MxG


def taste(genre_LxG: Array, half_L: Array) -> Array:
    """A viewer's genre shares: the rated movies' shares, weighted by their stars; all alike without a history."""
    weighted_G = half_L @ shares(genre_LxG)
    total = float(weighted_G.sum())
    return weighted_G / total if total > 0 else np.full(genre_LxG.shape[1], 1 / max(genre_LxG.shape[1], 1))
