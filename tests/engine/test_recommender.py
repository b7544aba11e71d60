from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadFrame, BadStars, BadStrength, UnknownMovie
from engine.recommender import Recommender
from tests.helpers.made_up import N_MOVIES, history


def test_predictions_are_in_order_and_never_nan(fitted: Recommender) -> None:
    pairs = pd.DataFrame({"user": [3, -1, 3, -1, 4], "movie": [5, 5, "nothing", "nothing", 5]}, index=list("abcde"))
    stars = fitted.predict(pairs)
    assert stars.index.tolist() == list("abcde")
    assert stars.between(0.5, 5).all()
    alone = [fitted.predict(pairs.iloc[[row]]).iloc[0] for row in range(5)]
    np.testing.assert_allclose(stars, alone, rtol=1e-6)
    assert len(fitted.predict(pairs.head(0))) == 0


def test_an_unknown_viewer_of_an_unknown_movie_gets_the_mean(fitted: Recommender) -> None:
    stars = fitted.predict(pd.DataFrame({"user": ["who"], "movie": ["what"]}))
    assert stars.iloc[0] == pytest.approx(float(fitted.state.serving.network.biases.mean), abs=1e-4)


@pytest.mark.parametrize("preset", ["fitted", "study"])
def test_an_unknown_viewer_gets_the_movie_s_bias(preset: str, request: pytest.FixtureRequest) -> None:
    rec: Recommender = request.getfixturevalue(preset)
    biases = rec.state.serving.network.biases
    wanted = float(biases.mean) + np.asarray(biases.movie_M)[:3]
    stars = rec.predict(pd.DataFrame({"user": "who", "movie": rec.movie_ids[:3]}))
    np.testing.assert_allclose(stars, wanted, atol=1e-4)
    np.testing.assert_allclose(rec.rank({})[1][:3], wanted, atol=1e-4)


def test_a_known_viewer_is_predicted_from_the_history(fitted: Recommender, ratings: pd.DataFrame) -> None:
    _, stars_M = fitted.rank(history(ratings, 8))
    got = fitted.predict(pd.DataFrame({"user": 8, "movie": fitted.movie_ids}))
    np.testing.assert_allclose(got, stars_M, atol=1e-4)


def test_scores_have_a_row_a_viewer_and_a_column_a_movie(fitted: Recommender, ratings: pd.DataFrame) -> None:
    some = ratings[ratings["user"].isin([4, 9])].assign(user=lambda f: "viewer " + f["user"].astype(str))
    scores = fitted.score(some)
    assert sorted(scores.index) == ["viewer 4", "viewer 9"]
    assert scores.columns.tolist() == fitted.movie_ids
    np.testing.assert_allclose(scores.loc["viewer 9"], fitted.rank(history(ratings, 9))[0], rtol=1e-4, atol=1e-6)


def test_a_viewer_whose_movies_are_all_unknown_still_has_a_row(fitted: Recommender) -> None:
    scores = fitted.score(pd.DataFrame({"user": ["ana"], "movie": ["unheard of"], "stars": [5.0]}))
    assert scores.shape == (1, N_MOVIES)
    np.testing.assert_allclose(scores.iloc[0], fitted.rank({})[0], atol=1e-6)


