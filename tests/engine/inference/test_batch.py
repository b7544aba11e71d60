from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.config import preset
from engine.inference.batch import best_of_many
from engine.recommender import Recommender
from tests.helpers.made_up import history


def lists(made: pd.DataFrame) -> dict[object, list[object]]:
    return {user: rows["movie"].tolist() for user, rows in made.groupby("user")}


@pytest.mark.parametrize("preset", ["fitted", "study"])
@pytest.mark.parametrize(("dense", "cells"), [(2.0, 10**6), (0.3, 10**6), (0.0, 10**6), (0.3, 4_000)])
def test_many_lists_are_the_lists_of_each_viewer(
    preset: str, dense: float, cells: int, request: pytest.FixtureRequest, ratings: pd.DataFrame
) -> None:
    """However much of them is multiplied as a dense matrix, in however large blocks."""
    rec: Recommender = request.getfixturevalue(preset)
    viewers = rec.state.matrix.ratings()
    movie_BxL, score_BxL = best_of_many(rec.state.serving, viewers, 7, cells=cells, dense=dense)
    for row, user in enumerate(rec.users.list):
        one = rec.recommend(history(ratings, int(str(user))), n=7)
        assert [rec.movie_ids[movie] for movie in movie_BxL[row]] == one["movie"].tolist()
        np.testing.assert_allclose(score_BxL[row], one["score"], rtol=1e-4, atol=1e-6)


def test_lists_of_all_viewers_come_as_a_frame_in_the_order_of_the_viewers(fitted: Recommender) -> None:
    made = fitted.recommend_many(n=7)
    assert made.columns.tolist() == ["user", "movie", "score"]
    assert made["user"].drop_duplicates().tolist() == fitted.users.list
    movie_BxL, score_BxL = best_of_many(fitted.state.serving, fitted.state.matrix.ratings(), 7)
    assert made["movie"].tolist() == [fitted.movie_ids[movie] for movie in movie_BxL.ravel()]
    assert made["score"].tolist() == score_BxL.ravel().tolist()


def test_movies_that_edlae_does_not_cover_have_the_scores_of_single_lists(ratings: pd.DataFrame) -> None:
    small = replace(preset("default"), epochs=2, edlae_max_movies=30)
    rec = Recommender.fit(ratings, preset=small)
    assert rec.state.serving.edlae is not None
    assert len(rec.state.serving.edlae.movie_K) == 30
    n = len(rec.movies)
    for user, rows in rec.recommend_many(n=n).groupby("user"):
        one = rec.recommend(history(ratings, int(str(user))), n=n)
        assert rows["movie"].tolist() == one["movie"].tolist()
        np.testing.assert_allclose(rows["score"], one["score"], rtol=1e-4, atol=1e-6)


def test_updates_beside_the_matrix_count(copy: Recommender, ratings: pd.DataFrame) -> None:
    before = copy.recommend_many(n=5)
    copy.learn(pd.DataFrame({"user": [8], "movie": [77], "stars": [5.0]}))
    assert copy.state.serving.edlae is not None
    assert len(copy.state.serving.edlae.factor_RxK)
    after = copy.recommend_many(n=5)
    assert not after["score"].equals(before["score"])
    one = copy.recommend(history(ratings, 9), n=5)
    np.testing.assert_allclose(after[after["user"] == 9]["score"], one["score"], rtol=1e-4, atol=1e-6)


def test_strangers_get_lists_from_a_frame(fitted: Recommender, ratings: pd.DataFrame) -> None:
    some = ratings[ratings["user"].isin([4, 9])].assign(user=lambda f: "viewer " + f["user"].astype(str))
    known = lists(fitted.recommend_many())
    assert lists(fitted.recommend_many(some)) == {"viewer 4": known[4], "viewer 9": known[9]}
    odd = pd.DataFrame({"user": ["ana"], "movie": ["unheard of"], "stars": [5.0]})
    assert lists(fitted.recommend_many(odd)) == {"ana": fitted.recommend({})["movie"].tolist()}


def test_a_viewer_who_rated_nearly_all_gets_what_is_left(fitted: Recommender) -> None:
    movies = fitted.movie_ids
    most = pd.DataFrame({"user": ["all"] * 80 + ["but two"] * 78, "movie": movies + movies[:-2], "stars": 4.0})
    made = lists(fitted.recommend_many(most))
    assert set(made) == {"but two"}
    assert sorted(made["but two"]) == sorted(movies[-2:])  # type: ignore[type-var]
