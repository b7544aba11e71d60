"""What variety costs: lists re-ranked by each method at each strength, measured on held-out ratings.

A viewer's candidates are made once, from ratings outside the targets; re-ranking them is all that a point of the curve
adds. Every figure is a mean over the viewers who liked at least one of their targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.data.features import ItemFeatures, read_movies
from engine.data.interactions import Vocabulary, plain_ids
from engine.errors import NotEnoughData
from engine.evaluation.measure import blocks, ranked
from engine.inference.rerank import CANDIDATES, rerank, shares, taste
from engine.metrics import POSITIVE, alpha_ndcg, genre_coverage, ild, kl_calibration, top_k
from engine.types import DiversityMethod

if TYPE_CHECKING:
    from engine.evaluation.protocol import Model, Split

K = 5
"""Length of the lists."""
STRENGTHS = tuple(tenths / 10 for tenths in range(11))
METHODS: tuple[DiversityMethod, ...] = get_args(DiversityMethod)
PRICE = 0.05
"""Share of NDCG@5 that variety may cost by default."""


@dataclass(frozen=True, slots=True, eq=False)
class Viewer:
    """What re-ranking sees of a viewer, and what the targets say of the candidates."""

    score_C: Array
    """Falling."""
    genre_CxG: Array
    taste_G: Array
    hit_C: Array
    """Whether a candidate is a target that the viewer liked."""
    liked_VxG: Array
    """Genres of all liked targets, candidates or not."""


@dataclass(frozen=True, slots=True)
class Point:
    """One method at one strength: means over the viewers."""

    method: DiversityMethod
    strength: float
    ild: float
    """Mean pairwise genre distance of the list."""
    genres: float
    """Distinct genres of the list."""
    kl: float
    """Nats from the viewer's genres to the list's, 0 for a list that has them in their shares."""
    alpha_ndcg: float
    ndcg: float


def read_viewers(model: Model, split: Split, movies: pd.DataFrame, most: int) -> list[Viewer]:
    """The viewers of a split who liked a target, at most so many, as a trained model ranks for them.

    `movies` (columns movie, genres) must hold all that the split rates. Raises NotEnoughData where nobody liked any.
    """
    catalogue = Vocabulary()
    catalogue.add(plain_ids(movies["movie"]))
    genres = ItemFeatures()
    genres.put(catalogue, read_movies(movies))
    flag_MxG = genres.flags(len(catalogue))
    found = [
        viewer
        for histories, positives in blocks(_drawn(split, most))
        for viewer in _viewers(model.score(histories), histories, positives, split.movies, catalogue, flag_MxG)
    ]
    if not found:
        raise NotEnoughData(f"no viewer gave a held-out movie {POSITIVE:g} stars: rate more, or import more")
    return found


def _drawn(split: Split, most: int) -> Split:
    """The split with the targets of at most so many viewers who have a positive one, drawn by its seed."""
    liked = np.unique(split.targets.loc[split.targets["stars"] >= POSITIVE, "user"].to_numpy())
    if len(liked) <= most:
        return split
    drawn = np.random.default_rng(split.seed).choice(liked, most, replace=False)
    return replace(split, targets=split.targets[split.targets["user"].isin(drawn)])


def _viewers(
    scores: pd.DataFrame, histories: pd.DataFrame, positives: pd.DataFrame, movies: pd.Index, catalogue: Vocabulary,
    flag_MxG: Array,
) -> Iterator[Viewer]:  # fmt: skip
    score_BxM, hit_BxM = ranked(scores, histories, positives, movies)
    genre_MxG = flag_MxG[catalogue.indices(movies.tolist())]
    rated = dict(iter(histories.groupby("user", sort=False)))
    for user, score_M, hit_M, top_C in zip(scores.index, score_BxM, hit_BxM, top_k(score_BxM, CANDIDATES), strict=True):
        near_C = top_C[np.isfinite(score_M[top_C])]
        mine = rated[user]
        taste_G = taste(flag_MxG[catalogue.indices(mine["movie"].tolist())], mine["stars"].to_numpy())
        yield Viewer(score_M[near_C], genre_MxG[near_C], taste_G, hit_M[near_C], genre_MxG[hit_M])


def curve(
    viewers: Sequence[Viewer], methods: Iterable[DiversityMethod] = METHODS, strengths: Iterable[float] = STRENGTHS
) -> tuple[Point, ...]:
    """Every method at every strength."""
    strengths = tuple(strengths)
    return tuple(_point(viewers, method, strength) for method in methods for strength in strengths)


def _point(viewers: Sequence[Viewer], method: DiversityMethod, strength: float) -> Point:
    rows = [_figures(viewer, method, strength) for viewer in viewers]
    return Point(method, strength, *(float(mean) for mean in np.mean(rows, axis=0)))


def _figures(viewer: Viewer, method: DiversityMethod, strength: float) -> tuple[float, ...]:
    """ILD, genres, KL, α-NDCG and NDCG of one list."""
    chosen = rerank(viewer.score_C, viewer.genre_CxG, viewer.taste_G, K, strength, method)
    genre_LxG, hit_L = viewer.genre_CxG[chosen], viewer.hit_C[chosen]
    return (
        ild(genre_LxG),
        genre_coverage(genre_LxG),
        float(kl_calibration(viewer.taste_G, shares(genre_LxG).mean(0)[None])[0]),
        alpha_ndcg(genre_LxG, hit_L, viewer.liked_VxG, K),
        _ndcg(hit_L, len(viewer.liked_VxG)),
    )


def _ndcg(hit_L: Array, hits: int) -> float:
    """NDCG of a list in its order, with binary relevance; `hits` movies could have been in it.

    >>> round(_ndcg(np.array([False, True]), 1), 4)
    0.6309
    """
    discount_L = 1 / np.log2(np.arange(2, len(hit_L) + 2))
    return float(hit_L @ discount_L / discount_L[:hits].sum())


def mean_curve(curves: Sequence[tuple[Point, ...]]) -> tuple[Point, ...]:
    """The points of several splits, each the mean over them."""
    return tuple(
        Point(
            same[0].method, same[0].strength, *(float(np.mean(column)) for column in zip(*map(_row, same), strict=True))
        )
        for same in zip(*curves, strict=True)
    )


def _row(point: Point) -> tuple[float, ...]:
    return point.ild, point.genres, point.kl, point.alpha_ndcg, point.ndcg


def best(points: Sequence[Point], price: float = PRICE) -> Point:
    """The point with the highest ILD among those that keep all but this share of the NDCG of the plain list."""
    plain = next(point.ndcg for point in points if point.strength == 0)
    return max((point for point in points if point.ndcg >= (1 - price) * plain), key=lambda point: point.ild)
