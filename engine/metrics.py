"""Metrics of predictions and of lists, each with its formula, its paper and an example to check by hand.

The letters of the arrays are those of `engine.data.arrays`.
"""

from __future__ import annotations

import numpy as np

from engine.data.arrays import Array

POSITIVE = 4.0
"""A rating of four stars or more is a positive: the viewer liked the movie (Liang et al., WWW 2018)."""
FEW = 10
"""Places that are quicker found one by one than by a partition."""


def top_k(score_BxM: Array, k: int) -> Array:
    """Columns of the k best scores of each row, best first; of equal scores the lower column first.

    >>> top_k(np.array([[0.1, 0.9, 0.9, 0.5]]), 3).tolist()
    [[1, 2, 3]]
    """
    k = min(k, score_BxM.shape[1])
    if k == 0:
        return np.zeros((len(score_BxM), 0), np.int64)
    if k <= FEW and (few := _one_by_one(score_BxM, k)) is not None:
        return few
    # a partition alone would break ties at the k-th place in no order: take all that reach the k-th score
    limit_Bx1 = np.partition(score_BxM, -k, axis=1)[:, -k, None]
    row_N, column_N = np.divmod(np.flatnonzero(score_BxM >= limit_Bx1), score_BxM.shape[1])
    order = np.lexsort((-score_BxM[row_N, column_N], row_N))  # stable: equal scores stay in order of columns
    first_B = np.searchsorted(row_N, np.arange(len(score_BxM)))
    best: Array = column_N[order[first_B[:, None] + np.arange(k)]]
    return best


def _one_by_one(score_BxM: Array, k: int) -> Array | None:
    """The best, then the best of the others, and so on; None where the scores left in a row are all -inf."""
    left_BxM, row_B = score_BxM.copy(), np.arange(len(score_BxM))
    best_BxL = np.empty((len(score_BxM), k), np.int64)
    for place in range(k):
        best_BxL[:, place] = best_B = left_BxM.argmax(1)
        if np.isneginf(left_BxM[row_B, best_B]).any():
            return None
        left_BxM[row_B, best_B] = -np.inf
    return best_BxL


def ndcg_rows(score_BxM: Array, hit_BxM: Array, k: int) -> Array:
    """NDCG@k of each row (Järvelin & Kekäläinen 2002), binary relevance.

    DCG = Σ over the k best-scored places p (from 1) of hit / log2(p + 1); divided by the DCG of the best order. Rows
    without a hit give 0.

    One hit among three movies, at the second place, gives 1/log2(3) = 0.6309:

    >>> ndcg_rows(np.array([[3.0, 2.0, 1.0]]), np.array([[False, True, False]]), 2).round(4).tolist()
    [0.6309]
    """
    top = top_k(score_BxM, k)
    discount_L = discounts(top.shape[1])
    gained_B = np.take_along_axis(hit_BxM, top, 1) @ discount_L
    best_B = np.concatenate(([0.0], np.cumsum(discount_L)))[np.minimum(hit_BxM.sum(1), top.shape[1])]
    return _ratio(gained_B, best_B)


def discounts(k: int) -> Array:
    """What a place of a list counts, from the first: 1 / log2(1 + place).

    >>> discounts(3).round(4).tolist()
    [1.0, 0.6309, 0.5]
    """
    discount_L: Array = 1 / np.log2(np.arange(2, k + 2))
    return discount_L


def graded_ndcg_rows(score_BxM: Array, gain_BxM: Array, k: int) -> Array:
    """NDCG@k of each row (Järvelin & Kekäläinen 2002) of movies that are worth more or less, none below zero.

    Rows without a gain give 0. Two movies worth 3 and 1, the lesser one first, gain 1 + 3/log2(3) of 3 + 1/log2(3):

    >>> graded_ndcg_rows(np.array([[2.0, 1.0]]), np.array([[1.0, 3.0]]), 2).round(4).tolist()
    [0.7967]
    """
    top = top_k(score_BxM, k)
    discount_L = discounts(top.shape[1])
    gained_B = np.take_along_axis(gain_BxM, top, 1) @ discount_L
    best_B = -np.sort(-gain_BxM, axis=1)[:, : top.shape[1]] @ discount_L
    return _ratio(gained_B, best_B)


def _ratio(part_B: Array, whole_B: Array) -> Array:
    """Quotients, 0 where the whole is 0."""
    quotient_B: Array = np.zeros(len(whole_B))
    np.divide(part_B, whole_B, out=quotient_B, where=whole_B > 0)
    return quotient_B


def recall_rows(score_BxM: Array, hit_BxM: Array, k: int) -> Array:
    """Recall@k of each row as in Liang et al. (WWW 2018): hits among the k best, over min(k, number of hits).

    Rows without a hit give 0. Two hits, one of them among the two best:

    >>> recall_rows(np.array([[3.0, 2.0, 1.0]]), np.array([[False, True, True]]), 2).tolist()
    [0.5]
    """
    found_B = np.take_along_axis(hit_BxM, top_k(score_BxM, k), 1).sum(1)
    possible_B = np.minimum(hit_BxM.sum(1), k)
    return _ratio(found_B, possible_B)


def hit_rate_rows(score_BxM: Array, hit_BxM: Array, k: int) -> Array:
    """HR@k of each row (Deshpande & Karypis, TOIS 2004): min(1, hits among the k best).

    The one hit of the first row is at the third place, that of the second row at the first:

    >>> score, hit = np.array([[3.0, 2.0, 1.0]] * 2), np.array([[False, False, True], [True, False, False]])
    >>> hit_rate_rows(score, hit, 2).tolist()
    [0.0, 1.0]
    """
    found_B = np.take_along_axis(hit_BxM, top_k(score_BxM, k), 1).sum(1)
    hit_B: Array = np.minimum(found_B, 1).astype(np.float64)
    return hit_B


