"""Models measured on splits: predicted stars against the targets, lists against the targets liked.

`run` fits each model on a split's training ratings alone and measures it on the targets, which no model is ever shown:
`fit` gets `train`, `score` gets `histories`, and `predict` gets the pairs of the targets without their stars: once
bare, once with the times of the ratings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.evaluation.protocol import Maker, Model, Result, Split
from engine.metrics import POSITIVE, coverage, gini, hit_rate_rows, mae, ndcg_rows, recall_rows, rmse, top_k

_BLOCK = 512
"""Viewers ranked at once."""
LOWER_IS_BETTER = ("rmse", "rmse_dated", "mae", "gini@10")


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a protocol measures."""

    stars: bool = True
    """RMSE and MAE of predicted stars over all targets; once more with the ratings' times, for models that use them."""
    ndcg: tuple[int, ...] = (10,)
    """Places of NDCG@k, mean over the viewers."""
    recall: tuple[int, ...] = (20,)
    """Places of Recall@k, mean over the viewers."""
    listed: int | None = 10
    """Length k of the lists that HR@k, coverage@k and Gini@k look at; None to leave these out."""


def run(
    splits: Iterable[Split],
    makers: Mapping[str, Maker],
    metrics: Metrics,
    on_begin: Callable[[str, str], None] = lambda split, model: None,
) -> tuple[Result, ...]:
    """Every model on every split. `on_begin` is told the names of split and model before each training."""
    results = []
    for split in splits:
        for name, make in makers.items():
            on_begin(split.name, name)
            results.append(_result(split, name, make(split.seed), metrics))
    return tuple(results)


def _result(split: Split, name: str, model: Model, metrics: Metrics) -> Result:
    began = time.perf_counter()
    model.fit(split.train)
    fitted = time.perf_counter()
    measured = measure(model, split, metrics)
    return Result(split.name, split.seed, name, measured, fitted - began, time.perf_counter() - fitted)


def measure(model: Model, split: Split, metrics: Metrics) -> dict[str, float]:
    """The metrics by name: `rmse`, `mae`, `rmse_dated`, `ndcg@10`, `recall@20`, `hr@10`, `coverage@10`, ..."""
    return (_stars(model, split) if metrics.stars else {}) | _lists(model, split, metrics)


def _stars(model: Model, split: Split) -> dict[str, float]:
    predicted_N = model.predict(split.targets[["user", "movie"]])
    if predicted_N is None:
        return {}
    actual_N = split.targets["stars"].to_numpy(np.float64)
    found = {"rmse": rmse(predicted_N, actual_N), "mae": mae(predicted_N, actual_N)}
    if model.dated:
        dated_N = model.predict(split.targets[["user", "movie", "at"]])
        found["rmse_dated"] = rmse(np.asarray(dated_N), actual_N)
    return found


def _lists(model: Model, split: Split, metrics: Metrics) -> dict[str, float]:
    """Means over the viewers who have a history and at least one positive target; two figures over all their lists."""
    parts: dict[str, list[Array]] = {}
    lists: list[Array] = []
    for histories, positives in blocks(split):
        score_BxM, hit_BxM = ranked(model.score(histories), histories, positives, split.movies)
        for k in metrics.ndcg:
            parts.setdefault(f"ndcg@{k}", []).append(ndcg_rows(score_BxM, hit_BxM, k))
        for k in metrics.recall:
            parts.setdefault(f"recall@{k}", []).append(recall_rows(score_BxM, hit_BxM, k))
        if metrics.listed:
            parts.setdefault(f"hr@{metrics.listed}", []).append(hit_rate_rows(score_BxM, hit_BxM, metrics.listed))
            lists.append(top_k(score_BxM, metrics.listed))
    found = {name: float(np.concatenate(rows).mean()) for name, rows in parts.items()}
    if lists:
        list_UxL = np.concatenate(lists)
        found[f"coverage@{metrics.listed}"] = coverage(list_UxL, len(split.movies))
        found[f"gini@{metrics.listed}"] = gini(list_UxL, len(split.movies))
    return found


def blocks(split: Split) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Histories and positive targets, block of viewers by block, of the viewers who have both."""
    positives = split.targets[(split.targets["stars"] >= POSITIVE) & split.targets["movie"].isin(split.movies)]
    users = pd.Index(positives["user"].unique()).intersection(pd.Index(split.histories["user"].unique()), sort=False)
    for start in range(0, len(users), _BLOCK):
        some = users[start : start + _BLOCK]
        yield split.histories[split.histories["user"].isin(some)], positives[positives["user"].isin(some)]


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


def _cells(ratings: pd.DataFrame, table: pd.DataFrame) -> tuple[Array, Array]:
    rows = table.index.get_indexer(pd.Index(ratings["user"]))
    columns = table.columns.get_indexer(pd.Index(ratings["movie"]))
    inside = (rows >= 0) & (columns >= 0)
    return rows[inside], columns[inside]
