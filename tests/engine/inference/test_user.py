from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from engine.inference.recommend import candidates
from engine.models.cold_start import STARS_KAPPA
from engine.recommender import Recommender
from tests.helpers.made_up import N_MOVIES, history


def test_a_listed_movie_that_hardly_anybody_rated_shows_what_its_content_says(copy: Recommender) -> None:
    copy.add_movies(pd.DataFrame({"movie": [900], "genres": ["Drama"], "year": [1990]}))
    viewer = copy.fold_in(dict.fromkeys(range(2, 21, 2), 5.0))
    assert copy.state.serving.cold_start is not None
    assert copy.state.serving.cold_start.is_thin(np.array([N_MOVIES]), STARS_KAPPA)
    rated = viewer.ratings
    own = copy.state.serving.network.stars_of_one(rated.movie_N, rated.half_N, np.array([N_MOVIES]))[0]
    assert viewer.stars_M[N_MOVIES] != own


def test_an_answer_is_of_the_weights_it_began_with(copy: Recommender) -> None:
    viewer = copy.fold_in({1: 5.0})
    before = copy.rank({1: 5.0})[1]
    network = copy.state.serving.network
    lower = replace(network, biases=network.biases._replace(mean=network.biases.mean - 1))
    copy.state = copy.state.with_serving(network=lower)
    assert copy.rank({1: 5.0})[1].tolist() != before.tolist()
    assert viewer.stars_M.tolist() == before.tolist()


def test_one_viewer_is_scored_like_a_row_of_many(copy: Recommender, ratings: pd.DataFrame) -> None:
    """Before and after an update that is kept beside the matrix."""
    for _ in range(2):
        edlae = copy.state.serving.edlae
        assert edlae is not None
        one = copy.fold_in(history(ratings, 8)).ratings
        twice = one.take(np.array([0, 0]))
        np.testing.assert_allclose(edlae.scores(one)[0], edlae.scores(twice)[1], atol=1e-6)
        copy.learn(pd.DataFrame({"user": [8], "movie": [77], "stars": [5.0]}))
    assert copy.state.serving.edlae is not None
    assert len(copy.state.serving.edlae.factor_RxK)


def test_candidates_are_without_what_is_left_out_and_may_be_few() -> None:
    score_M = np.array([0.1, 0.9, 0.9, 0.5, 0.4], np.float32)
    assert candidates(score_M, np.array([3]), 3).tolist() == [1, 2, 4]
    assert candidates(score_M, np.array([3, 1]), 9).tolist() == [2, 4, 0]
    assert candidates(score_M, np.arange(5), 2).tolist() == []
