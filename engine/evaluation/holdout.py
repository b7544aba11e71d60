"""The hold-out table: a preset against popularity and shrunk offsets, on a fifth of the ratings.

The ratings are split three ways. A seeded fifth is the test: no model sees it. Of the rest every model makes its own
training and validation part, so that early stopping is not fitted to the test. Each viewer is folded in from all
ratings outside the test.

RMSE is over the test ratings, in stars. NDCG@10 (Järvelin & Kekäläinen 2002) is over viewers with a test rating of
four stars or more; their list may hold every movie that they did not rate outside the test.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.data.interactions import Array, Ids, read_ratings
from engine.data.split import held_out
from engine.errors import NotEnoughData
from engine.metrics import ndcg_rows
from engine.recommender import Recommender
from engine.training.validation import HIT_HALF_STARS

if TYPE_CHECKING:
    import pandas as pd

    from engine.types import TrainingRecord

TEST_SHARE = 0.2
K = 10
_BLOCK = 256
_SALT = 7_919
"""Added to the seed, so that the test is not the validation part of a model with the same seed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    model: str
    rmse: float | None
    """None for popularity, which predicts no stars."""
    ndcg10: float | None
    """None when no viewer has a test rating of four stars or more."""
    seconds: float
    """Training time."""


@dataclass(frozen=True, slots=True)
class Table:
    """The whole comparison."""

    ratings: int
    test_ratings: int
    seed: int
    rows: tuple[Row, ...]


def evaluate(
    ratings: pd.DataFrame,
    movies: pd.DataFrame | None,
    preset: str,
    seed: int,
    device: str,
    on_metrics: Callable[[TrainingRecord], None] | None = None,
) -> Table:
    """Train `preset` on what is not held out and compare; NotEnoughData when there is nothing to test on.

    `ratings` holds one row for each pair of viewer and movie.
    """
    test_N = _held_out(ratings, seed)
    if test_N.all() or not test_N.any():
        raise NotEnoughData("there are too few ratings to hold some out; rate more movies or import a data set")
    known, test = ratings.iloc[np.flatnonzero(~test_N)], ratings.iloc[np.flatnonzero(test_N)]
    untrained = Recommender.prepare(known, movies, seed=seed, device=device)
    began = time.perf_counter()
    model = Recommender.fit(known, movies, preset, seed, device, on_metrics)
    seconds = time.perf_counter() - began
    rows = (
        Row("popularity", None, _ndcg(untrained, known, test, untrained.learned.scores), 0.0),
        Row("offsets", _rmse(untrained, test), _ndcg(untrained, known, test, _by_stars), 0.0),
        Row(preset, _rmse(model, test), _ndcg(model, known, test, model.learned.scores), seconds),
    )
    return Table(len(ratings), len(test), seed, rows)


Scorer = Callable[[Array, Array], Array]
"""Rows of half stars and predicted stars (both B × M, padded) to ranking scores of that shape."""


def _by_stars(half_BxM: Array, stars_BxM: Array) -> Array:
    """Shrunk offsets rank by what they predict."""
    del half_BxM
    return stars_BxM


def _held_out(ratings: pd.DataFrame, seed: int) -> Array:
    users, movies = Ids(), Ids()
    triples = read_ratings(ratings.drop(columns="at", errors="ignore"), users, movies)
    return held_out(triples, users, movies, TEST_SHARE, seed + _SALT)


def _rmse(model: Recommender, test: pd.DataFrame) -> float:
    error_N = model.predict(test[["user", "movie"]]).to_numpy() - test["stars"].to_numpy()
    return float(np.sqrt(np.mean(error_N**2)))


def _ndcg(model: Recommender, known: pd.DataFrame, test: pd.DataFrame, scorer: Scorer) -> float | None:
    """Mean NDCG@10 of the viewers with a hit in the test; None when there is none."""
    hits = test[test["stars"] * 2 >= HIT_HALF_STARS]
    total, count = 0.0, 0
    for users_B in _blocks(hits["user"].unique()):
        seen_BxM = _rows(model, known, users_B)
        scores_BxM = scorer(seen_BxM, model.learned.stars(seen_BxM))
        hit_BxM = _rows(model, hits, users_B) > 0
        unseen_BxM = np.where(seen_BxM > 0, -np.inf, scores_BxM)
        n = len(model.movies)
        ndcg_B = ndcg_rows(unseen_BxM[:, :n], hit_BxM[:, :n], K)[: len(users_B)]
        counted_B: Array = hit_BxM[: len(users_B), :n].sum(1) > 0
        total += float(ndcg_B[counted_B].sum())
        count += int(counted_B.sum())
    return total / count if count else None


def _blocks(users: Array) -> Iterator[Array]:
    for start in range(0, len(users), _BLOCK):
        yield users[start : start + _BLOCK]


def _rows(model: Recommender, ratings: pd.DataFrame, users_B: Array) -> Array:
    """The viewers' ratings written out (block × M, padded); rows beyond the viewers are empty: one compiled shape."""
    some = ratings[ratings["user"].isin(users_B)]
    places = Ids(users_B.tolist())
    movies = model.movies.indices(some["movie"].tolist())
    rated = movies >= 0
    half_BxM = np.zeros((_BLOCK, model.learned.n_padded), np.uint8)
    rows = places.indices(some["user"].tolist())[rated]
    half_BxM[rows, movies[rated]] = np.rint(some["stars"].to_numpy()[rated] * 2)
    return half_BxM
