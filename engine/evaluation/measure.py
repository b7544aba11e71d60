"""Models measured on splits: predicted stars against the targets, lists against the targets liked.

`run` fits each model on a split's training ratings alone and measures it on the targets, which no model is ever shown:
`fit` gets `train`, `score` gets `histories`, and `predict` gets the pairs of the targets without their stars: once
bare, once with the times of the ratings. What is measured is a parameter: `Metrics` here, others in `exposure` and
`truth`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.evaluation.covered import coverage_of_intervals
from engine.evaluation.persons import ByPerson, Figures, joined
from engine.evaluation.protocol import Maker, Model, ModelResult, Split
from engine.metrics import POSITIVE, coverage, discounts, gini, hit_rate_rows, ndcg_rows, recall_rows, top_k

BAD = 2.0
"""A hit of two stars or fewer is one that the viewer would rather not have seen."""
NEUTRAL = 3.0
"""Stars that are worth nothing in a list; fewer cost, more bring."""
_BLOCK = 512
"""Viewers ranked at once."""

S = TypeVar("S", bound=Split, contravariant=True)


class Measure(Protocol[S]):
    """What a protocol measures, of one kind of split."""

    def figures(self, model: Model, split: S) -> Figures:
        """Of a model that was fitted on the split."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of ratings held out."""

    stars: bool = True
    """RMSE and MAE of predicted stars over all targets; once more with the ratings' times, for models that use them."""
    ndcg: tuple[int, ...] = (10,)
    """Places of NDCG@k, mean over the viewers."""
    recall: tuple[int, ...] = (20,)
    """Places of Recall@k, mean over the viewers."""
    listed: int | None = 10
    """Length k of the lists that HR@k, coverage@k and Gini@k look at; None to leave these out."""
    intervals: bool = False
    """How many of the targets the intervals around predicted stars hold."""
    hits: int | None = None
    """Length k of the lists whose hits are judged by their stars (any target is a hit); None to leave these out."""

    def figures(self, model: Model, split: Split) -> Figures:
        """`rmse`, `mae`, `rmse_dated`, `ndcg@10`, `recall@20`, `hr@10`, `coverage@10`, ..."""
        certain = coverage_of_intervals(model, split) if self.intervals else {}
        return (_stars(model, split) if self.stars else {}) | certain | _lists(model, split, self)


def run(
    splits: Iterable[S],
    makers: Mapping[str, Maker],
    measured: Measure[S],
    on_begin: Callable[[str, str], None] = lambda split, model: None,
) -> tuple[ModelResult, ...]:
    """Every model on every split. `on_begin` is told the names of split and model before each training."""
    results = []
    for split in splits:
        for name, make in makers.items():
            on_begin(split.name, name)
            results.append(_result(split, name, make(split.seed), measured))
    return tuple(results)


def _result(split: S, name: str, model: Model, measured: Measure[S]) -> ModelResult:
    began = time.perf_counter()
    model.fit(split.train)
    fitted = time.perf_counter()
    figures = measured.figures(model, split)
    return ModelResult(
        split.name, split.seed, name, values(figures), fitted - began, time.perf_counter() - fitted, figures
    )


def measure(model: Model, split: S, measured: Measure[S]) -> dict[str, float]:
    """The figures by name, as numbers."""
    return values(measured.figures(model, split))


def values(figures: Figures) -> dict[str, float]:
    """As numbers."""
    return {name: each.value if isinstance(each, ByPerson) else each for name, each in figures.items()}


def _stars(model: Model, split: Split) -> dict[str, ByPerson | float]:
    predicted_Q = model.predict(split.targets[["user", "movie"]])
    if predicted_Q is None:
        return {}
    error_Q = predicted_Q - split.targets["stars"].to_numpy(np.float64)
    user = split.targets["user"]
    found: dict[str, ByPerson | float] = {
        "rmse": ByPerson.over_rows(user, error_Q**2, root=True),
        "mae": ByPerson.over_rows(user, np.abs(error_Q)),
    }
    if model.dated:
        dated_Q = np.asarray(model.predict(split.targets[["user", "movie", "at"]]))
        squared_Q = (dated_Q - split.targets["stars"].to_numpy(np.float64)) ** 2
        found["rmse_dated"] = ByPerson.over_rows(user, squared_Q, root=True)
    return found


def _lists(model: Model, split: Split, metrics: Metrics) -> dict[str, ByPerson | float]:
    """Of the viewers with a history and a positive target, and where hits are judged of those with any target."""
    parts: dict[str, list[ByPerson]] = {}
    lists: list[Array] = []
    for histories, targets in blocks(split, 0.0 if metrics.hits else POSITIVE):
        positives = targets[targets["stars"] >= POSITIVE]
        score_BxM, hit_BxM = ranked(scores := model.score(histories), histories, positives, split.movies)
        if metrics.hits:
            stars_BxM = star_table(targets, pd.Index(scores.index), split.movies)
            _append(parts, _hits(pd.Index(scores.index), score_BxM, stars_BxM, metrics.hits))
        liked_B = hit_BxM.any(axis=1)
        if liked_B.any():
            found = _ranking(score_BxM[liked_B], hit_BxM[liked_B], metrics)
            persons = pd.Index(scores.index)[liked_B]
            _append(parts, {name: ByPerson.mean(persons, value_B) for name, value_B in found.items()})
            lists.append(top_k(score_BxM[liked_B], metrics.listed or 0))
    return _whole_lists(lists, len(split.movies), metrics.listed, {name: joined(some) for name, some in parts.items()})


