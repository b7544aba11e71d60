"""The stream with a learner of its own: who is told what, when, and what is measured."""

from __future__ import annotations

import io
import math
from collections.abc import Hashable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from engine.cli.evaluate_tables import stream_table
from engine.data.interactions import Array
from engine.errors import NotEnoughData
from engine.evaluation.data import RatingData
from engine.evaluation.stream import ARMS, StreamConfig, divide, run_stream
from engine.evaluation.stream_table import Arm, StreamTable

CONFIG = StreamConfig(batch=4, learn_every=4, retrain_every=10)


def pairs(frame: pd.DataFrame) -> set[tuple[Hashable, Hashable]]:
    return set(zip(frame["user"], frame["movie"], strict=True))


class Mean:
    """Predicts the mean of all it has learned, and of the history: so each arm's knowledge shows in its error."""

    def __init__(self, ratings: pd.DataFrame, movies: list[Hashable]) -> None:
        self.known = [ratings]
        self.movie_ids = movies
        self.asked: list[dict[Hashable, float]] = []

    @property
    def mean(self) -> float:
        return float(pd.concat(self.known)["stars"].mean())

    def rank(self, history: Mapping[Hashable, float], /) -> tuple[Array, Array]:
        self.asked.append(dict(history))
        own = np.mean([self.mean, *history.values()])
        return np.arange(len(self.movie_ids), dtype=np.float32), np.full(len(self.movie_ids), own)

    def predict(self, pairs: pd.DataFrame, /) -> pd.Series:
        return pd.Series(np.full(len(pairs), self.mean))

    def learn(self, news: pd.DataFrame, /) -> None:
        self.known.append(news)


class Trainer:
    """Full trainings, noted."""

    def __init__(self, movies: list[Hashable]) -> None:
        self.movies, self.trained = movies, list[pd.DataFrame]()

    def __call__(self, ratings: pd.DataFrame) -> Mean:
        self.trained.append(ratings)
        return Mean(ratings, self.movies)


def test_divided_by_time_with_a_part_of_the_past_held_out(data: RatingData) -> None:
    stream = divide(data.ratings.sample(frac=1, random_state=1), CONFIG, seed=0)
    n = len(data.ratings)
    assert len(stream.late) == n - round(0.9 * n)
    assert len(stream.old) == round(0.1 * round(0.9 * n))
    assert stream.late["at"].is_monotonic_increasing
    assert max(stream.train["at"].max(), stream.old["at"].max()) < stream.late["at"].min()
    assert pairs(stream.train).isdisjoint(pairs(stream.old))


def test_some_time_ago_the_late_ratings_had_not_come_yet(data: RatingData) -> None:
    ordered = data.ratings.sort_values("at", kind="stable")
    n = round(0.5 * len(ordered))
    stream = divide(data.ratings, replace(CONFIG, earliest=0.5), seed=0)
    assert pairs(pd.concat((stream.train, stream.old, stream.late))) == pairs(ordered.head(n))
    assert pairs(stream.late) == pairs(ordered.iloc[round(CONFIG.train_share * n) : n])


def test_too_few_for_a_stream(ratings: pd.DataFrame) -> None:
    with pytest.raises(NotEnoughData, match="too few for a stream"):
        divide(ratings.head(4), CONFIG, 0)


def made_table(data: RatingData) -> tuple[StreamTable, Trainer]:
    trainer = Trainer(list(data.movie_ids))
    stream = divide(data.ratings, CONFIG, seed=0)
    return run_stream(stream, trainer, "mean", 0, CONFIG), trainer


def test_every_arm_is_a_line(data: RatingData) -> None:
    table, _ = made_table(data)
    assert tuple(arm.name for arm in table.arms) == ARMS
    assert (table.train, table.old, table.late) == tuple(len(part) for part in _parts(data))
    assert all(math.isfinite(value) for arm in table.arms for value in (arm.rmse, arm.ndcg, arm.old_rmse))


def _parts(data: RatingData) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    stream = divide(data.ratings, CONFIG, seed=0)
    return stream.train, stream.old, stream.late


def test_full_trainings_see_the_past_alone_and_never_the_old_ratings(data: RatingData) -> None:
    train, old, late = _parts(data)
    _, trainer = made_table(data)
    assert len(trainer.trained[0]) == len(train)
    batches = [12 * n for n in range(1, len(trainer.trained))]  # ten ratings have come after three batches of four
    assert batches
    for seen, ratings in zip(batches, trainer.trained[1:], strict=True):
        assert pairs(ratings) == pairs(train) | pairs(late.iloc[:seen])
    assert batches[-1] < len(late)
    for ratings in trainer.trained:
        assert pairs(ratings).isdisjoint(pairs(old))


