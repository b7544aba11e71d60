from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

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


def test_another_lens_is_the_same_as_to_begin_with_it(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine = history(ratings, 8)
    viewer = fitted.fold_in(mine, lens=4)
    assert len(viewer.score_M)
    other = viewer.through(1)
    assert other.stars_M is viewer.stars_M
    assert other.choice_M is viewer.choice_M
    assert other.score_M.tolist() == fitted.fold_in(mine, lens=1).score_M.tolist() != viewer.score_M.tolist()


def test_a_movie_is_familiar_where_one_further_down_has_half_a_star_more(
    fitted: Recommender, ratings: pd.DataFrame
) -> None:  # fmt: skip
    """Down to ten places after the list; also for what diversity takes from far down."""
    found = set()
    for user in range(1, 61):
        viewer = fitted.fold_in(history(ratings, user), lens=0)
        for strength in (0.0, 0.9):
            made, order = fitted.list_for(viewer, 5, strength), fitted.list_for(viewer, 15).movies.tolist()
            tenths = np.rint(viewer.stars_M * 10)
            for movie, familiar in zip(made.movies.tolist(), made.familiar.tolist(), strict=True):
                below = order[order.index(movie) + 1 :] if movie in order else []
                assert familiar == any(tenths[other] >= tenths[movie] + 5 for other in below)
                found.add(familiar)
    assert found == {False, True}


def test_a_list_says_how_well_known_it_is(copy: Recommender, ratings: pd.DataFrame) -> None:
    counts = np.bincount(copy.state.matrix.movie_N, ~copy.state.matrix.held_N, N_MOVIES)
    made = copy.list_for(history(ratings, 8), 5)
    assert made.shown.ratings == pytest.approx(counts[made.movies].mean(), abs=0.01)
    fewer = [(counts < counts[movie]).mean() for movie in made.movies]
    assert made.shown.known == pytest.approx(np.mean(fewer))
    copy.add_movies(pd.DataFrame({"movie": [900], "genres": ["Drama"], "year": [1990]}))
    count_L, fewer_L = copy.state.serving.fame(np.array([N_MOVIES]), N_MOVIES + 1)
    assert (round(float(count_L[0]), 3), float(fewer_L[0])) == (0, 0)


def test_candidates_are_without_what_is_left_out_and_may_be_few() -> None:
    score_M = np.array([0.1, 0.9, 0.9, 0.5, 0.4], np.float32)
    assert candidates(score_M, np.array([3]), 3).tolist() == [1, 2, 4]
    assert candidates(score_M, np.array([3, 1]), 9).tolist() == [2, 4, 0]
    assert candidates(score_M, np.arange(5), 2).tolist() == []


def test_what_is_shown_is_corrected_for_selection_but_not_where_the_viewer_rated(copy: Recommender) -> None:
    """By the formula, over the whole catalogue and for a few movies alike; the interval is around it."""
    serving = copy.state.serving
    copy.state = copy.state.with_serving(selection=replace(serving.selection, strength=0.2))
    viewer = copy.fold_in({1: 5.0, 2: 1.0, 3: 4.0})
    rated = viewer.ratings.movie_N
    n, level = len(copy.movie_ids), copy.state.serving.network.levels(viewer.ratings)[0]
    excess_M = copy.state.serving.selection.excess(
        viewer.stars_M, viewer.choice_M, serving.log_count_M[:n], serving.network.movie_biases[:n], np.array([3]), level
    )
    unseen = np.setdiff1d(np.arange(n), rated)
    low, high = serving.network.scale
    wanted_M = np.clip(viewer.stars_M - excess_M, low, high)
    np.testing.assert_allclose(viewer.shown_M[unseen], wanted_M[unseen], atol=1e-5)
    assert (viewer.shown_M[unseen] < viewer.stars_M[unseen]).mean() > 0.9
    np.testing.assert_array_equal(viewer.shown_M[rated], viewer.stars_M[rated])
    some = np.array([9, 4, rated[0]])
    np.testing.assert_allclose(viewer.shown(some), viewer.shown_M[some], atol=1e-5)
    low_C, high_C = viewer.interval(some)
    assert (low <= low_C).all()
    assert (low_C < viewer.shown(some)).all()
    assert (viewer.shown(some) < high_C).all()
    assert (high_C <= high).all()


def test_the_listed_stars_and_intervals_are_those_of_the_viewer(fitted: Recommender, ratings: pd.DataFrame) -> None:
    viewer = fitted.fold_in(history(ratings, 8))
    for strength in (0.0, 0.5):
        made = fitted.list_for(viewer, 5, strength)
        np.testing.assert_allclose(made.stars, viewer.shown_M[made.movies], atol=1e-5)
        low_L, high_L = viewer.interval(made.movies)
        np.testing.assert_array_equal((made.low, made.high), (low_L, high_L))
        assert made.shown.mean_stars == np.float32(viewer.shown(made.movies).mean())


def test_who_rated_more_has_narrower_intervals(fitted: Recommender) -> None:
    few, many = fitted.fold_in({1: 4.0, 2: 3.0}), fitted.fold_in({m: 3.0 + m % 2 for m in range(1, 40)})
    serving = fitted.state.serving
    model = replace(serving.uncertainty, viewer=2.0, quantile=0.2)  # narrow enough for no end to be clipped
    widths = []
    for viewer in (few, many):
        low_C, high_C = replace(viewer, serving=replace(serving, uncertainty=model)).interval(np.arange(50, 60))
        widths.append((high_C - low_C).mean())
    assert widths[1] < widths[0]


def test_pairs_have_the_stars_and_intervals_of_viewers(fitted: Recommender) -> None:
    """Of known viewers and movies as those of a fold-in of all their ratings; of unknown ones by what is known."""
    matrix = fitted.state.matrix
    user = fitted.users.index(8)
    movie_N, half_N = matrix.row(user)
    viewer = fitted.fold_in({fitted.movie_ids[m]: h / 2 for m, h in zip(movie_N, half_N, strict=True)})
    columns = np.array([3, 40, int(movie_N[0])])
    ids = [fitted.movie_ids[column] for column in columns]
    pairs = pd.DataFrame({"user": 8, "movie": ids})
    np.testing.assert_allclose(fitted.predict(pairs), viewer.stars_M[columns], atol=1e-4)
    np.testing.assert_allclose(fitted.predict(pairs, shown=True), viewer.shown_M[columns], atol=1e-4)
    np.testing.assert_allclose(fitted.interval(pairs, shown=True).T, viewer.interval(columns), atol=1e-4)
    strange = pd.DataFrame({"user": [-7, 8, -7], "movie": [1, -9, -9]})
    ends = fitted.interval(strange)
    low, high = fitted.state.serving.network.scale
    assert ((low <= ends["low"]) & (ends["low"] < fitted.predict(strange))).all()
    assert ((fitted.predict(strange) < ends["high"]) & (ends["high"] <= high)).all()
