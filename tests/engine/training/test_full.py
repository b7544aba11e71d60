"""A whole run: what it yields, what serves in between, what early stopping and faults do."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import jax
import numpy as np
import pandas as pd
import pytest

from engine.config import Config, preset
from engine.data.csr import CsrRatings
from engine.errors import NoDevice, NotEnoughData, UnknownPreset
from engine.inference.network import FrozenNetwork, freeze
from engine.models.autoencoder import FactorsState, Graphs, TrainState, implicit_part
from engine.models.biases import Biases
from engine.recommender import Recommender
from engine.training import device
from engine.training.loop import TrainLoop
from engine.training.schedule import schedule
from engine.training.validation import at_once, held_out_rmse, sample_viewers
from engine.types import TrainingRecord
from tests.helpers.made_up import history, made_up_movies, made_up_ratings


def bits(rec: Recommender) -> list[bytes]:
    state = rec.state.continuation.train_state
    assert state is not None
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves((state, rec.state.serving.network.weights))]


def held_out_error(rec: Recommender) -> float:
    """RMSE of the network over all held-out ratings."""
    state = rec.state
    everyone = sample_viewers(state.matrix, state.matrix.n_users, 0)
    return at_once(held_out_rmse(state.matrix, state.serving.network.stars, state.n_padded, everyone))


def test_the_records_of_a_run(ratings: pd.DataFrame, small: Config) -> None:
    records: list[TrainingRecord] = []
    Recommender.fit(ratings, preset=small, epochs=3, on_metrics=records.append)
    assert [r.epoch for r in records if r.event == "epoch"] == [1, 2, 3]  # the last one over all ratings
    assert [r.event for r in records].count("compiled") == 1
    assert records[-1].event == "done"
    steps = [r.step for r in records]
    assert steps == sorted(steps)
    assert steps[-1] == records[-1].steps
    for record in records:
        validated = record.event == "done" or (record.event == "epoch" and record.epoch <= 2)
        assert (record.val_rmse is not None) == validated
        assert (record.preset, record.device, record.run, record.epochs) == ("default", "cpu", "full", 3)
        assert record.memory_mb > 0
    last = records[-1]
    assert last.loss is not None
    assert last.val_ndcg10 is not None
    assert 0 < last.val_ndcg10 <= 1
    assert last.ms_per_step > 0
    assert last.ratings_per_s > 0


def test_the_default_is_better_than_the_biases(ratings: pd.DataFrame, fitted: Recommender) -> None:
    test = made_up_ratings(seed=5).merge(ratings[["user", "movie"]], how="left", indicator=True)
    test = test[test["_merge"] == "left_only"]
    untrained = Recommender.prepare(ratings)
    errors = [float(np.sqrt(((rec.predict(test) - test["stars"]) ** 2).mean())) for rec in (untrained, fitted)]
    assert errors[1] < 0.7 * errors[0]
    assert held_out_error(fitted) < 0.7


def test_the_study_learns(ratings: pd.DataFrame) -> None:
    losses: list[float] = []
    config = replace(preset("study"), epochs=12)
    rec = Recommender.fit(
        ratings, preset=config, on_metrics=lambda r: losses.append(r.loss or 0) if r.event == "epoch" else None
    )
    assert losses[-1] < 0.7 * losses[0]
    assert rec.state.serving.network.trained


def test_the_same_seed_gives_the_same_bits(ratings: pd.DataFrame, small: Config) -> None:
    one, same, other = (Recommender.fit(ratings, preset=small, seed=seed, epochs=2) for seed in (3, 3, 4))
    assert bits(one) == bits(same)
    assert held_out_error(one) == held_out_error(same)
    assert bits(one) != bits(other)
    assert one.state.serving.edlae is not None
    assert same.state.serving.edlae is not None
    assert np.array_equal(one.state.serving.edlae.inverse_KxK, same.state.serving.edlae.inverse_KxK)


def test_no_held_out_rating_reaches_training(ratings: pd.DataFrame, small: Config) -> None:
    """Other stars on the held-out side change no bit of the weights."""
    config = replace(small, early_stopping=False, finish_share=0.0)
    one, other = (Recommender.fit(each, preset=config, epochs=2) for each in (ratings, turned(ratings, 0.2)))
    assert bits(one) == bits(other)
    assert held_out_error(one) != held_out_error(other)


def test_no_rating_of_the_monitor_set_reaches_any_training(ratings: pd.DataFrame, small: Config) -> None:
    """The last epochs go over what validated, but never over the monitor set."""
    config = replace(small, early_stopping=False, finish_share=0.5)
    one, monitored, validated = (
        Recommender.fit(each, preset=config, epochs=2)
        for each in (ratings, turned(ratings, 0.02), turned(ratings, 0.2))
    )
    assert bits(one) == bits(monitored)
    assert held_out_error(one) != held_out_error(monitored)
    assert bits(one) != bits(validated)


def test_dropped_last_epochs_leave_the_raters_of_all_ratings(
    ratings: pd.DataFrame, small: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix is all but the monitor set by then; the sum that deltas change must be over the same ratings."""
    finished = []

    def spoilt(graphs: Graphs, state: TrainState, biases: Biases) -> FrozenNetwork:
        finished.append(state)
        worse = biases._replace(movie_M=biases.movie_M + 2) if len(finished) == 3 else biases
        return freeze(graphs, state, worse)

    monkeypatch.setattr("engine.training.full.freeze", spoilt)
    config = replace(small, early_stopping=False, finish_share=0.5)
    state = Recommender.fit(ratings, preset=config, epochs=3).state
    trained, network = state.continuation.train_state, state.serving.network
    assert len(finished) == 4  # two epochs, the last one spoilt, and what serves
    assert trained is finished[-1]
    assert trained.weights is finished[1].weights
    assert trained.factors is not None
    implicit_MxD = implicit_part(state.graphs, trained.factors.weights, state.rater_index())
    assert np.array_equal(trained.implicit_MxD, implicit_MxD)
    frozen = freeze(state.graphs, trained, network.biases).weights
    for ours, served in zip(jax.tree.leaves(frozen), jax.tree.leaves(network.weights), strict=True):
        assert np.array_equal(ours, served)