def test_frozen_error_by_hand(data: RatingData) -> None:
    train, old, late = _parts(data)
    table, _ = made_table(data)
    histories = train.groupby("user")["stars"].apply(list)
    mean = train["stars"].mean()

    def own(user: int) -> float:
        return float(np.mean([mean, *histories.get(user, [])]))

    for ratings, got in ((late, table.arms[0].rmse), (old, table.arms[0].old_rmse)):
        errors = [own(user) - stars for user, stars in zip(ratings["user"], ratings["stars"], strict=True)]
        assert got == pytest.approx(math.sqrt(np.mean(np.square(errors))))


def test_frozen_error_of_each_tenth_by_hand(data: RatingData) -> None:
    train, _, late = _parts(data)
    trainer = Trainer(list(data.movie_ids))
    table = run_stream(divide(data.ratings, CONFIG, 0), trainer, "mean", 0, StreamConfig(batch=1))
    histories, mean = train.groupby("user")["stars"].apply(list), train["stars"].mean()
    square_N = [
        (np.mean([mean, *histories.get(user, [])]) - stars) ** 2
        for user, stars in zip(late["user"], late["stars"], strict=True)
    ]
    longer, n = len(late) % 10, len(late) // 10  # so many parts hold one rating more
    sizes = [n + 1] * longer + [n] * (10 - longer)
    ends = np.cumsum(sizes)
    by_hand = [math.sqrt(np.mean(square_N[end - size : end])) for size, end in zip(sizes, ends, strict=True)]
    assert table.arms[0].rmse_by_part == pytest.approx(by_hand)
    assert all(len(arm.rmse_by_part) == 10 for arm in table.arms)


class Watching(Mean):
    """Asserts that nothing of a batch is known when it is predicted."""

    def __init__(self, ratings: pd.DataFrame, movies: list[Hashable], late: pd.DataFrame) -> None:
        super().__init__(ratings, movies)
        self.times = dict(zip(zip(late["user"], late["movie"], strict=True), late["at"], strict=True))
        self.learned_until = -1

    def learn(self, news: pd.DataFrame, /) -> None:
        assert news["at"].min() > self.learned_until
        self.learned_until = int(news["at"].max())
        super().learn(news)


def test_incremental_learns_every_batch_once_in_order(data: RatingData) -> None:
    _, _, late = _parts(data)
    made: list[Watching] = []

    def train(ratings: pd.DataFrame) -> Watching:
        made.append(Watching(ratings, list(data.movie_ids), late))
        return made[-1]

    run_stream(divide(data.ratings, CONFIG, 0), train, "mean", 0, CONFIG)
    assert [len(news) for news in made[0].known[1:]] == [4] * (len(late) // 4) + (
        [len(late) % 4] if len(late) % 4 else []
    )
    assert pairs(pd.concat(made[0].known[1:])) == pairs(late)


def test_a_rating_is_in_the_history_only_after_its_batch(data: RatingData) -> None:
    """With a batch of the whole stream fold-in can't differ from frozen; with batches of one it does."""
    stream = divide(data.ratings, CONFIG, 0)
    trainer = Trainer(list(data.movie_ids))
    whole = run_stream(stream, trainer, "mean", 0, StreamConfig(batch=len(stream.late)))
    assert whole.arms[1].rmse == whole.arms[0].rmse == whole.arms[2].rmse
    single = run_stream(stream, trainer, "mean", 0, StreamConfig(batch=1))
    assert single.arms[1].rmse != single.arms[0].rmse


def test_a_movie_that_the_learner_does_not_know_is_predicted_all_the_same(data: RatingData) -> None:
    trainer = Trainer([movie for movie in data.movie_ids if movie != 3])
    table = run_stream(divide(data.ratings, CONFIG, 0), trainer, "mean", 0, CONFIG)
    assert all(math.isfinite(arm.rmse) for arm in table.arms)


def test_figures_of_the_table() -> None:
    def arms(*rows: tuple[str, float, float, float]) -> StreamTable:
        made = tuple(Arm(name, rmse, 0.1, old, seconds) for name, rmse, old, seconds in rows)
        return StreamTable("p", 0, 1, 1, 1, 1.0, made)

    table = arms(
        ("frozen", 1.0, 0.8, 0),
        ("fold-in", 0.96, 0.798, 0),
        ("incremental", 0.91, 0.801, 2),
        ("retrained", 0.9, 0.7, 50),
    )
    assert table.gain_kept("frozen") == pytest.approx(0.9)
    assert table.gain_kept("fold-in") == pytest.approx(5 / 6)
    assert table.time_share == pytest.approx(0.04)
    assert table.forgotten == pytest.approx(0.001)
    assert table.forgotten_over_fold_in == pytest.approx(0.003)
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(stream_table(table))
    assert "old ratings +0.0010 (+0.0030 over fold-in" in " ".join(console.export_text().split())
    none = arms(
        ("frozen", 0.9, 0.8, 0), ("fold-in", 0.9, 0.8, 0), ("incremental", 0.9, 0.8, 1), ("retrained", 0.9, 0.8, 1)
    )
    assert none.gain_kept("frozen") is None
