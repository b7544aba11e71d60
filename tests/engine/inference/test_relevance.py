"""Relevance: the formula by hand, its laws, and the lens."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadOrder
from engine.inference.relevance import Ranking, lens_number, relevance
from engine.models.choice import LEAST_P, ChoiceModel, log_count
from engine.recommender import Recommender
from tests.helpers.made_up import history

CHOICE = ChoiceModel(k=0.8, p=0.3, eps=0.01)
scores = st.floats(-0.5, 2)
stars = st.floats(0.5, 5)
slopes = st.tuples(st.floats(0.05, 2), st.floats(LEAST_P, 1.5))


def one(score: float, predicted: float, count: float = 10, choice: ChoiceModel = CHOICE, lens: int = 2) -> float:
    arrays = (np.array([value]) for value in (score, predicted))
    return float(relevance(*arrays, log_count(np.array([count])), choice, lens)[0])


@pytest.mark.parametrize(("lens", "strength", "keep"), [
    (0, 4, 0.4), (1, 2, 0.2 * math.sqrt(2)), (2, 1, 0.2), (3, 0.5, 0.1), (4, 0.25, 0.05),
])  # fmt: skip
def test_relevance_is_the_formula(lens: int, strength: float, keep: float) -> None:
    utility = 0.25 * math.log(1 + math.exp((4 - 2.5) / 0.25))
    choice = 0.8 * (strength * math.log(0.5 + 0.01) - keep * math.log(10 + 50))
    assert one(0.5, 4.0, lens=lens) == pytest.approx(choice + 0.3 * 4 + math.log(utility), abs=1e-5)


def test_below_zero_the_choice_score_is_noise() -> None:
    assert one(-0.3, 4.0) == one(-0.1, 4.0) == one(0.0, 4.0) < one(0.001, 4.0)


@given(scores, scores, stars, slopes, st.integers(0, 4))
def test_more_choice_is_never_less_relevant(
    a: float, b: float, predicted: float, slope: tuple[float, float], lens: int
) -> None:
    low, high = sorted((a, b))
    choice = ChoiceModel(*slope)
    assert one(low, predicted, choice=choice, lens=lens) <= one(high, predicted, choice=choice, lens=lens)


@given(scores, stars, stars, slopes, st.integers(0, 4))
def test_more_stars_are_never_less_relevant(
    score: float, a: float, b: float, slope: tuple[float, float], lens: int
) -> None:
    low, high = sorted((a, b))
    choice = ChoiceModel(*slope)
    assert one(score, low, choice=choice, lens=lens) <= one(score, high, choice=choice, lens=lens) + 1e-5


def test_of_two_equal_movies_the_less_known_one_is_first() -> None:
    assert one(0.5, 4.0, count=5) > one(0.5, 4.0, count=500)


def test_lists_go_from_what_is_known_to_what_is_loved(fitted: Recommender, ratings: pd.DataFrame) -> None:
    """From notch to notch the choice scores of the lists fall and their predicted stars rise."""
    choice, stars_of = [], []
    for lens in range(5):
        viewers = [fitted.fold_in(history(ratings, user), lens=lens) for user in range(1, 61)]
        listed = [(viewer, fitted.list_for(viewer, 5).movies) for viewer in viewers]
        choice.append(np.mean([viewer.choice_M[movies].mean() for viewer, movies in listed]))
        stars_of.append(np.mean([viewer.stars_M[movies].mean() for viewer, movies in listed]))
    assert choice == sorted(choice, reverse=True)
    assert stars_of == sorted(stars_of)
    assert stars_of[4] > stars_of[0]


def test_each_order_ranks_by_its_own_figure(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine = history(ratings, 6)
    viewer = fitted.fold_in(mine)
    for order, figure_M in (("choice", viewer.choice_M), ("stars", viewer.stars_M), ("relevance", viewer.score_M)):
        open_M = figure_M.copy()
        open_M[viewer.ratings.movie_N] = -np.inf
        listed = fitted.recommend(mine, 5, order=order)["movie"].tolist()  # type: ignore[arg-type]
        assert listed == [fitted.movie_ids[movie] for movie in np.argsort(-open_M, kind="stable")[:5]]


@pytest.mark.parametrize("order", ["choice", "stars", "relevance"])
def test_one_viewer_and_many_have_the_same_order(fitted: Recommender, ratings: pd.DataFrame, order: str) -> None:
    mine = ratings[ratings["user"].isin([6, 7])]
    score = fitted.score(mine, order=order, lens="loved")  # type: ignore[arg-type]
    many = fitted.recommend_many(mine, 5, order=order, lens="loved")  # type: ignore[arg-type]
    for user, rows in mine.groupby("user"):
        viewer = fitted.fold_in(rows, order, 4)  # type: ignore[arg-type]
        np.testing.assert_allclose(score.loc[user], viewer.score_M, rtol=1e-3, atol=1e-4)
        listed = fitted.recommend(rows, 5, order=order, lens=4)["movie"].tolist()  # type: ignore[arg-type]
        assert many.loc[many["user"] == user, "movie"].tolist() == listed


def test_the_study_ranks_by_stars_whatever_the_order(study: Recommender, ratings: pd.DataFrame) -> None:
    viewer = study.fold_in(history(ratings, 6))
    assert viewer.score_M is viewer.stars_M


def test_of_a_viewer_without_ratings_popularity_is_the_choice_score(fitted: Recommender) -> None:
    viewer, serving, n = fitted.fold_in({}), fitted.state.serving, len(fitted.movie_ids)
    wanted_M = relevance(serving.popularity_M[:n], viewer.stars_M, serving.log_count_M[:n], serving.choice)
    np.testing.assert_array_equal(viewer.score_M, wanted_M)


def test_before_the_first_training_the_most_popular_are_first(ratings: pd.DataFrame) -> None:
    rec = Recommender.prepare(ratings)
    popular_M = rec.state.serving.popularity_M[: len(rec.movie_ids)]
    assert rec.list_for({}, 5).movies.tolist() == np.argsort(-popular_M, kind="stable")[:5].tolist()


def test_a_lens_has_a_name_and_a_number() -> None:
    assert [lens_number(lens) for lens in ("familiar", "middle", "loved", 3, "1")] == [0, 2, 4, 3, 1]


@pytest.mark.parametrize("lens", ["lovd", 5, -1, "", True])
def test_an_unknown_lens_is_refused(lens: int | str) -> None:
    with pytest.raises(BadOrder, match="there is no lens"):
        lens_number(lens)


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(BadOrder, match="did you mean 'stars'"):
        Ranking.of("star")
