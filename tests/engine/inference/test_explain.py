"""Why a movie: exact where EDLAE ranks, left out one by one where the network ranks, and true when it is tried."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.importing import read_dataset
from engine.inference import explain
from engine.models.autoencoder import forward
from engine.recommender import Recommender
from tests.helpers.made_up import N_MOVIES, history

TRUE = 0.95
"""Share of movies whose score must fall when their top reason is taken back."""


def faithful(rec: Recommender, histories: Iterable[pd.DataFrame], n: int = 5) -> np.ndarray:
    """For every movie of every list, whether its score falls when the history is read without its top reason."""
    fallen = []
    for mine in histories:
        scores = rec.rank(mine)[0]
        for movie in rec.recommend(mine, n)["movie"]:
            target, reason = rec.movies.index(movie), rec.explain(mine, movie, n=1)["movie"].iloc[0]
            fallen.append(rec.rank(mine[mine["movie"] != reason])[0][target] < scores[target])
    return np.array(fallen)


@pytest.mark.parametrize("preset", ["fitted", "study"])
def test_the_top_reason_is_true(preset: str, request: pytest.FixtureRequest, ratings: pd.DataFrame) -> None:
    rec: Recommender = request.getfixturevalue(preset)
    fallen = faithful(rec, (history(ratings, user) for user in range(1, 61)))
    assert len(fallen) == 300
    assert fallen.mean() >= TRUE


@pytest.mark.slow
def test_the_top_reason_is_true_of_real_viewers() -> None:
    """MovieLens 100K, the five best of 320 viewers, where MATINEE_TEST_DATA names its folder."""
    folder = os.environ.get("MATINEE_TEST_DATA")
    path = Path(folder or "", "ml-100k.zip")
    if not folder or not path.exists():
        pytest.skip("MATINEE_TEST_DATA names no folder with ml-100k.zip")
    data = read_dataset(path)
    drawn = np.random.default_rng(0).choice(data.ratings["user"].unique(), 320, replace=False)
    histories = [mine for user, mine in data.ratings.groupby("user") if user in set(drawn.tolist())]
    assert faithful(Recommender.fit(data.ratings, data.movies), histories).mean() >= TRUE
    assert faithful(Recommender.fit(data.ratings, data.movies, "study", epochs=5), histories[:60]).mean() >= TRUE


def contributions(rec: Recommender, mine: pd.DataFrame, targets: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The rated columns, and what each gives to the targets."""
    ratings = rec.fold_in(mine).ratings
    return ratings.movie_N, explain.contributions(rec.state.serving, ratings, np.array(targets))


def test_where_edlae_ranks_a_part_is_what_the_score_loses(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine, targets = history(ratings, 6), [3, 40]
    movies, part_LxC = contributions(fitted, mine, targets)
    whole = fitted.rank(mine)[0]
    for movie, parts in zip(movies, part_LxC, strict=True):
        without = fitted.rank(mine[mine["movie"] != fitted.movie_ids[movie]])[0]
        lost = np.where(np.array(targets) == movie, parts, (whole - without)[targets])
        np.testing.assert_allclose(parts, lost, atol=1e-5)


@pytest.mark.parametrize("block", [256, 4])
def test_a_network_s_part_is_what_the_score_loses(study: Recommender, ratings: pd.DataFrame, block: int) -> None:
    """Also where the history does not fit into one block."""
    mine, targets = history(ratings, 6).head(9), [3, 40]
    rated = study.fold_in(mine).ratings
    movies, part_LxC = rated.movie_N, explain.left_out(study.state.serving, rated, np.array(targets), block)
    whole = study.rank(mine)[0]
    for movie, parts in zip(movies, part_LxC, strict=True):
        without = study.rank(mine[mine["movie"] != study.movie_ids[movie]])[0]
        np.testing.assert_allclose(parts, (whole - without)[targets], atol=1e-4)


def test_stars_are_not_predicted_where_edlae_ranks(copy: Recommender, ratings: pd.DataFrame) -> None:
    """Though ratings are left out one by one, since nobody rated the movie."""
    copy.add_movies(pd.DataFrame({"movie": [900], "genres": ["Drama"], "year": [1990]}))
    no_weights = replace(copy.state.serving.network, weights=None)
    copy.state = copy.state.with_serving(network=no_weights)
    assert np.abs(contributions(copy, history(ratings, 6), [N_MOVIES])[1]).sum() > 0


def test_leaving_out_compiles_one_shape(study: Recommender, ratings: pd.DataFrame) -> None:
    contributions(study, history(ratings, 6), [3])
    compiled = forward._cache_size()
    for length in (1, 2, 7):
        contributions(study, history(ratings, 7).head(length), [3, 5, 8])
    assert forward._cache_size() == compiled


def test_no_history_has_no_parts(fitted: Recommender, study: Recommender) -> None:
    for rec in (fitted, study):
        assert contributions(rec, pd.DataFrame({"movie": [], "stars": []}), [3, 5])[1].shape == (0, 2)
        assert len(rec.explain({}, 5)) == 0


def test_a_movie_that_nobody_rated_is_explained_by_its_kind(copy: Recommender) -> None:
    """Its score is read from its content, so each rating's part is what that score loses."""
    copy.add_movies(pd.DataFrame({"movie": [900], "genres": ["Drama"], "year": [1990]}))
    mine = pd.DataFrame({"movie": range(1, 13), "stars": [1.0, 5.0] * 6})
    movies, part_LxC = contributions(copy, mine, [N_MOVIES])
    whole = copy.rank(mine)[0][N_MOVIES]
    best = movies[np.argmax(part_LxC[:, 0])]
    without = copy.rank(mine[mine["movie"] != copy.movie_ids[best]])[0][N_MOVIES]
    assert part_LxC.max() == pytest.approx(whole - without, abs=1e-5)
    assert copy.movie_ids[best] % 2 == 0
