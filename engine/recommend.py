"""Step 6, recommend: score every movie, leave out the seen ones, sort, take the best; then step 7 and the reasons."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from engine import explain
from engine.diversity import CANDIDATES, rerank, taste
from engine.learned import Learned
from engine.metrics import genre_coverage, ild, top_k
from engine.read import Array
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


def candidates(score_M: Array, leave_out: Collection[int] | Array, n: int) -> Array:
    """The n best-scored columns that are not to be left out, best first; fewer when there are fewer."""
    open_M = np.ones(len(score_M), bool)
    open_M[np.fromiter(leave_out, np.int64)] = False
    n = min(n, int(open_M.sum()))
    best: Array = top_k(np.where(open_M, score_M, -np.inf)[None], n)[0]
    return best


def make_list(
    ranked: tuple[Array, Array],
    history: tuple[Array, Array],
    genre_MxG: Array,
    n: int,
    strength: float = 0.0,
    method: DiversityMethod = DEFAULT_METHOD,
    exclude: Collection[int] = (),
) -> Listing:
    """The viewer's list from (scores, stars) of all movies; nothing already rated, nothing excluded."""
    score_M, stars_M = ranked
    movies, half = history
    near = candidates(score_M, [*movies.tolist(), *exclude], max(CANDIDATES, n))
    picked = near[rerank(score_M[near], genre_MxG[near], taste(genre_MxG[movies], half), n, strength, method)]
    plain = near[:n]
    return Listing(
        picked, score_M[picked], stars_M[picked], plain,
        shown=stats(genre_MxG[picked], stars_M[picked]), plain=stats(genre_MxG[plain], stars_M[plain]),
    )  # fmt: skip


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
