"""The stream: ratings as they came in time, each predicted before anybody may learn from it.

The first 90 % of the ratings train; a seeded tenth of them is held out and stays so (*old*): it shows forgetting. The
last 10 % come in batches. For each batch every arm predicts the stars, and orders the movies, of the viewers in it;
then it takes the batch in, each in its own way:

- frozen: not at all; a viewer stays as training left them;
- fold-in: into the viewers' histories, the weights stay;
- incremental: into the histories, and by `learn` each `learn_every` ratings;
- retrained: into the histories, and by a full training each `retrain_every` ratings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.data.interactions import plain_ids
from engine.errors import NotEnoughData
from engine.evaluation.random_split import hold_out
from engine.evaluation.stream_table import Arm, StreamTable
from engine.metrics import POSITIVE, ndcg_rows

SEEDS = (0,)
PARTS = 10
"""Of the stream, each with an RMSE of its own."""
ARMS = ("frozen", "fold-in", "incremental", "retrained")
"""In the order of the table."""
History = dict[Hashable, float]


class Learner(Protocol):
    """What the stream needs of a recommender: a part of `engine.Recommender`."""

    @property
    def movie_ids(self) -> list[Hashable]:
        """Movies in the order of `rank`."""

    def rank(self, history: Mapping[Hashable, float], /) -> tuple[Array, Array]:
        """Ranking scores and predicted stars of every movie for a viewer with this history."""

    def predict(self, pairs: pd.DataFrame, /) -> pd.Series[float]:
        """Predicted stars of pairs; used for movies that `rank` does not know."""

    def learn(self, news: pd.DataFrame, /) -> object:
        """Incremental retraining."""


Fit = Callable[[pd.DataFrame], Learner]
"""A full training on some ratings."""
OnProgress = Callable[[str, int, int], None]
"""Told an arm, how many ratings of the stream it has seen, and of how many."""


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """How the ratings come."""

    earliest: float = 1.0
    """Share of the ratings, the earliest ones, that there are at all: as if it were some time ago."""
    train_share: float = 0.9
    """Share of those, the earliest again, that train."""
    old_share: float = 0.1
    """Share of those that is held out to show forgetting."""
    batch: int = 100
    """Ratings that come together."""
    learn_every: int = 2000
    """Ratings between two incremental runs of the arm `incremental`: in a burst one run takes what has come."""
    retrain_every: int = 10_000
    """Ratings between two full trainings of the arm `retrained`."""
    k: int = 10
    """Places of NDCG@k."""


@dataclass(frozen=True, eq=False)
class Stream:
    """The ratings in three parts."""

    train: pd.DataFrame
    old: pd.DataFrame
    late: pd.DataFrame


def divide(ratings: pd.DataFrame, config: StreamConfig, seed: int) -> Stream:
    """Cut by time, and hold a seeded part of the past out. Raises NotEnoughData where a part would be empty."""
    ordered = ratings.sort_values("at", kind="stable").head(round(config.earliest * len(ratings)))
    n = round(config.train_share * len(ordered))
    if n == len(ordered):
        raise NotEnoughData(f"{len(ordered)} ratings are too few for a stream: import a data set")
    train, old = hold_out(ordered.iloc[:n], config.old_share, seed)
    return Stream(train, old, ordered.iloc[n:])


def run_stream(
    stream: Stream,
    train: Fit,
    preset: str,
    seed: int,
    config: StreamConfig | None = None,
    on_progress: OnProgress = lambda arm, done, total: None,
) -> StreamTable:
    """Train once, then let every arm go through the stream from the same weights."""
    config = config or StreamConfig()
    began = time.perf_counter()
    first = train(stream.train)
    first_seconds = time.perf_counter() - began
    # the arm that changes the first weights comes last of those that start from them
    takers = {
        "frozen": _Taker(first),
        "fold-in": _Taker(first),
        "retrained": _Retrained(first, train, stream.train, config.retrain_every),
        "incremental": _Incremental(first, config.learn_every),
    }
    arms = {name: _go(name, taker, stream, config, on_progress) for name, taker in takers.items()}
    sizes = (len(stream.train), len(stream.old), len(stream.late))
    return StreamTable(preset, seed, *sizes, first_seconds, tuple(arms[name] for name in ARMS))


class _Taker:
    """An arm's weights, and what it does with a batch: nothing, unless a subclass says otherwise."""

    def __init__(self, learner: Learner) -> None:
        self.learner = learner

    def take(self, batch: pd.DataFrame, *, more: bool) -> None:
        """Learn from a batch; `more` tells whether others will follow."""