def turned(ratings: pd.DataFrame, share: float) -> pd.DataFrame:
    """The ratings with other stars where they are held out at this share."""
    rec = Recommender.prepare(ratings, preset=replace(preset("default"), held_out=share))
    matrix = rec.state.matrix
    held = pd.DataFrame({
        "user": np.array(rec.users.list)[matrix.user_N[matrix.held_N]],
        "movie": np.array(rec.movies.list)[matrix.movie_N[matrix.held_N]],
    })  # fmt: skip
    marked = ratings.merge(held, how="left", indicator=True)["_merge"].to_numpy() == "both"
    assert share / 2 < marked.mean() < 2 * share
    return ratings.assign(
        stars=np.where(marked, np.where(ratings["stars"] < 5, ratings["stars"] + 0.5, 4.5), ratings["stars"])
    )


def test_viewers_are_answered_while_training_goes_on(ratings: pd.DataFrame, small: Config) -> None:
    rec = Recommender.prepare(ratings, made_up_movies(), preset=small)
    assert not rec.trained
    mine = history(ratings, 2)
    biases_alone = rec.predict(ratings.head(5)).to_numpy()
    seen = []
    for record in rec.train_steps(2):
        made = rec.recommend(mine)
        assert len(made) == 5
        assert not set(made["movie"]) & set(mine["movie"])
        seen.append((record.event, rec.trained))
    assert not seen[0][1]
    assert all(trained for event, trained in seen if event == "epoch")
    assert not np.allclose(rec.predict(ratings.head(5)), biases_alone)


def test_a_run_that_is_closed_early_leaves_what_served(ratings: pd.DataFrame, small: Config) -> None:
    rec = Recommender.prepare(ratings, preset=small)
    run = rec.train_steps(5)
    for record in run:
        if record.event == "epoch":
            break
    before = rec.predict(ratings.head(20))
    run.close()  # type: ignore[attr-defined]
    assert rec.trained
    assert before.equals(rec.predict(ratings.head(20)))


def test_early_stopping_serves_the_best_epoch(ratings: pd.DataFrame, small: Config) -> None:
    config = replace(
        small, finish_share=0.0, learning_rate=0.05, weight_decay=0.0, constant_rate=True, patience=2, epochs=40
    )
    errors: list[float] = []
    rec = Recommender.fit(
        ratings, preset=config, on_metrics=lambda r: errors.append(r.val_rmse or 0) if r.event == "epoch" else None
    )
    assert len(errors) < 40
    assert len(errors) == errors.index(min(errors)) + 1 + 2
    assert held_out_error(rec) == pytest.approx(min(errors), abs=1e-6)


def test_a_loss_that_is_not_finite_is_rolled_back(ratings: pd.DataFrame, small: Config) -> None:
    rec = Recommender.prepare(ratings, preset=replace(small, learning_rate=1e30))
    records = list(rec.train_steps(6))
    assert records[-1].event == "done"
    assert records[-1].rollbacks == rec.state.continuation.rollbacks == 3
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(rec.state.continuation.train_state))
    assert np.isfinite(rec.predict(ratings.head(10))).all()


