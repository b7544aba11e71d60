"""Incremental retraining."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import pytest

from engine.inference.model_state import MOVIE_BLOCK
from engine.models.autoencoder import FactorsState, TrainState
from engine.models.edlae import solve
from engine.recommender import Recommender
from engine.training import device, steps
from engine.training.growth import grown
from engine.training.incremental import _batches
from tests.helpers.edlae import whole
from tests.helpers.made_up import N_MOVIES, history


def delta(*rows: tuple[object, object, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user", "movie", "stars"])


def configured(rec: Recommender, **changes: object) -> None:
    rec.state = replace(rec.state, config=replace(rec.state.config, **changes))  # type: ignore[arg-type]


def test_learning_carries_a_new_viewers_taste_into_the_predictions(own: Callable[[], Recommender]) -> None:
    rec = own()
    taste = {movie: 5.0 if movie % 2 else 1.0 for movie in range(1, 31)}
    record = rec.learn(pd.DataFrame({"user": "new", "movie": list(taste), "stars": list(taste.values())}))
    assert record.event == "done"
    assert record.run == "incremental"
    assert "new" in rec.users
    unseen = pd.DataFrame({"user": "new", "movie": range(31, 81)})
    stars = rec.predict(unseen)
    odd = unseen["movie"] % 2 == 1
    assert stars[odd].mean() > stars[~odd].mean() + 0.1


def test_learning_moves_the_weights_towards_the_delta(copy: Recommender) -> None:
    """A movie loved against expectation by many viewers is predicted higher for others."""
    others = pd.DataFrame({"user": range(100, 150), "movie": 80})
    before = copy.predict(others).mean()
    copy.learn(pd.DataFrame({"user": range(1, 60), "movie": 80, "stars": 5.0}))
    assert copy.predict(others).mean() > before + 0.2


def test_steps_on_one_viewer_lower_the_error_on_that_viewer(copy: Recommender) -> None:
    """A taste like nobody's: the weights must move, since the fold-in of the first run can't know it."""
    configured(copy, learn_rate=3e-3, dropout=0.0, weight_decay=0.0)
    copy.state = copy.state.with_continuation(monitor_rmse=np.inf)
    frame = pd.DataFrame({"user": "x", "movie": range(1, 61), "stars": [5.0, 5.0, 1.0, 1.0] * 15})
    losses = []
    for _ in range(24):
        copy.learn(frame)
        losses.append(float(((copy.predict(frame) - frame["stars"]) ** 2).mean()))
    assert losses[-1] < 0.9 * losses[0]


def test_edlae_learns_exactly(copy: Recommender, ratings: pd.DataFrame) -> None:
    for user, movie, stars in [(1, 3, 5.0), (2, 7, 0.0), ("new", 1, 4.5), (1, 3, 2.0)]:
        copy.learn(delta((user, movie, stars)))
    state, edlae = copy.state, copy.state.serving.edlae
    assert edlae is not None
    assert edlae.updates >= 3
    again = solve(state.matrix, state.config, state.n_padded)
    np.testing.assert_allclose(whole(edlae), again.inverse_KxK, rtol=1e-4, atol=1e-7)


def test_a_rating_taken_back_is_forgotten(own: Callable[[], Recommender], ratings: pd.DataFrame) -> None:
    rec = own()
    n = rec.state.matrix.n_ratings
    mine = history(ratings, 4)
    gone = mine["movie"].iloc[0]
    rec.learn(delta((4, gone, 0.0)))
    assert rec.state.matrix.n_ratings == n - 1
    assert gone not in rec.state.matrix.row(rec.users.index(4))[0]
    rec.learn(delta((4, gone, float("nan"))))
    assert rec.state.matrix.n_ratings == n - 1


def test_nothing_is_compiled_for_delta(own: Callable[[], Recommender], ratings: pd.DataFrame) -> None:
    """A rating, a viewer and (within the padded block) a movie come in without a compilation."""
    rec = own()
    rec.learn(delta((1, 2, 4.0)))
    rec.recommend(history(ratings, 1))
    rec.predict(ratings.head(3))
    compiled = device.compiled_programs()
    rec.learn(delta((1, 5, 3.0), (2, 9, 1.0)))
    rec.learn(delta(("new viewer", 2, 4.0)))
    rec.learn(delta((1, "new movie", 4.0)))
    rec.add_movies(pd.DataFrame({"movie": ["one more"]}))
    rec.recommend(history(ratings, 1))
    rec.recommend({"new movie": 5.0})
    rec.predict(pd.DataFrame({"user": ["new viewer"], "movie": ["new movie"]}))
    assert device.compiled_programs() == compiled


def test_a_full_block_grows_and_old_outputs_stay(own: Callable[[], Recommender], ratings: pd.DataFrame) -> None:
    rec = own()
    mine = history(ratings, 3)
    scores, stars = rec.rank(mine)
    width = rec.state.n_padded
    rec.add_movies(pd.DataFrame({"movie": [f"new {i}" for i in range(MOVIE_BLOCK)]}))
    assert rec.state.n_padded > width
    new_scores, new_stars = rec.rank(mine)
    assert len(new_stars) == N_MOVIES + MOVIE_BLOCK
    np.testing.assert_allclose(new_stars[:N_MOVIES], stars, atol=1e-5)
    np.testing.assert_allclose(new_scores[:N_MOVIES], scores, atol=1e-5)
    rec.learn(pd.DataFrame({"user": 3, "movie": [f"new {i}" for i in range(5)], "stars": 4.0}))
    assert np.isfinite(rec.rank(mine)[0]).all()


def test_grown_weights_answer_with_the_same_bits(copy: Recommender, ratings: pd.DataFrame) -> None:
    """Network and EDLAE alone; cold start, which reads the new movies, is left out."""
    mine = copy.fold_in(history(ratings, 3)).ratings
    block = mine.take(np.array([0, 0]))

    def answers() -> tuple[np.ndarray, np.ndarray]:
        serving = copy.state.serving
        assert serving.edlae is not None
        stars_M = serving.network.stars_of_one(mine.movie_N, mine.half_N)
        return stars_M[:N_MOVIES], serving.edlae.scores(block)[0, :N_MOVIES]

    before, width = answers(), copy.state.n_padded
    copy.add_movies(pd.DataFrame({"movie": [f"new {i}" for i in range(MOVIE_BLOCK)]}))
    assert copy.state.n_padded == width + MOVIE_BLOCK
    for old, new in zip(before, answers(), strict=True):
        assert np.array_equal(old, new)


def test_many_new_viewers_grow_the_factors(copy: Recommender) -> None:
    rows = copy.state.user_rows
    copy.learn(pd.DataFrame({"user": [f"new {i}" for i in range(rows)], "movie": 1, "stars": 4.0}))
    assert copy.state.user_rows > rows
    assert copy.state.rater_index().movie_start[1] >= rows


def test_many_new_viewers_change_no_old_output(copy: Recommender, ratings: pd.DataFrame) -> None:
    before, mine = copy.state, history(ratings, 3)
    scores, stars = copy.rank(mine)
    copy.state = grown(before, before.user_rows + 1, before.matrix.n_movies)
    assert copy.state.user_rows > before.user_rows
    assert np.array_equal(copy.rank(mine)[0], scores)
    assert np.array_equal(copy.rank(mine)[1], stars)
    leaves = (jax.tree.leaves(state.continuation.train_state) for state in (before, copy.state))
    for old, new in zip(*leaves, strict=True):
        assert np.array_equal(np.array(new)[tuple(map(slice, old.shape))], old)


def test_steps_go_on_with_the_optimisers_state_of_the_last_run(
    copy: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, stepped = list[TrainState](), steps.take_kept

    def noted(graphs: object, config: object, biases: object, state: TrainState, work: object) -> object:
        given.append(state)
        return stepped(graphs, config, biases, state, work)  # type: ignore[arg-type]

    monkeypatch.setattr("engine.training.incremental.steps.take_kept", noted)
    copy.learn(delta((1, 3, 5.0)))
    assert copy.state.continuation.train_state is not None
    kept = [np.array(leaf) for leaf in jax.tree.leaves(copy.state.continuation.train_state.opt_state)]
    assert any(leaf.any() for leaf in kept)
    n = len(given)
    copy.learn(delta((2, 7, 1.0)))
    for before, after in zip(kept, jax.tree.leaves(given[n].opt_state), strict=True):
        assert np.array_equal(before, after)


def test_half_of_a_step_replays_others(copy: Recommender) -> None:
    changed = np.arange(20)
    viewers_TxSxB = _batches(copy.state, changed)
    batches = viewers_TxSxB.reshape(-1, copy.state.config.learn_batch)
    half = copy.state.config.learn_batch // 2
    assert len(batches) == -(-len(changed) // half)
    assert np.array_equal(batches[0, :half], changed[:half])
    assert np.array_equal(batches[1, : len(changed) - half], changed[half:])
    others = batches[:, half:].ravel()
    assert len(np.setdiff1d(others, changed)) > half


def test_worse_weights_are_dropped(copy: Recommender) -> None:
    copy.state = copy.state.with_continuation(monitor_rmse=0.0)
    assert copy.state.continuation.train_state is not None
    weights = copy.state.continuation.train_state.weights
    copy.learn(delta((1, 3, 5.0)))
    assert copy.state.continuation.train_state.weights is weights


@pytest.mark.parametrize(("wrong", "rollbacks"), [(50.0, 0), (np.nan, 1)])
def test_a_move_of_the_factors_that_does_harm_is_dropped(
    copy: Recommender, monkeypatch: pytest.MonkeyPatch, wrong: float, rollbacks: int
) -> None:
    """The steps before it stay; vectors far off, or no numbers, never serve."""
    moved = []

    def move(config: object, index: object, factors: FactorsState, rate: float, n: float) -> FactorsState:
        moved.append(n)
        weights = jax.tree.map(lambda w: w + wrong, factors.weights)
        return factors._replace(weights=weights, gradient_MxD=factors.gradient_MxD * 0)

    monkeypatch.setattr("engine.training.incremental.FACTORS_AFTER", 1)
    monkeypatch.setattr("engine.training.incremental.steps.move_factors", move)
    before = copy.state.continuation.train_state
    copy.learn(delta((1, 3, 5.0)))
    after = copy.state.continuation.train_state
    assert moved
    assert before is not None
    assert after is not None
    for old, new in zip(*(jax.tree.leaves(each.factors.weights) for each in (before, after)), strict=True):  # type: ignore[union-attr]
        assert np.array_equal(old, new)
    assert after.weights is not before.weights
    assert copy.state.continuation.rollbacks == rollbacks
    assert copy.state.continuation.pending_factor_steps == 0
    assert abs(copy.state.continuation.drift) < 0.1


def test_a_move_of_the_factors_that_does_no_harm_serves(copy: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.incremental.FACTORS_AFTER", 1)
    before = copy.state.continuation.train_state
    copy.learn(delta((1, 3, 5.0)))
    after = copy.state.continuation.train_state
    assert before is not None
    assert after is not None
    vectors = [jax.tree.leaves(each.factors.weights)[0] for each in (before, after)]  # type: ignore[union-attr]
    assert not np.array_equal(*vectors)
    assert not np.asarray(after.factors.gradient_MxD).any()  # type: ignore[union-attr]


def test_a_loss_that_is_not_finite_is_rolled_back(own: Callable[[], Recommender], ratings: pd.DataFrame) -> None:
    rec = own()
    configured(rec, learn_rate=float("inf"))
    record = rec.learn(delta((1, 3, 5.0)))
    assert record.rollbacks == rec.state.continuation.rollbacks == 1
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(rec.state.continuation.train_state))
    assert np.isfinite(rec.rank(history(ratings, 1))[1]).all()


def test_new_ratings_of_the_monitor_set_are_no_drift(copy: Recommender) -> None:
    """What it compares with is measured anew, without the ratings that left it and by the old weights."""
    configured(copy, learn_rate=0.0)
    matrix, viewers = copy.state.matrix, copy.state.continuation.monitor
    rows, movies, half = matrix.held_cells(viewers)
    stars_BxM = copy.state.serving.network.stars(matrix.dense(viewers, copy.state.n_padded))
    error_N = stars_BxM[rows, movies] - half / 2
    worst = np.argsort(-np.abs(error_N))[: len(error_N) // 4]
    again = [(copy.users.list[viewers[rows[n]]], copy.movies.list[movies[n]], half[n] / 2) for n in worst]
    copy.state = copy.state.with_continuation(drift=0.001)
    copy.learn(delta(*again))
    left = np.delete(error_N, worst)
    continuation = copy.state.continuation
    assert continuation.monitor_rmse == pytest.approx(np.sqrt((left**2).mean()) - 0.001, abs=1e-5)
    assert abs(continuation.drift) < 0.05  # the errors that left were larger


def test_a_fork_that_learned_and_is_dropped_leaves_no_trace(
    copy: Recommender, ratings: pd.DataFrame, tmp_path: Path
) -> None:
    mine = history(ratings, 3)
    before = copy.rank(mine)
    copy.fork().learn(delta((1, "unheard of", 4.0), ("new", 2, 1.0), (2, 5, 0.0)))
    assert "unheard of" not in copy.movies
    copy.save(tmp_path / "after.ckpt")
    for rec in (copy, Recommender.load(tmp_path / "after.ckpt")):
        for old, new in zip(before, rec.rank(mine), strict=True):
            assert np.array_equal(old, new)


def test_learning_twice_gives_the_same_bits(saved: object, own: Callable[[], Recommender]) -> None:
    one, same = own(), own()
    for rec in (one, same):
        rec.learn(delta((1, 3, 5.0), ("new", 2, 1.0)))
        rec.learn(delta((2, 4, 0.5)))
    for a, b in zip(*(jax.tree.leaves(rec.state.continuation.train_state) for rec in (one, same)), strict=True):
        assert np.array_equal(a, b)


def test_learning_before_the_first_training(ratings: pd.DataFrame, small: object) -> None:
    rec = Recommender.prepare(ratings, preset=small)  # type: ignore[arg-type]
    rec.learn(pd.DataFrame({"user": range(1, 100), "movie": 79, "stars": 5.0}))
    assert not rec.trained
    before = Recommender.prepare(ratings, preset=small).predict(delta((120, 79, 1.0)))  # type: ignore[arg-type]
    assert rec.predict(delta((120, 79, 1.0))).iloc[0] > before.iloc[0] + 0.3


@pytest.mark.slow
def test_a_burst_is_learned_in_one_run(copy: Recommender) -> None:
    rng = np.random.default_rng(0)
    pairs = rng.permutation(150 * 80)[:2500]
    frame = pd.DataFrame({"user": pairs // 80 + 1, "movie": pairs % 80 + 1, "stars": 4.0})
    copy.learn(frame)
    assert copy.state.serving.edlae is not None
    again = solve(copy.state.matrix, copy.state.config, copy.state.n_padded)
    np.testing.assert_allclose(copy.state.serving.edlae.inverse_KxK, again.inverse_KxK, atol=1e-7)