class _Waiting:
    """What came, until it is so many ratings."""

    def __init__(self, every: int) -> None:
        self._every, self._batches = every, list[pd.DataFrame]()

    def add(self, batch: pd.DataFrame, *, more: bool) -> pd.DataFrame | None:
        """All that waited, where it is enough or the last; else None."""
        self._batches.append(batch)
        if more and sum(len(waiting) for waiting in self._batches) < self._every:
            return None
        news, self._batches = pd.concat(self._batches), []
        return news


class _Incremental(_Taker):
    def __init__(self, learner: Learner, every: int) -> None:
        super().__init__(learner)
        self._waiting = _Waiting(every)

    def take(self, batch: pd.DataFrame, *, more: bool) -> None:
        news = self._waiting.add(batch, more=more)
        if news is not None:
            self.learner.learn(news)


class _Retrained(_Taker):
    def __init__(self, learner: Learner, train: Fit, known: pd.DataFrame, every: int) -> None:
        super().__init__(learner)
        self._train, self._known, self._waiting = train, known, _Waiting(every)

    def take(self, batch: pd.DataFrame, *, more: bool) -> None:
        news = self._waiting.add(batch, more=more)
        if news is not None and more:  # nothing is predicted with what is trained at the end
            self._known = pd.concat((self._known, news))
            self.learner = self._train(self._known)


@dataclass
class _Tally:
    errors: list[float] = field(default_factory=list)
    ndcg: list[float] = field(default_factory=list)


def _go(name: str, taker: _Taker, stream: Stream, config: StreamConfig, on_progress: OnProgress) -> Arm:
    histories, tally, seconds = histories_of(stream.train), _Tally(), 0.0
    total = len(stream.late)
    for start in range(0, total, config.batch):
        batch = stream.late.iloc[start : start + config.batch]
        end = start + len(batch)
        _measure(taker.learner, batch, histories, tally, config.k)
        began = time.perf_counter()
        taker.take(batch, more=end < total)
        seconds += time.perf_counter() - began
        if name != "frozen":
            _add(histories, batch)
        on_progress(name, end, total)
    old = _Tally()
    _measure(taker.learner, stream.old, histories, old, k=0)
    ndcg = float(np.mean(tally.ndcg or [np.nan]))
    return Arm(name, _rms(tally.errors), ndcg, _rms(old.errors), seconds, by_part(tally.errors))


def _measure(
    learner: Learner, ratings: pd.DataFrame, histories: dict[Hashable, History], tally: _Tally, k: int
) -> None:
    """Predict some ratings from their viewers' histories; for k > 0 measure the viewers' lists too."""
    column = {movie: at for at, movie in enumerate(learner.movie_ids)}
    for user, movies, stars_Q in _by_user(ratings):
        history = histories.get(user, {})
        score_M, stars_M = learner.rank(history)
        known = np.array([column.get(movie, -1) for movie in movies])
        predicted_Q = np.where(known >= 0, stars_M[known], 0.0)
        if (known < 0).any():
            lost = np.flatnonzero(known < 0)
            pairs = pd.DataFrame({"user": [user] * len(lost), "movie": [movies[at] for at in lost]})
            predicted_Q[lost] = learner.predict(pairs).to_numpy()
        tally.errors.extend((predicted_Q - stars_Q).tolist())
        positive = known[(known >= 0) & (stars_Q >= POSITIVE)]
        if k and len(positive):
            tally.ndcg.append(_ndcg(score_M, [column[m] for m in history if m in column], positive, k))


def _ndcg(score_M: Array, rated: list[int], positive: Array, k: int) -> float:
    score_1xM = score_M[None].astype(np.float64)
    score_1xM[0, rated] = -np.inf
    hit_1xM = np.zeros(score_1xM.shape, bool)
    hit_1xM[0, positive] = True
    return float(ndcg_rows(score_1xM, hit_1xM, k)[0])


def _by_user(ratings: pd.DataFrame) -> Iterator[tuple[Hashable, list[Hashable], Array]]:
    for user, rows in ratings.groupby("user", sort=False):
        yield user, plain_ids(rows["movie"]), rows["stars"].to_numpy(np.float64)


def histories_of(ratings: pd.DataFrame) -> dict[Hashable, History]:
    """Every viewer's ratings: movie to stars."""
    return {user: dict(zip(movies, stars.tolist(), strict=True)) for user, movies, stars in _by_user(ratings)}


def _add(histories: dict[Hashable, History], batch: pd.DataFrame) -> None:
    for user, ratings in histories_of(batch).items():
        histories.setdefault(user, {}).update(ratings)


def by_part(errors: list[float], parts: int = PARTS) -> tuple[float, ...]:
    """RMSE of equal parts of the errors, in order; fewer parts where there are fewer errors.

    >>> by_part([3.0, 4.0, 1.0], 2) == (12.5**0.5, 1.0)
    True
    """
    return tuple(_rms(part.tolist()) for part in np.array_split(errors, min(parts, len(errors))))


def _rms(errors: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(errors)))) if errors else float("nan")
