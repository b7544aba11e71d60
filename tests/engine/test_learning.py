"""Incremental retraining."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import pytest

from engine import device
from engine.data.csr import Rows
from engine.inference.model_state import MOVIE_BLOCK
from engine.models.edlae import solve
from engine.recommender import Recommender
from engine.training import steps as train
from engine.training.growth import grow
from engine.training.incremental import _batches
from tests.engine.data import N_MOVIES, history
from tests.engine.test_linear import whole


def news(*rows: tuple[object, object, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user", "movie", "stars"])


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


def test_learning_moves_the_weights_towards_the_news(copy: Recommender) -> None:
    """A movie loved against expectation by many viewers is predicted higher for others."""
    others = pd.DataFrame({"user": range(100, 150), "movie": 80})
    before = copy.predict(others).mean()
    copy.learn(pd.DataFrame({"user": range(1, 60), "movie": 80, "stars": 5.0}))
    assert copy.predict(others).mean() > before + 0.2


def test_steps_on_one_viewer_lower_the_error_on_that_viewer(copy: Recommender) -> None:
    """A taste like nobody's: the weights must move, since the fold-in of the first run can't know it."""
    copy.learned.gate_rmse = np.inf
    copy.learned.config = replace(copy.learned.config, learn_rate=3e-3, dropout=0.0, weight_decay=0.0)
    frame = pd.DataFrame({"user": "x", "movie": range(1, 61), "stars": [5.0, 5.0, 1.0, 1.0] * 15})
    losses = []
    for _ in range(24):
        copy.learn(frame)
        losses.append(float(((copy.predict(frame) - frame["stars"]) ** 2).mean()))
    assert losses[-1] < 0.9 * losses[0]


def test_the_linear_path_learns_exactly(copy: Recommender, ratings: pd.DataFrame) -> None:
    for user, movie, stars in [(1, 3, 5.0), (2, 7, 0.0), ("new", 1, 4.5), (1, 3, 2.0)]:
        copy.learn(news((user, movie, stars)))
    learned = copy.learned
    assert learned.linear is not None
    assert learned.linear.updates >= 3
    again = solve(learned.matrix, learned.config, learned.n_padded)
    np.testing.assert_allclose(whole(learned.linear), again.inverse_KxK, rtol=1e-4, atol=1e-7)


def test_a_rating_taken_back_is_forgotten(own: Callable[[], Recommender], ratings: pd.DataFrame) -> None:
    rec = own()
    n = rec.learned.matrix.n_ratings
    mine = history(ratings, 4)
    gone = mine["movie"].iloc[0]
    rec.learn(news((4, gone, 0.0)))
    assert rec.learned.matrix.n_ratings == n - 1
    assert gone not in rec.learned.matrix.row(rec.users.index(4))[0]
    rec.learn(news((4, gone, float("nan"))))
    assert rec.learned.matrix.n_ratings == n - 1


def test_nothing_is_compiled_for_news(own: Callable[[], Recommender], ratings: pd.DataFrame) -> None:
    """A rating, a viewer and (within the padded block) a movie come in without a compilation."""
    rec = own()
    rec.learn(news((1, 2, 4.0)))
    rec.recommend(history(ratings, 1))
    rec.predict(ratings.head(3))
    compiled = device.compiled_programs()
    rec.learn(news((1, 5, 3.0), (2, 9, 1.0)))
    rec.learn(news(("new viewer", 2, 4.0)))
    rec.learn(news((1, "new movie", 4.0)))
    rec.add_movies(pd.DataFrame({"movie": ["one more"]}))
    rec.recommend(history(ratings, 1))
    rec.recommend({"new movie": 5.0})
    rec.predict(pd.DataFrame({"user": ["new viewer"], "movie": ["new movie"]}))
    assert device.compiled_programs() == compiled


def test_a_full_block_grows_and_old_outputs_stay(own: Callable[[], Recommender], ratings: pd.DataFrame) -> None:
    rec = own()
    mine = history(ratings, 3)
    scores, stars = rec.rank(mine)
    width = rec.learned.n_padded
    rec.add_movies(pd.DataFrame({"movie": [f"new {i}" for i in range(MOVIE_BLOCK)]}))
    assert rec.learned.n_padded > width
    new_scores, new_stars = rec.rank(mine)
    assert len(new_stars) == N_MOVIES + MOVIE_BLOCK
    np.testing.assert_allclose(new_stars[:N_MOVIES], stars, atol=1e-5)
    np.testing.assert_allclose(new_scores[:N_MOVIES], scores, atol=1e-5)
    rec.learn(pd.DataFrame({"user": 3, "movie": [f"new {i}" for i in range(5)], "stars": 4.0}))
    assert np.isfinite(rec.rank(mine)[0]).all()


def test_grown_weights_answer_with_the_same_bits(copy: Recommender, ratings: pd.DataFrame) -> None:
    """Network and linear path alone; content, which reads the new movies, is left out."""
    learned = copy.learned
    movies, half = copy.columns(history(ratings, 3))

    def answers() -> tuple[np.ndarray, np.ndarray]:
        assert learned.linear is not None
        stars_M = learned.serving.stars_of_one(movies, half)
        return stars_M[:N_MOVIES], learned.linear.scores_of(Rows(np.array([0, len(movies)]), movies, half, N_MOVIES))[
            0, :N_MOVIES
        ]

    before, width = answers(), learned.n_padded
    copy.add_movies(pd.DataFrame({"movie": [f"new {i}" for i in range(MOVIE_BLOCK)]}))
    assert learned.n_padded == width + MOVIE_BLOCK
    for old, new in zip(before, answers(), strict=True):
        assert np.array_equal(old, new)


def test_many_new_viewers_grow_the_raters(copy: Recommender) -> None:
    rows = copy.learned.rater_rows
    copy.learn(pd.DataFrame({"user": [f"new {i}" for i in range(rows)], "movie": 1, "stars": 4.0}))
    assert copy.learned.rater_rows > rows
    assert copy.learned.rated().movie_start[1] >= rows


def test_many_new_viewers_change_no_old_output(copy: Recommender, ratings: pd.DataFrame) -> None:
    learned, mine = copy.learned, history(ratings, 3)
    rows = learned.rater_rows
    scores, stars = copy.rank(mine)
    assert learned.state is not None
    old = [np.array(leaf) for leaf in jax.tree.leaves(learned.state)]
    grow(learned, rows + 1, learned.matrix.n_movies)
    assert learned.rater_rows > rows
    assert np.array_equal(copy.rank(mine)[0], scores)
    assert np.array_equal(copy.rank(mine)[1], stars)
    assert learned.state is not None
    for before, after in zip(old, jax.tree.leaves(learned.state), strict=True):
        assert np.array_equal(np.array(after)[tuple(map(slice, before.shape))], before)


def test_steps_go_on_with_the_moments_of_the_last_run(copy: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    given, stepped = list[train.State](), train.kept_steps

    def steps(graphs: object, config: object, offsets: object, state: train.State, work: object) -> object:
        given.append(state)
        return stepped(graphs, config, offsets, state, work)  # type: ignore[arg-type]

    monkeypatch.setattr("engine.training.incremental.train.kept_steps", steps)
    copy.learn(news((1, 3, 5.0)))
    assert copy.learned.state is not None
    kept = [np.array(leaf) for leaf in jax.tree.leaves(copy.learned.state.moments)]
    assert any(leaf.any() for leaf in kept)
    n = len(given)
    copy.learn(news((2, 7, 1.0)))
    for before, after in zip(kept, jax.tree.leaves(given[n].moments), strict=True):
        assert np.array_equal(before, after)


def test_half_of_a_step_replays_others(copy: Recommender) -> None:
    changed = np.arange(20)
    viewers_TxSxB = _batches(copy.learned, changed)
    batches = viewers_TxSxB.reshape(-1, copy.learned.config.learn_batch)
    half = copy.learned.config.learn_batch // 2
    assert len(batches) == -(-len(changed) // half)
    assert np.array_equal(batches[0, :half], changed[:half])
    assert np.array_equal(batches[1, : len(changed) - half], changed[half:])
    others = batches[:, half:].ravel()
    assert len(np.setdiff1d(others, changed)) > half


def test_worse_weights_are_dropped(copy: Recommender) -> None:
    copy.learned.gate_rmse = 0.0
    assert copy.learned.state is not None
    weights = copy.learned.state.weights
    copy.learn(news((1, 3, 5.0)))
    assert copy.learned.state.weights is weights


@pytest.mark.parametrize(("wrong", "rollbacks"), [(50.0, 0), (np.nan, 1)])
def test_a_move_of_the_raters_that_does_harm_is_dropped(
    copy: Recommender, monkeypatch: pytest.MonkeyPatch, wrong: float, rollbacks: int
) -> None:
    """The steps before it stay; vectors far off, or no numbers, never serve."""
    moved = []

    def move(config: object, rated: object, raters: train.RatersState, rate: float, n: float) -> train.RatersState:
        moved.append(n)
        weights = jax.tree.map(lambda w: w + wrong, raters.weights)
        return raters._replace(weights=weights, gradient_MxD=raters.gradient_MxD * 0)

    monkeypatch.setattr("engine.training.incremental.RATERS_AFTER", 1)
    monkeypatch.setattr("engine.training.incremental.train.move_raters", move)
    before = copy.learned.state
    copy.learn(news((1, 3, 5.0)))
    after = copy.learned.state
    assert moved
    assert before is not None
    assert after is not None
    for old, new in zip(*(jax.tree.leaves(each.raters.weights) for each in (before, after)), strict=True):  # type: ignore[union-attr]
        assert np.array_equal(old, new)
    assert after.weights is not before.weights
    assert copy.learned.rollbacks == rollbacks
    assert copy.learned.raters_pending == 0
    assert abs(copy.learned.drift) < 0.1


def test_a_move_of_the_raters_that_does_no_harm_serves(copy: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.incremental.RATERS_AFTER", 1)
    before = copy.learned.state
    copy.learn(news((1, 3, 5.0)))
    after = copy.learned.state
    assert before is not None
    assert after is not None
    vectors = [jax.tree.leaves(each.raters.weights)[0] for each in (before, after)]  # type: ignore[union-attr]
    assert not np.array_equal(*vectors)
    assert not np.asarray(after.raters.gradient_MxD).any()  # type: ignore[union-attr]


def test_a_loss_that_is_not_finite_is_rolled_back(own: Callable[[], Recommender], ratings: pd.DataFrame) -> None:
    rec = own()
    rec.learned.config = replace(rec.learned.config, learn_rate=float("inf"))
    record = rec.learn(news((1, 3, 5.0)))
    assert record.rollbacks == rec.learned.rollbacks == 1
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(rec.learned.state))
    assert np.isfinite(rec.rank(history(ratings, 1))[1]).all()


def test_news_on_held_out_ratings_are_no_drift(copy: Recommender) -> None:
    """What the gate compares with is measured anew, without the ratings that left it and by the old weights."""
    learned = copy.learned
    learned.config = replace(learned.config, learn_rate=0.0)
    viewers, before = learned.gate_viewers, learned.serving
    rows, movies, half = learned.matrix.held_cells(viewers)
    stars_BxM = before.stars(learned.matrix.dense(viewers, learned.n_padded))
    error_N = stars_BxM[rows, movies] - half / 2
    worst = np.argsort(-np.abs(error_N))[: len(error_N) // 4]
    again = [(copy.users.list[viewers[rows[n]]], copy.movies.list[movies[n]], half[n] / 2) for n in worst]
    learned.drift = 0.001
    copy.learn(news(*again))
    left = np.delete(error_N, worst)
    assert learned.gate_rmse == pytest.approx(np.sqrt((left**2).mean()) - 0.001, abs=1e-5)
    assert abs(learned.drift) < 0.05  # the errors that left were larger


def test_a_fork_that_learned_and_is_dropped_leaves_no_trace(
    copy: Recommender, ratings: pd.DataFrame, tmp_path: Path
) -> None:
    mine = history(ratings, 3)
    before = copy.rank(mine)
    copy.fork().learn(news((1, "unheard of", 4.0), ("new", 2, 1.0), (2, 5, 0.0)))
    assert "unheard of" not in copy.movies
    copy.save(tmp_path / "after.ckpt")
    for rec in (copy, Recommender.load(tmp_path / "after.ckpt")):
        for old, new in zip(before, rec.rank(mine), strict=True):
            assert np.array_equal(old, new)


def test_learning_twice_gives_the_same_bits(saved: object, own: Callable[[], Recommender]) -> None:
    one, same = own(), own()
    for rec in (one, same):
        rec.learn(news((1, 3, 5.0), ("new", 2, 1.0)))
        rec.learn(news((2, 4, 0.5)))
    for a, b in zip(*(jax.tree.leaves(rec.learned.state) for rec in (one, same)), strict=True):
        assert np.array_equal(a, b)


def test_learning_before_the_first_training(ratings: pd.DataFrame, small: object) -> None:
    rec = Recommender.prepare(ratings, preset=small)  # type: ignore[arg-type]
    rec.learn(pd.DataFrame({"user": range(1, 100), "movie": 79, "stars": 5.0}))
    assert not rec.trained
    before = Recommender.prepare(ratings, preset=small).predict(news((120, 79, 1.0)))  # type: ignore[arg-type]
    assert rec.predict(news((120, 79, 1.0))).iloc[0] > before.iloc[0] + 0.3


@pytest.mark.slow
def test_a_burst_is_learned_in_one_run(copy: Recommender) -> None:
    rng = np.random.default_rng(0)
    pairs = rng.permutation(150 * 80)[:2500]
    frame = pd.DataFrame({"user": pairs // 80 + 1, "movie": pairs % 80 + 1, "stars": 4.0})
    copy.learn(frame)
    assert copy.learned.linear is not None
    again = solve(copy.learned.matrix, copy.learned.config, copy.learned.n_padded)
    np.testing.assert_allclose(copy.learned.linear.inverse_KxK, again.inverse_KxK, atol=1e-7)
