"""Why a movie: parts that add up to the relevance, left out one by one where no sum is known, and true when tried."""

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
from engine.inference.ranking import Ranking
from engine.inference.relevance import choice_part, relevance, stars_part
from engine.inference.serving import BY_RELEVANCE
from engine.models.autoencoder import forward
from engine.recommender import Recommender
from engine.types import Reason
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


def contributions(
    rec: Recommender, mine: pd.DataFrame, targets: list[int], ranking: Ranking = BY_RELEVANCE
) -> tuple[np.ndarray, np.ndarray]:
    """The rated columns, and what each gives to the targets."""
    ratings = rec.fold_in(mine).ratings
    parts = explain.contributions(rec.state.serving, ratings, np.array(targets), ranking)
    return ratings.movie_N, parts.total_LxC


@pytest.mark.parametrize("lens", range(5))
@pytest.mark.parametrize("length", [1, 2, 30])
def test_parts_add_up_to_what_the_history_changes(
    copy: Recommender, ratings: pd.DataFrame, lens: int, length: int
) -> None:  # fmt: skip
    """Also for a movie that nobody rated, whose kind speaks for it."""
    copy.add_movies(pd.DataFrame({"movie": [900], "genres": ["Drama"], "year": [1990]}))
    mine, targets = history(ratings, 6).head(length), [3, 40, N_MOVIES]
    _, part_LxC = contributions(copy, mine, targets, Ranking(lens=lens))
    serving = copy.state.serving
    whole, nothing = (
        relevance(viewer.choice_M, viewer.stars_M, serving.log_count_M[: N_MOVIES + 1], serving.choice, lens)[targets]
        for viewer in (copy.fold_in(mine), copy.fold_in({}))
    )
    assert whole.tolist() == copy.fold_in(mine, lens=lens).score_M[targets].tolist()
    np.testing.assert_allclose(part_LxC.sum(0), whole - nothing, atol=1e-4)


def test_choice_and_stars_have_their_own_parts(fitted: Recommender, ratings: pd.DataFrame) -> None:
    """Each kind adds up to what the history changes in it: relevance without the other has no other parts."""
    mine, targets = history(ratings, 6), np.array([3, 40])
    serving = fitted.state.serving
    parts = explain.contributions(serving, fitted.fold_in(mine).ratings, targets)
    viewers = fitted.fold_in(mine), fitted.fold_in({})
    choice_C, no_choice_C = (choice_part(viewer.choice_M[targets], serving.choice, 2) for viewer in viewers)
    stars_C, no_stars_C = (stars_part(viewer.stars_M[targets], serving.choice) for viewer in viewers)
    np.testing.assert_allclose(parts.choice_LxC.sum(0), choice_C - no_choice_C, atol=1e-4)
    np.testing.assert_allclose(parts.stars_LxC.sum(0), stars_C - no_stars_C, atol=1e-4)


