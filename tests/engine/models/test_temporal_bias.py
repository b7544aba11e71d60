from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.config import preset
from engine.models.temporal_bias import local_bias
from engine.recommender import Recommender

CONFIG = replace(preset("default"), temporal_weight=2.0, temporal_seconds=60.0, temporal_shrink=1.0)


def test_the_formula_by_hand() -> None:
    bias_Q = local_bias(np.array([60.0]), np.array([0.0, 60.0, 180.0]), np.array([0.6, 0.3, -0.9]), CONFIG)
    near = np.array([1 / 2, 1, 1 / 3])
    assert bias_Q.tolist() == pytest.approx([2 * (near @ [0.6, 0.3, -0.9]) / (near.sum() + 1)])


def test_an_unknown_timestamp_has_no_weight_and_no_bias() -> None:
    dated = local_bias(np.array([10.0]), np.array([0.0]), np.array([1.0]), CONFIG)
    with_unknown = local_bias(np.array([10.0, np.nan]), np.array([0.0, np.nan]), np.array([1.0, 1.0]), CONFIG)
    assert with_unknown.tolist() == [dated[0], 0.0]
    assert local_bias(np.array([10.0]), np.zeros(0), np.zeros(0), CONFIG).tolist() == [0.0]


def ratings_in_two_moods() -> pd.DataFrame:
    """Everybody rates half of the movies on a good day, and the other half, a day later, two stars lower."""
    rows = [
        (user, movie, 4.5 if movie < 10 else 2.5, 86_400 * (movie >= 10) + movie)
        for user in range(30)
        for movie in np.random.default_rng(user).permutation(20)[:14].tolist()
    ]
    swapped = [(u, m, 7.0 - s if u % 2 else s, at + 10**6 * u) for u, m, s, at in rows]
    return pd.DataFrame(swapped, columns=["user", "movie", "stars", "at"])


def test_a_prediction_for_a_time_follows_the_ratings_of_that_time() -> None:
    rec = Recommender.prepare(ratings_in_two_moods(), preset=replace(preset("default"), held_out=0.0))
    pairs = pd.DataFrame({"user": [0, 0, 0], "movie": [19, 19, 19], "at": [5, 86_405, 10**12]})
    good_day, bad_day, long_after = rec.predict(pairs).tolist()
    assert good_day > long_after + 0.3
    assert bad_day < long_after - 0.3
    assert long_after == pytest.approx(rec.predict(pairs[["user", "movie"]])[0], abs=0.01)


def test_a_prediction_for_a_time_stays_in_the_range_of_stars() -> None:
    ratings = ratings_in_two_moods()
    rec = Recommender.prepare(ratings, preset=replace(preset("default"), temporal_weight=100.0))
    predicted = rec.predict(ratings)
    assert predicted.min() == ratings["stars"].min()
    assert predicted.max() == ratings["stars"].max()


def test_unknown_viewers_and_movies_are_predicted_for_a_time_too() -> None:
    rec = Recommender.prepare(ratings_in_two_moods())
    pairs = pd.DataFrame({"user": [99, 0], "movie": [1, 77], "at": [5, 5]})
    assert rec.predict(pairs).notna().all()
    assert rec.predict(pairs)[0] == rec.predict(pairs[["user", "movie"]])[0]


def test_timestamps_survive_learning_and_a_checkpoint(tmp_path: Path) -> None:
    rec = Recommender.prepare(ratings_in_two_moods())
    rec.learn(pd.DataFrame({"user": [0, 0], "movie": [19, 18], "stars": [5.0, 5.0], "at": [7, 2 * 10**6]}))
    rec.save(tmp_path / "model.npz")
    again = Recommender.load(tmp_path / "model.npz")
    pairs = pd.DataFrame({"user": [0, 0], "movie": [3, 3], "at": [2 * 10**6, 3 * 10**6]})
    assert again.predict(pairs).tolist() == rec.predict(pairs).tolist()
    assert again.predict(pairs)[0] > again.predict(pairs)[1] + 0.1