def coverage(list_BxL: Array, n_movies: int) -> float:
    """Share of the catalogue that appears in any list (Ge et al., RecSys 2010).

    Two lists that share a movie show three of four:

    >>> coverage(np.array([[0, 1], [1, 2]]), 4)
    0.75
    """
    return len(np.unique(list_BxL)) / n_movies if n_movies else 0.0


def gini(list_BxL: Array, n_movies: int) -> float:
    """Gini index of how often each movie is listed: 0 all alike, near 1 a few get all (Fleder & Hosanagar 2009).

    G = Σ_i (2i - n - 1) c_i / (n Σ c), counts c in rising order, i from 1. One of two movies gets everything:

    >>> gini(np.array([[0], [0]]), 2)
    0.5
    """
    count_M = np.sort(np.bincount(np.ravel(list_BxL), minlength=n_movies)).astype(np.float64)
    if not count_M.sum():
        return 0.0
    weight_M = 2 * np.arange(1, n_movies + 1) - n_movies - 1
    return float(weight_M @ count_M / (n_movies * count_M.sum()))


def genre_distances(genre_LxG: Array) -> Array:
    """Jaccard distance between the genres of every two movies, 0 to 1 (L × L).

    A movie without genres is at distance 0 of all: nothing is known that would set it apart.

    >>> genre_distances(np.array([[1, 1, 0], [0, 1, 1]])).round(4).tolist()
    [[0.0, 0.6667], [0.6667, 0.0]]
    """
    flags = np.asarray(genre_LxG, np.float64)
    both_LxL = flags @ flags.T
    count_L = flags.sum(1)
    either_LxL = count_L[:, None] + count_L - both_LxL
    known_LxL = (count_L[:, None] > 0) & (count_L > 0)
    distance_LxL: Array = np.zeros_like(both_LxL)
    distance_LxL[known_LxL] = 1 - both_LxL[known_LxL] / either_LxL[known_LxL]
    return distance_LxL


def ild(genre_LxG: Array) -> float:
    """Intra-list diversity (Ziegler et al., WWW 2005): mean Jaccard genre distance over all pairs; 0 below two movies.

    >>> ild(np.array([[1, 0], [0, 1], [0, 1]])) == 2 / 3
    True
    """
    n = len(genre_LxG)
    return float(genre_distances(genre_LxG).sum() / (n * (n - 1))) if n > 1 else 0.0


def genre_coverage(genre_LxG: Array) -> int:
    """Distinct genres in a list (the numerator of subtopic recall, Zhai et al., SIGIR 2003).

    >>> genre_coverage(np.array([[1, 0, 0], [1, 1, 0]]))
    2
    """
    return int(np.any(np.asarray(genre_LxG) > 0, axis=0).sum())


KL_ALPHA = 0.01
"""How much of the target is mixed into a list's genres, so that its divergence is at most log(1 / this)."""


def kl_calibration(target_G: Array, list_BxG: Array, alpha: float = KL_ALPHA) -> Array:
    """Steck's calibration (RecSys 2018): KL(p || (1-α) q + α p) of each row q of genre shares, in nats.

    0 when the list has the genres of the target p; finite for every q, since α mixes the target in.

    >>> kl_calibration(np.array([0.5, 0.5]), np.array([[0.5, 0.5], [1.0, 0.0]])).round(3).tolist()
    [0.0, 1.959]
    """
    mixed_BxG = (1 - alpha) * np.asarray(list_BxG) + alpha * target_G
    present = target_G > 0
    ratio_BxG = np.log(target_G[present] / mixed_BxG[:, present])
    divergence_B: Array = np.maximum(ratio_BxG @ target_G[present], 0.0)
    return divergence_B


def alpha_ndcg(genre_LxG: Array, liked_L: Array, all_genre_CxG: Array, k: int, alpha: float = 0.5) -> float:
    """α-NDCG@k (Clarke et al., SIGIR 2008): each further liked movie of a genre counts (1-α) times the last.

    Gain at place p = Σ over its genres of (1-α)^(liked movies of that genre above), for liked movies; divided by
    log2(p + 1), summed, and divided by the same of a greedy best order of all liked movies (`all_genre_CxG`). 0 when
    nothing is liked.

    Two liked movies of one genre, none of the other: (1 + 0.5/log2 3) / (1 + 1/log2 3) = 0.8066:

    >>> round(alpha_ndcg(np.array([[1, 0], [1, 0]]), np.array([1, 1]), np.array([[1, 0], [1, 0], [0, 1]]), 2), 4)
    0.8066
    """
    best = _alpha_dcg(np.asarray(all_genre_CxG, np.float64), k, alpha, greedy=True)
    got = _alpha_dcg(np.asarray(genre_LxG, np.float64) * np.asarray(liked_L)[:, None], k, alpha, greedy=False)
    return got / best if best > 0 else 0.0


def _alpha_dcg(genre_CxG: Array, k: int, alpha: float, *, greedy: bool) -> float:
    seen_G, left, total = np.zeros(genre_CxG.shape[1]), list(range(len(genre_CxG))), 0.0
    for place in range(1, min(k, len(genre_CxG)) + 1):
        gain_C = genre_CxG[left] @ (1 - alpha) ** seen_G
        at = int(np.argmax(gain_C)) if greedy else 0
        total += float(gain_C[at]) / float(np.log2(place + 1))
        seen_G += genre_CxG[left.pop(at)]
    return total