def test_a_part_of_the_choice_score_is_what_it_loses(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine, targets = history(ratings, 6), [3, 40]
    movies, part_LxC = contributions(fitted, mine, targets, Ranking("choice"))
    whole = fitted.fold_in(mine, "choice").score_M
    for movie, parts in zip(movies, part_LxC, strict=True):
        without = fitted.fold_in(mine[mine["movie"] != fitted.movie_ids[movie]], "choice").score_M
        lost = np.where(np.array(targets) == movie, parts, (whole - without)[targets])
        np.testing.assert_allclose(parts, lost, atol=1e-5)


@pytest.mark.parametrize("block", [256, 4])
def test_a_network_s_part_is_what_the_score_loses(study: Recommender, ratings: pd.DataFrame, block: int) -> None:
    """Also where the history does not fit into one block."""
    mine, targets = history(ratings, 6).head(9), [3, 40]
    rated = study.fold_in(mine).ratings
    serving = study.state.serving
    movies = rated.movie_N
    part_LxC = explain.left_out(serving.stars, rated, np.array(targets), serving.network.n_padded, block)
    whole = study.rank(mine)[0]
    for movie, parts in zip(movies, part_LxC, strict=True):
        without = study.rank(mine[mine["movie"] != study.movie_ids[movie]])[0]
        np.testing.assert_allclose(parts, (whole - without)[targets], atol=1e-4)


def test_stars_are_not_predicted_where_the_choice_score_ranks(copy: Recommender, ratings: pd.DataFrame) -> None:
    """Though ratings are left out one by one, since nobody rated the movie."""
    copy.add_movies(pd.DataFrame({"movie": [900], "genres": ["Drama"], "year": [1990]}))
    no_weights = replace(copy.state.serving.network, weights=None)
    copy.state = copy.state.with_serving(network=no_weights)
    assert np.abs(contributions(copy, history(ratings, 6), [N_MOVIES], Ranking("choice"))[1]).sum() > 0


def test_a_movie_that_the_viewer_disliked_is_no_reason(fitted: Recommender, ratings: pd.DataFrame) -> None:
    for user in range(1, 61):
        mine = history(ratings, user)
        least = max(mine["stars"].mean(), 3.0)
        listed = fitted.recommend(mine, 5)["movie"]
        for reasons in fitted.reasons(mine, listed):
            assert all(reason.stars >= least for reason in reasons)
    assert fitted.reasons({1: 2.5, 2: 2.0}, [5, 7]) == [(), ()]


def test_a_reason_says_what_of_it_comes_from_rating_alike(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine, target = history(ratings, 6), 40
    parts = explain.contributions(fitted.state.serving, fitted.fold_in(mine).ratings, np.array([target])).shares()
    columns = fitted.fold_in(mine).ratings.movie_N.tolist()
    [reasons] = fitted.reasons(mine, [fitted.movie_ids[target]])
    assert reasons
    for reason in reasons:
        row = columns.index(fitted.movies.index(reason.movie_id))
        assert reason.share == pytest.approx(parts.total_LxC[row, 0])
        assert reason.stars_share == pytest.approx(parts.stars_LxC[row, 0])


@pytest.mark.parametrize("lens", range(5))
def test_one_sentence_is_true_of_the_larger_part_and_of_each_movie(
    fitted: Recommender, ratings: pd.DataFrame, lens: int
) -> None:  # fmt: skip
    kinds = set()
    for user in range(1, 31):
        viewer = fitted.fold_in(history(ratings, user), lens=lens)
        listed = fitted.recommend(history(ratings, user), 5, lens=lens)["movie"]
        everyone = fitted.reasons(viewer, listed, 100)
        for speakers, reasons in zip(everyone, fitted.reasons(viewer, listed, 3, one_kind=True), strict=True):
            by_rating = sum(2 * each.stars_share - each.share for each in speakers) > 0
            assert list(reasons) == [each for each in speakers if each.by_rating == by_rating][:3]
            assert bool(reasons) == bool(speakers)
            kinds.add(by_rating)
    assert kinds == ({False} if lens == 0 else {True} if lens == 4 else kinds)


def test_a_reason_is_by_rating_where_that_is_the_larger_part() -> None:
    assert Reason(1, 5.0, 0.4, 0.3).by_rating
    assert not Reason(1, 5.0, 0.4, 0.1).by_rating


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
    movies, part_LxC = contributions(copy, mine, [N_MOVIES], Ranking("choice"))
    whole = copy.fold_in(mine, "choice").score_M[N_MOVIES]
    best = movies[np.argmax(part_LxC[:, 0])]
    without = copy.fold_in(mine[mine["movie"] != copy.movie_ids[best]], "choice").score_M[N_MOVIES]
    assert part_LxC.max() == pytest.approx(whole - without, abs=1e-5)
    assert copy.movie_ids[best] % 2 == 0


def test_a_rated_movie_does_not_speak_for_itself(fitted: Recommender) -> None:
    mine = {1: 5.0, 3: 4.5, 5: 4.0}
    [reasons] = fitted.reasons(mine, [1], 10)
    assert {reason.movie_id for reason in reasons} <= {3, 5}
