"""One contract for every model that a protocol can measure, and that no rating of a test reaches any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest

from engine.config import PRESETS, preset
from engine.data.interactions import Array
from engine.errors import UnknownPreset, UsageError
from engine.evaluation.data import Fold, RatingData
from engine.evaluation.folds import fold_splits
from engine.evaluation.measure import POSITIVE, Metrics, run
from engine.evaluation.models import BASELINES, PresetModel, PresetTrainer, makers
from engine.evaluation.protocol import Model, Split
from engine.evaluation.random_split import random_splits
from engine.evaluation.strong import strong_splits

TRAINED = [name for name, config in PRESETS.items() if not config.mixed_precision]  # which on a CPU changes nothing
Make = Callable[[], Model]


@pytest.fixture(scope="module", params=[*TRAINED, *BASELINES])
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def make(name: str, data: RatingData) -> Make:
    if name in BASELINES:
        return BASELINES[name]
    short = replace(preset(name), epochs=3)
    return lambda: PresetModel(PresetTrainer(short, data.movies, "cpu"), 0)


@pytest.fixture(scope="module")
def model(make: Make, data: RatingData) -> Model:
    made = make()
    made.fit(data.ratings)
    return made


def predicts_stars(model: Model) -> bool:
    """Whether its `predict` says that it returns any; that of a model that only ranks returns None."""
    return get_type_hints(type(model).predict)["return"] is not type(None)


def test_predicts_stars_in_order_or_not_at_all(model: Model, data: RatingData) -> None:
    pairs = data.ratings[["user", "movie"]].head(50)
    stars = model.predict(pairs)
    if not predicts_stars(model):
        assert stars is None
        return
    assert stars is not None
    assert stars.shape == (50,)
    assert stars.min() >= 0.5
    assert stars.max() <= 5
    backwards = model.predict(pairs.iloc[::-1])
    assert backwards is not None
    np.testing.assert_allclose(backwards[::-1], stars, rtol=1e-5)


def test_unknown_users_and_movies_get_stars_too(model: Model) -> None:
    stars = model.predict(pd.DataFrame({"user": [0, 999, 999], "movie": [999, 0, 999]}))
    if predicts_stars(model):
        assert stars is not None
        assert np.isfinite(stars).all()


def test_scores_a_row_a_user_and_a_column_a_movie(model: Model, data: RatingData) -> None:
    histories = pd.DataFrame({"user": [7, 7, "new", "new"], "movie": [0, 2, 1, 3], "stars": [5.0, 4.0, 5.0, 5.0]})
    scores = model.score(histories)
    assert list(scores.index) == [7, "new"]
    assert set(data.ratings["movie"]) <= set(scores.columns)
    assert scores.columns.is_unique
    assert np.isfinite(scores.to_numpy()).all()


def test_a_score_needs_the_history_alone(model: Model) -> None:
    """The same history gives the same scores, whoever has it, in whatever order, with whomever."""
    one = pd.DataFrame({"user": "a", "movie": [0, 2, 5], "stars": [5.0, 4.0, 2.0]})
    both = pd.concat([one.iloc[::-1].assign(user=3), pd.DataFrame({"user": ["b"], "movie": [1], "stars": [5.0]})])
    np.testing.assert_allclose(model.score(one).loc["a"], model.score(both).loc[3], rtol=1e-4, atol=1e-6)


def test_a_history_without_a_liked_movie_or_a_known_one_is_scored(model: Model) -> None:
    histories = pd.DataFrame({"user": ["a", "b"], "movie": [0, 999], "stars": [1.0, 5.0]})
    scores = model.score(histories)
    assert len(scores) == 2
    assert np.isfinite(scores.to_numpy()).all()


def test_ids_may_be_text(make: Make, data: RatingData) -> None:
    as_text = data.ratings.assign(
        user="u" + data.ratings["user"].astype(str), movie="m" + data.ratings["movie"].astype(str)
    )
    model = make()
    model.fit(as_text)
    scores = model.score(as_text[as_text["user"] == "u1"])
    assert list(scores.index) == ["u1"]
    assert "m3" in scores.columns


def test_training_leaves_the_frame_as_it_was(make: Make, data: RatingData) -> None:
    train = data.ratings.copy()
    make().fit(train)
    pd.testing.assert_frame_equal(train, data.ratings)


class Recording:
    """A model that notes all it is shown, and passes it on."""

    def __init__(self, inner: Model) -> None:
        self.inner = inner
        self.dated = inner.dated
        self.fitted: list[pd.DataFrame] = []
        self.asked: list[pd.DataFrame] = []
        self.histories: list[pd.DataFrame] = []

    def fit(self, train: pd.DataFrame) -> None:
        self.fitted.append(train.copy())
        self.inner.fit(train)

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        self.asked.append(pairs.copy())
        return self.inner.predict(pairs)

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        self.histories.append(histories.copy())
        return self.inner.score(histories)


def test_a_model_is_shown_no_rating_of_the_test(make: Make, data: RatingData) -> None:
    (split,) = random_splits(data.ratings, data.movie_ids, (0,))
    recording = Recording(make())
    run([split], {"it": lambda seed: recording}, Metrics())
    held_out = set(zip(split.targets["user"], split.targets["movie"], strict=True))
    assert len(held_out) == len(split.targets) > 50
    for shown in (*recording.fitted, *recording.histories):
        assert held_out.isdisjoint(zip(shown["user"], shown["movie"], strict=True))
    assert len(recording.fitted) == 1
    for pairs in recording.asked:
        assert set(pairs.columns) <= {"user", "movie", "at"}


def divided(protocol: str, ratings: pd.DataFrame, movies: pd.Index) -> Split:
    if protocol == "random":
        return next(random_splits(ratings, movies, (0,)))
    if protocol == "strong":
        return next(strong_splits(ratings, (0,)))
    test = np.random.default_rng(0).random(len(ratings)) < 0.1
    return next(fold_splits([Fold("own", ratings[~test], ratings[test])], movies))


@pytest.mark.parametrize("protocol", ["random", "folds", "strong"])
def test_poisoned_test_ratings_change_no_answer(protocol: str, make: Make, data: RatingData) -> None:
    """Were the test seen, other stars in it would change what a model says. What was liked stays so: it divides."""
    split = divided(protocol, data.ratings, data.movie_ids)
    held_out = data.ratings.index.isin(split.targets.index)
    stars = data.ratings["stars"]
    liked = np.where(stars < 5, stars + 0.5, POSITIVE)
    others = np.where(stars > 0.5, stars - 0.5, 1.0)
    poisoned = data.ratings.assign(stars=stars.mask(held_out, np.where(stars >= POSITIVE, liked, others)))
    assert (poisoned["stars"] != stars).sum() == len(split.targets) > 0
    assert poisoned["stars"].between(0.5, 5).all()
    twin = divided(protocol, poisoned, data.movie_ids)
    assert twin.targets.index.equals(split.targets.index)
    said = []
    for each in (split, twin):
        recording = Recording(make())
        recording.fit(each.train)
        predicted = recording.predict(each.targets[["user", "movie"]])
        dated = recording.predict(each.targets[["user", "movie", "at"]]) if recording.dated else None
        answers = (np.zeros(0) if each is None else each for each in (predicted, dated))
        said.append((recording.score(each.histories).to_numpy(), *answers))
    for one, other in zip(*said, strict=True):
        np.testing.assert_array_equal(one, other)


def test_those_that_learn_beat_popularity(data: RatingData) -> None:
    splits = list(random_splits(data.ratings, data.movie_ids, (0,)))
    results = run(splits, makers([], BASELINES, data.movies, "cpu"), Metrics())
    ndcg = {result.model: result.metrics["ndcg@10"] for result in results}
    assert all(ndcg[name] > ndcg["popularity"] + 0.1 for name in ("item-knn", "ease", "edlae", "infinite-ae"))


def test_unknown_names_are_told_with_the_nearest(data: RatingData) -> None:
    with pytest.raises(UsageError, match="did you mean 'ease'"):
        makers([], ["eease"], data.movies, "cpu")
    with pytest.raises(UnknownPreset, match="default"):
        makers(["defualt"], [], data.movies, "cpu")


@pytest.fixture(scope="module")
def short(data: RatingData) -> PresetTrainer:
    return PresetTrainer(replace(preset("default"), epochs=2), data.movies, "cpu")


def test_orders_share_one_training(short: PresetTrainer, data: RatingData) -> None:
    plain, by_stars = PresetModel(short, 0), PresetModel(short, 0, "stars")
    for model in (plain, by_stars):
        model.fit(data.ratings)
    assert plain.recommender is by_stars.recommender
    by_stars.fit(data.ratings.copy())
    assert plain.recommender is not by_stars.recommender


def test_an_order_by_stars_is_that_of_the_predicted_stars(short: PresetTrainer, data: RatingData) -> None:
    plain, by_stars = PresetModel(short, 0), PresetModel(short, 0, "stars")
    for model in (plain, by_stars):
        model.fit(data.ratings)
    asked = data.ratings[data.ratings["user"].isin([3, 1])]
    scores = by_stars.score(asked)
    assert list(scores.index) == asked["user"].unique().tolist()
    pairs = scores.stack().rename_axis(["user", "movie"]).reset_index(name="stars")
    stars = plain.predict(pairs)
    assert stars == pytest.approx(pairs["stars"].to_numpy(), abs=1e-5)
    assert by_stars.predict(pairs) is None  # the stars are those of the preset


@pytest.mark.parametrize(
    ("order", "asked"),
    [(None, {}), ("choice", {"order": "choice"}), ("familiar", {"lens": "familiar"}), ("loved", {"lens": "loved"})],
)
def test_an_order_is_asked_of_the_recommender(
    short: PresetTrainer, data: RatingData, order: str | None, asked: dict[str, str]
) -> None:
    model = PresetModel(short, 0, order)
    model.fit(data.ratings)
    expected = model.recommender.score(data.ratings, **asked)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(model.score(data.ratings), expected)


def test_models_of_orders_are_named_for_them(data: RatingData) -> None:
    made = makers(["default", "study"], ["popularity"], data.movies, "cpu", ["stars"])
    assert list(made) == ["default", "default (stars)", "study", "study (stars)", "popularity"]