@pytest.mark.parametrize("poisoned", [1, 2, 4])
def test_a_move_of_the_factors_that_makes_no_numbers_is_rolled_back(
    ratings: pd.DataFrame, small: Config, monkeypatch: pytest.MonkeyPatch, poisoned: int
) -> None:
    """Whether a later loss shows it or, after the last move of an epoch, none does."""
    move, calls = TrainLoop._move_factors, list[int]()

    def moved(loop: TrainLoop, factors: FactorsState) -> Generator[None]:
        yield from move(loop, factors)
        calls.append(1)
        if len(calls) == poisoned:
            wrong = jax.tree.map(lambda leaf: leaf * np.nan, loop.state.factors)
            loop.state = loop.state._replace(factors=wrong)

    monkeypatch.setattr(TrainLoop, "_move_factors", moved)
    rec = Recommender.prepare(ratings, preset=small)
    records = list(rec.train_steps(4))
    assert records[-1].rollbacks == rec.state.continuation.rollbacks == 1
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(rec.state.continuation.train_state))
    assert rec.predict(ratings.head(50)).between(0.5, 5).all()


def test_bfloat16_changes_nothing_on_a_cpu(ratings: pd.DataFrame, fitted: Recommender, small: Config) -> None:
    """Its steps run over packed cells, which have no products for tensor cores."""
    assert preset("default-bf16").mixed_precision
    mixed = Recommender.fit(ratings, made_up_movies(), preset=replace(small, mixed_precision=True))
    assert bits(mixed) == bits(fitted)


def test_programs_are_compiled_once(ratings: pd.DataFrame, small: Config) -> None:
    """After the first epoch nothing is compiled: not by training, not by a list, not by a longer history."""
    rec = Recommender.prepare(ratings, preset=small)
    compiled = None
    for record in rec.train_steps(3):
        if record.event == "epoch" and compiled is None:
            rec.recommend(history(ratings, 1))
            compiled = device.compiled_programs()
    for user in range(1, 20):
        rec.recommend(history(ratings, user))
    rec.score(ratings.head(300))
    rec.predict(ratings.head(300))
    assert device.compiled_programs() == compiled


def test_a_few_more_ratings_and_other_epochs_need_no_other_programs(small: Config) -> None:
    ratings = made_up_ratings(n_users=700)
    newcomer = ratings.head(3).assign(user=1000)
    states = [Recommender.prepare(each, preset=small).state for each in (ratings, pd.concat([ratings, newcomer]))]
    schedules = [schedule(state, epochs) for state in states for epochs in (1, 3, 16)]
    assert len({(how.capacity, how.chunk, how.batch) for how in schedules}) == 1
    capacity, lengths = schedules[0].capacity, np.diff(states[0].matrix.start_U)
    assert capacity is not None
    orders = schedules[0].order(np.arange(700), 0, 1).reshape(-1, 64)
    assert capacity.cells >= max(lengths[users_B].sum() for users_B in orders)


def test_a_run_changes_no_state_that_it_was_given(ratings: pd.DataFrame, small: Config) -> None:
    rec = Recommender.prepare(ratings, preset=small)
    before = rec.state
    one = CsrRatings.of_one(np.array([0]), np.array([10], np.uint8), before.matrix.n_movies)
    stars_BxM = before.serving.stars(one).copy()
    list(rec.train_steps(1))
    assert rec.state is not before
    assert before.continuation.train_state is None
    assert np.array_equal(before.serving.stars(one), stars_BxM)


def test_nothing_to_train_on(movies: pd.DataFrame) -> None:
    empty = pd.DataFrame({"user": [], "movie": [], "stars": []})
    rec = Recommender.prepare(empty, movies)
    assert len(rec.recommend({})) == 5
    with pytest.raises(NotEnoughData, match="no ratings"):
        list(rec.train_steps())


def test_one_rating_is_enough(movies: pd.DataFrame) -> None:
    one = pd.DataFrame({"user": [1], "movie": [1], "stars": [4.0]})
    rec = Recommender.fit(one, movies, preset=replace(preset("default"), epochs=1, held_out=0.0))
    assert rec.trained
    assert rec.predict(one).between(0.5, 5).all()


def test_unknown_presets_and_devices(ratings: pd.DataFrame) -> None:
    with pytest.raises(UnknownPreset, match="'default'"):
        Recommender.prepare(ratings, preset="defualt")
    with pytest.raises(NoDevice, match="cpu"):
        Recommender.prepare(ratings, device="gpu")
    with pytest.raises(NoDevice, match="auto, cpu or gpu"):
        Recommender.prepare(ratings, device="tpu")
