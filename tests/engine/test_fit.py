"""A whole run: what it yields, what serves in between, what early stopping and faults do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import jax
import numpy as np
import pandas as pd
import pytest

from engine import device
from engine.config import Config, preset
from engine.errors import NoDevice, NotEnoughData, UnknownPreset
from engine.inference.network import Serving
from engine.models.autoencoder import Offsets
from engine.recommender import Recommender
from engine.training import full as fit
from engine.training import steps as train
from engine.training.loop import Descent
from engine.training.schedule import plan
from engine.training.validation import at_once, held_out_rmse, sample_viewers
from engine.types import TrainingRecord
from tests.engine.data import history, made_up_movies, made_up_ratings


def bits(rec: Recommender) -> list[bytes]:
    state = rec.learned.state
    assert state is not None
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves((state, rec.learned.serving.weights))]


def held_out_error(rec: Recommender) -> float:
    """RMSE of the network over all held-out ratings."""
    learned = rec.learned
    everyone = sample_viewers(learned.matrix, learned.matrix.n_users, 0)
    return at_once(held_out_rmse(learned, learned.serving, everyone))


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


def test_the_default_is_better_than_the_offsets(ratings: pd.DataFrame, fitted: Recommender) -> None:
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
    assert rec.learned.serving.trained


def test_the_same_seed_gives_the_same_bits(ratings: pd.DataFrame, small: Config) -> None:
    one, same, other = (Recommender.fit(ratings, preset=small, seed=seed, epochs=2) for seed in (3, 3, 4))
    assert bits(one) == bits(same)
    assert held_out_error(one) == held_out_error(same)
    assert bits(one) != bits(other)
    assert one.learned.linear is not None
    assert same.learned.linear is not None
    assert np.array_equal(one.learned.linear.inverse_KxK, same.learned.linear.inverse_KxK)


def test_no_held_out_rating_reaches_training(ratings: pd.DataFrame, small: Config) -> None:
    """Other stars on the held-out side change no bit of the weights."""
    config = replace(small, early_stopping=False, finish_share=0.0)
    one, other = (Recommender.fit(each, preset=config, epochs=2) for each in (ratings, turned(ratings, 0.2)))
    assert bits(one) == bits(other)
    assert held_out_error(one) != held_out_error(other)


def test_no_watched_rating_reaches_any_training(ratings: pd.DataFrame, small: Config) -> None:
    """The last epochs go over what validated, but never over the watched tenth of it."""
    config = replace(small, early_stopping=False, finish_share=0.5)
    one, watched, validated = (
        Recommender.fit(each, preset=config, epochs=2)
        for each in (ratings, turned(ratings, 0.02), turned(ratings, 0.2))
    )
    assert bits(one) == bits(watched)
    assert held_out_error(one) != held_out_error(watched)
    assert bits(one) != bits(validated)


def test_dropped_last_epochs_leave_the_raters_of_all_ratings(
    ratings: pd.DataFrame, small: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix is all but the watched ratings by then; the sum that news change must be over the same ones."""
    finished = []
    serve = fit.serve

    def spoilt(graphs: train.Graphs, state: train.State, offsets: Offsets) -> Serving:
        finished.append(state)
        worse = offsets._replace(movie_M=offsets.movie_M + 2) if len(finished) == 3 else offsets
        return serve(graphs, state, worse)

    monkeypatch.setattr("engine.training.full.serve", spoilt)
    config = replace(small, early_stopping=False, finish_share=0.5)
    learned = Recommender.fit(ratings, preset=config, epochs=3).learned
    assert len(finished) == 4  # two epochs, the last one spoilt, and what serves
    assert learned.state is finished[-1]
    assert learned.state.weights is finished[1].weights
    assert learned.state.raters is not None
    product_MxD = train.raters_product(learned.graphs, learned.state.raters.weights, learned.rated())
    assert np.array_equal(learned.state.raters_MxD, product_MxD)
    for ours, served in zip(
        jax.tree.leaves(serve(learned.graphs, learned.state, learned.serving.offsets).weights),
        jax.tree.leaves(learned.serving.weights),
        strict=True,
    ):
        assert np.array_equal(ours, served)


def turned(ratings: pd.DataFrame, share: float) -> pd.DataFrame:
    """The ratings with other stars where they are held out at this share."""
    rec = Recommender.prepare(ratings, preset=replace(preset("default"), held_out=share))
    matrix = rec.learned.matrix
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
    offsets_alone = rec.predict(ratings.head(5)).to_numpy()
    seen = []
    for record in rec.train_steps(2):
        made = rec.recommend(mine)
        assert len(made) == 5
        assert not set(made["movie"]) & set(mine["movie"])
        seen.append((record.event, rec.trained))
    assert not seen[0][1]
    assert all(trained for event, trained in seen if event == "epoch")
    assert not np.allclose(rec.predict(ratings.head(5)), offsets_alone)


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
    assert records[-1].rollbacks == rec.learned.rollbacks == 3
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(rec.learned.state))
    assert np.isfinite(rec.predict(ratings.head(10))).all()


@pytest.mark.parametrize("poisoned", [1, 2, 4])
def test_a_move_of_the_raters_that_makes_no_numbers_is_rolled_back(
    ratings: pd.DataFrame, small: Config, monkeypatch: pytest.MonkeyPatch, poisoned: int
) -> None:
    """Whether a later loss shows it or, after the last move of an epoch, none does."""
    move, calls = Descent._move_raters, list[int]()

    def moved(descent: Descent, raters: train.RatersState) -> Iterator[TrainingRecord]:
        yield from move(descent, raters)
        calls.append(1)
        if len(calls) == poisoned:
            wrong = jax.tree.map(lambda leaf: leaf * np.nan, descent.state.raters)
            descent.state = descent.state._replace(raters=wrong)

    monkeypatch.setattr(Descent, "_move_raters", moved)
    rec = Recommender.prepare(ratings, preset=small)
    records = list(rec.train_steps(4))
    assert records[-1].rollbacks == rec.learned.rollbacks == 1
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(rec.learned.state))
    assert rec.predict(ratings.head(50)).between(0.5, 5).all()


def test_bfloat16_changes_nothing_on_a_cpu(ratings: pd.DataFrame, fitted: Recommender, small: Config) -> None:
    """Its steps run over lists of rated cells, which have no products for tensor cores."""
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
    learned = [Recommender.prepare(each, preset=small).learned for each in (ratings, pd.concat([ratings, newcomer]))]
    plans = [plan(each, epochs) for each in learned for epochs in (1, 3, 16)]
    assert len({(how.room, how.chunk, how.batch) for how in plans}) == 1
    room, lengths = plans[0].room, np.diff(learned[0].matrix.start_U)
    assert room is not None
    assert room.cells >= max(lengths[users_B].sum() for users_B in plans[0].order(np.arange(700), 0, 1).reshape(-1, 64))


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
