"""Step 6, recommend: score every movie, leave out the seen ones, sort, take the best; then step 7 and the reasons."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from engine.data.interactions import Array
from engine.inference import explain
from engine.inference.model_state import Learned
from engine.inference.rerank import CANDIDATES, rerank, taste
from engine.inference.user import FoldIn
from engine.metrics import genre_coverage, ild, top_k
from engine.types import DEFAULT_METHOD, DiversityMethod, ListStats


@dataclass(frozen=True, slots=True)
class Listing:
    """A list by column numbers, best first, beside the plain list of the same length."""

    movies: Array
    scores: Array
    stars: Array
    plain_movies: Array
    """The list without diversity."""
    shown: ListStats
    plain: ListStats


def candidates(score_M: Array, left_out: Array, n: int) -> Array:
    """The n best-scored columns, best first, without some (each named once); fewer when there are fewer."""
    open_M = score_M.copy()
    open_M[left_out] = -np.inf
    best: Array = top_k(open_M[None], min(n, len(score_M) - len(left_out)))[0]
    return best


def make_list(
    viewer: FoldIn,
    genre_MxG: Array,
    n: int,
    strength: float = 0.0,
    method: DiversityMethod = DEFAULT_METHOD,
    exclude: Collection[int] = (),
) -> Listing:
    """The viewer's list; nothing already rated, nothing excluded."""
    score_M, movies = viewer.score_M, viewer.movies
    left_out = np.union1d(movies, np.fromiter(exclude, np.int64)) if exclude else movies
    near = candidates(score_M, left_out, max(CANDIDATES, n) if strength > 0 else n)
    plain = picked = near[:n]
    if strength > 0:
        aim_G = taste(genre_MxG[movies], viewer.half)
        picked = near[rerank(score_M[near], genre_MxG[near], aim_G, n, strength, method)]
        stars, plain_stars = np.split(viewer.stars(np.concatenate((picked, plain))), [len(picked)])
    else:
        stars = plain_stars = viewer.stars(plain)
    plain_stats = stats(genre_MxG[plain], plain_stars)
    shown = stats(genre_MxG[picked], stars) if strength > 0 else plain_stats
    return Listing(picked, score_M[picked], stars, plain, shown, plain_stats)


def stats(genre_LxG: Array, stars_L: Array) -> ListStats:
    """Genre figures of a list."""
    mean = float(stars_L.mean()) if len(stars_L) else 0.0
    return ListStats(ild=ild(genre_LxG), genres=genre_coverage(genre_LxG), mean_stars=mean)


def reasons(learned: Learned, history: tuple[Array, Array], targets: Array, n: int) -> list[list[tuple[int, float]]]:
    """For each target movie the rated ones that speak for it most: (column, share), at most n, shares above zero."""
    movies, half = history
    if not len(movies) or not len(targets):
        return [[] for _ in targets]
    share_NxT = explain.shares(explain.given(learned, movies, half, targets))
    lists = []
    for share_N in share_NxT.T:
        order = np.argsort(-share_N, kind="stable")[:n]
        lists.append([(int(movies[at]), float(share_N[at])) for at in order if share_N[at] > 0])
    return lists