def _append(parts: dict[str, list[ByPerson]], found: Mapping[str, ByPerson]) -> None:
    for name, each in found.items():
        parts.setdefault(name, []).append(each)


def _ranking(score_BxM: Array, hit_BxM: Array, metrics: Metrics) -> dict[str, Array]:
    found = {f"ndcg@{k}": ndcg_rows(score_BxM, hit_BxM, k) for k in metrics.ndcg}
    found |= {f"recall@{k}": recall_rows(score_BxM, hit_BxM, k) for k in metrics.recall}
    if metrics.listed:
        found[f"hr@{metrics.listed}"] = hit_rate_rows(score_BxM, hit_BxM, metrics.listed)
    return found


def _hits(persons: pd.Index, score_BxM: Array, stars_BxM: Array, k: int) -> dict[str, ByPerson]:
    """Mean stars of the hits, share of bad ones, and Σ (stars - 3) / log2(1 + place); any target listed is a hit."""
    stars_BxL = np.take_along_axis(stars_BxM, top_k(score_BxM, k), 1)
    hit_BxL = stars_BxL > 0
    hits_B = hit_BxL.sum(axis=1).astype(np.float64)
    bad_B = (hit_BxL & (stars_BxL <= BAD)).sum(axis=1).astype(np.float64)
    gain_B = np.where(hit_BxL, stars_BxL - NEUTRAL, 0) @ discounts(stars_BxL.shape[1])
    return {
        f"hit_stars@{k}": ByPerson(persons, stars_BxL.sum(axis=1), hits_B),
        f"bad_hits@{k}": ByPerson(persons, bad_B, hits_B),
        f"gain@{k}": ByPerson.mean(persons, gain_B),
    }


def _whole_lists(
    lists: list[Array], n_movies: int, length: int | None, found: Mapping[str, ByPerson]
) -> dict[str, ByPerson | float]:
    """The figures, and with them those of all lists together."""
    if not lists or not length:
        return dict(found)
    list_UxL = np.concatenate(lists)
    return {**found, f"coverage@{length}": coverage(list_UxL, n_movies), f"gini@{length}": gini(list_UxL, n_movies)}


def blocks(split: Split, least: float = POSITIVE) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Histories and targets of so many stars or more, block of viewers by block, of the viewers who have both."""
    targets = split.targets[(split.targets["stars"] >= least) & split.targets["movie"].isin(split.movies)]
    users = pd.Index(targets["user"].unique()).intersection(pd.Index(split.histories["user"].unique()), sort=False)
    for start in range(0, len(users), _BLOCK):
        some = users[start : start + _BLOCK]
        yield split.histories[split.histories["user"].isin(some)], targets[targets["user"].isin(some)]


def ranked(
    scores: pd.DataFrame, histories: pd.DataFrame, positives: pd.DataFrame, movies: pd.Index
) -> tuple[Array, Array]:
    """Scores of `movies` with those of the history at minus infinity, and which are positive targets (both B × M).

    A movie that the model does not score stands below all that it scores.
    """
    aligned = scores.reindex(columns=movies)
    score_BxM: Array = aligned.to_numpy(np.float32, copy=True)
    score_BxM[np.isnan(score_BxM)] = np.finfo(np.float32).min
    rows, columns = _cells(histories, aligned)
    score_BxM[rows, columns] = -np.inf
    hit_BxM = np.zeros(score_BxM.shape, bool)
    hit_BxM[_cells(positives, aligned)] = True
    return score_BxM, hit_BxM


def star_table(ratings: pd.DataFrame, users: pd.Index, movies: pd.Index) -> Array:
    """Stars of ratings as a table (users × movies), 0 where there is none."""
    stars_BxM = np.zeros((len(users), len(movies)), np.float32)
    rows, columns = users.get_indexer(pd.Index(ratings["user"])), movies.get_indexer(pd.Index(ratings["movie"]))
    inside = (rows >= 0) & (columns >= 0)
    stars_BxM[rows[inside], columns[inside]] = ratings["stars"].to_numpy()[inside]
    return stars_BxM


def _cells(ratings: pd.DataFrame, table: pd.DataFrame) -> tuple[Array, Array]:
    rows = table.index.get_indexer(pd.Index(ratings["user"]))
    columns = table.columns.get_indexer(pd.Index(ratings["movie"]))
    inside = (rows >= 0) & (columns >= 0)
    return rows[inside], columns[inside]