def test_the_list_holds_nothing_rated_and_nothing_excluded(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine = history(ratings, 6)
    made = fitted.recommend(mine, n=10)
    assert made.columns.tolist() == ["movie", "score", "stars", "low", "high"]
    assert len(made) == 10
    assert made["score"].is_monotonic_decreasing
    assert not set(made["movie"]) & set(mine["movie"])
    first = made["movie"].iloc[0]
    assert first not in fitted.recommend(mine, n=10, exclude=[first, "unheard of"])["movie"].tolist()


def test_the_list_goes_with_the_taste(fitted: Recommender) -> None:
    for parity in (0, 1):
        liked = {movie: 5.0 if movie % 2 == parity else 1.0 for movie in range(1, 11)}
        top = fitted.recommend(liked, n=5)["movie"]
        assert (top % 2 == parity).all()


def test_a_longer_list_than_there_are_movies(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine = history(ratings, 6)
    assert len(fitted.recommend(mine, n=1000)) == N_MOVIES - len(mine)
    everything = dict.fromkeys(fitted.movie_ids, 3.0)
    assert len(fitted.recommend(everything)) == 0


def test_a_viewer_without_a_history_gets_movies_that_many_know_and_like(fitted: Recommender) -> None:
    listed = fitted.list_for({}, 5).movies
    for figure_M in (fitted.state.serving.popularity_M, fitted.rank({})[1]):
        assert figure_M[listed].mean() > np.quantile(figure_M[: len(fitted.movie_ids)], 0.6)


def test_histories_as_frames_and_as_dicts_are_alike(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine = history(ratings, 6)
    as_dict = dict(zip(mine["movie"], mine["stars"], strict=True))
    pd.testing.assert_frame_equal(fitted.recommend(mine), fitted.recommend(as_dict))
    with pytest.raises(BadStars):
        fitted.recommend({1: 7.0})


def test_diversity_brings_other_genres_in(fitted: Recommender, ratings: pd.DataFrame) -> None:
    mine = history(ratings, 6)
    for method in ("calibrated", "mmr", "dpp"):
        made = fitted.list_for(mine, 5, 0.9, method)  # type: ignore[arg-type]
        assert made.shown.ild > made.plain.ild
        assert made.shown.genres >= made.plain.genres
        assert made.shown.mean_stars <= made.plain.mean_stars + 0.5
    assert np.array_equal(fitted.list_for(mine, 5, 0.0).movies, fitted.list_for(mine, 5).plain_movies)


def test_reasons_are_rated_movies_that_speak_for_the_recommended_one(
    fitted: Recommender, study: Recommender, ratings: pd.DataFrame
) -> None:
    mine = history(ratings, 6)
    for rec in (fitted, study):
        top = rec.recommend(mine)["movie"].tolist()
        reasons = rec.reasons(mine, top, n=2)
        assert len(reasons) == 5
        for some in reasons:
            assert len(some) <= 2
            assert all(reason.movie_id in set(mine["movie"]) and reason.share > 0 for reason in some)
        assert rec.reasons({}, top) == [()] * 5


def test_explaining(fitted: Recommender, study: Recommender, ratings: pd.DataFrame) -> None:
    mine = history(ratings, 6)
    for rec in (fitted, study):
        why = rec.explain(mine, rec.recommend(mine)["movie"].iloc[0])
        assert set(why["movie"]) == set(mine["movie"])
        assert why["share"].abs().sum() == pytest.approx(1)
        assert why["share"].is_monotonic_decreasing
    with pytest.raises(UnknownMovie, match="add_movies"):
        fitted.explain(mine, "unheard of")


def test_ids_of_any_hashable_type(ratings: pd.DataFrame, small: object) -> None:
    named = pd.DataFrame({
        "user": [("viewer", u) for u in ratings["user"]],
        "movie": ["m" + str(m) for m in ratings["movie"]],
        "stars": ratings["stars"],
    })  # fmt: skip
    rec = Recommender.prepare(named, preset=small)  # type: ignore[arg-type]
    assert rec.recommend({"m1": 5.0})["movie"].str.startswith("m").all()
    assert rec.predict(named.head(3)).between(0.5, 5).all()


def test_new_movies_are_in_the_catalogue_at_once(copy: Recommender) -> None:
    before = copy.rank({1: 5.0})[1]
    copy.add_movies(pd.DataFrame({"movie": [900, 901], "title": ["A", "B"], "genres": ["War", "Musical"]}))
    scores, stars = copy.rank({1: 5.0})
    assert len(scores) == N_MOVIES + 2
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(stars[:N_MOVIES], before, rtol=1e-6)
    assert copy.movie_ids[-2:] == [900, 901]
    assert len(copy.recommend({900: 5.0, 1: 4.0})) == 5


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan")])
def test_a_strength_of_diversity_beyond_its_range_is_refused(fitted: Recommender, strength: float) -> None:
    with pytest.raises(BadStrength, match="from 0 to 1"):
        fitted.recommend({1: 4.0}, diversity=strength)


def test_frames_that_are_no_ratings_are_refused_with_the_column() -> None:
    with pytest.raises(BadFrame, match="'movie'"):
        Recommender.prepare(pd.DataFrame({"user": [1], "film": [1], "stars": [4.0]}))
    with pytest.raises(BadFrame, match="numbers"):
        Recommender.prepare(pd.DataFrame({"user": [1], "movie": [1], "stars": ["good"]}))
