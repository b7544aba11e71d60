"""What each protocol divides, and how."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.errors import ImportFailed, NotEnoughData, TooManyBadLines
from engine.evaluation.data import Fold, RatingData, read_data
from engine.evaluation.folds import fold_splits
from engine.evaluation.holdout import holdout_splits
from engine.evaluation.protocol import On, Split
from engine.evaluation.random_split import hold_out, random_splits
from engine.evaluation.strong import StrongConfig, strong_splits
from tests.evaluation import made

PAIR = ["user", "movie"]


def pairs(frame: pd.DataFrame) -> set[tuple[int, int]]:
    return set(zip(frame["user"], frame["movie"], strict=True))


def test_random_holds_a_tenth_out_for_each_seed(data: RatingData) -> None:
    one, other = random_splits(data.ratings, data.movie_ids, (0, 1))
    for split in (one, other):
        assert len(split.targets) == round(len(data.ratings) / 10)
        assert pairs(split.train) | pairs(split.targets) == pairs(data.ratings)
        assert pairs(split.train).isdisjoint(pairs(split.targets))
        assert set(split.histories["user"]) <= set(split.targets["user"])
        assert pairs(split.histories) <= pairs(split.train)
    assert pairs(one.targets) != pairs(other.targets)
    (again,) = random_splits(data.ratings, data.movie_ids, (0,))
    pd.testing.assert_frame_equal(one.train, again.train)


def test_validation_leaves_the_test_out_of_all(data: RatingData) -> None:
    (test,) = random_splits(data.ratings, data.movie_ids, (0,), on="test")
    (validation,) = random_splits(data.ratings, data.movie_ids, (0,), on="validation")
    assert pairs(test.targets).isdisjoint(pairs(validation.train) | pairs(validation.targets))
    assert pairs(validation.targets) <= pairs(test.train)


def test_holdout_tests_a_fifth_and_nothing_of_it_trains(data: RatingData) -> None:
    (split,) = holdout_splits(data.ratings, data.movie_ids, (0,))
    assert 0.15 < len(split.targets) / len(data.ratings) < 0.25
    assert pairs(split.train) | pairs(split.targets) == pairs(data.ratings)
    assert pairs(split.train).isdisjoint(pairs(split.targets))


def test_holdout_leaves_each_rating_on_its_side_when_others_come(data: RatingData) -> None:
    (early,) = holdout_splits(data.ratings.head(200), data.movie_ids, (0,))
    (late,) = holdout_splits(data.ratings, data.movie_ids, (0,))
    assert pairs(early.targets) == pairs(data.ratings.head(200)) & pairs(late.targets)


def test_holdout_on_validation_leaves_the_test_out(data: RatingData) -> None:
    (test,) = holdout_splits(data.ratings, data.movie_ids, (0,))
    (validation,) = holdout_splits(data.ratings, data.movie_ids, (0,), "validation")
    assert pairs(validation.train) | pairs(validation.targets) == pairs(test.train)


def test_holdout_needs_ratings_on_both_sides(ratings: pd.DataFrame) -> None:
    with pytest.raises(NotEnoughData, match="too few ratings"):
        list(holdout_splits(ratings.head(1), pd.Index([0])))


def test_too_few_ratings_are_told(ratings: pd.DataFrame) -> None:
    with pytest.raises(NotEnoughData, match="3 ratings are too few"):
        hold_out(ratings.head(3), 0.1, 0)


def folds() -> tuple[Fold, ...]:
    ratings = made.rating_frame()
    return tuple(Fold(f"u{n + 1}", ratings[ratings.index % 2 != n], ratings[ratings.index % 2 == n]) for n in (0, 1))


def test_folds_are_taken_as_given(data: RatingData) -> None:
    given = folds()
    splits = list(fold_splits(given, data.movie_ids, (0, 7)))
    assert [(split.name, split.seed) for split in splits] == [("u1", 0), ("u2", 0), ("u1", 7), ("u2", 7)]
    assert splits[1].train is given[1].train
    assert splits[1].targets is given[1].test


def test_folds_on_validation_never_open_the_test_file(data: RatingData) -> None:
    for fold, split in zip(folds(), fold_splits(folds(), data.movie_ids, on="validation"), strict=True):
        assert pairs(split.train) | pairs(split.targets) == pairs(fold.train)
        assert pairs(split.train).isdisjoint(pairs(split.targets))


def strong(ratings: pd.DataFrame, on: On = "test", seed: int = 1) -> Split:
    (split,) = strong_splits(ratings, (seed,), on, StrongConfig(held_out=3))
    return split


def test_strong_trains_on_all_stars_of_the_others_alone(data: RatingData) -> None:
    test, validation = strong(data.ratings), strong(data.ratings, "validation")
    tested, validated = set(test.targets["user"]), set(validation.targets["user"])
    assert len(tested) == len(validated) == 3
    assert tested.isdisjoint(validated)
    trained = set(test.train["user"])
    assert trained.isdisjoint(tested | validated)
    able = (data.ratings[data.ratings["stars"] >= 4].groupby("user").size() >= 5).sum()
    assert len(trained) == able - 6
    assert pairs(test.train) == pairs(data.ratings[data.ratings["user"].isin(trained)])
    pd.testing.assert_frame_equal(test.train, validation.train)


def test_strong_hides_a_fifth_of_each_viewers_positives(data: RatingData) -> None:
    split = strong(data.ratings)
    liked = data.ratings[data.ratings["stars"] >= 4]
    for user, targets in split.targets.groupby("user"):
        history = split.histories[split.histories["user"] == user]
        assert pairs(targets) | pairs(history) == pairs(liked[liked["user"] == user])
        assert pairs(targets).isdisjoint(pairs(history))
        assert len(targets) == max(1, int(0.2 * (len(targets) + len(history))))


def test_strong_drops_movies_without_a_positive_in_training(data: RatingData) -> None:
    rare = pd.DataFrame({"user": range(60), "movie": 100, "stars": [1.0, 5.0] * 30, "at": 0})
    with_rare = pd.concat(
        [data.ratings, rare.assign(stars=5.0)[rare["user"].isin(strong(data.ratings).targets["user"])]]
    )
    split = strong(with_rare)
    assert 100 not in split.movies
    assert 100 not in set(split.targets["movie"]) | set(split.histories["movie"])


def test_strong_counts_viewers_with_five_positives_only(data: RatingData) -> None:
    few = pd.DataFrame({"user": 1000, "movie": range(6), "stars": [5.0] * 4 + [1.0] * 2, "at": 0})
    split = strong(pd.concat([data.ratings, few]))
    assert 1000 not in set(split.train["user"]) | set(split.targets["user"])


def test_strong_splits_by_its_seed_not_by_the_order_of_the_rows(data: RatingData) -> None:
    shuffled = data.ratings.sample(frac=1, random_state=5)
    assert pairs(strong(data.ratings).targets) == pairs(strong(shuffled).targets)
    assert pairs(strong(data.ratings).targets) != pairs(strong(data.ratings, seed=2).targets)


def test_strong_needs_ten_viewers(ratings: pd.DataFrame) -> None:
    with pytest.raises(NotEnoughData, match="10 are needed"):
        strong(ratings[ratings["user"] < 9])


def test_folds_are_read_from_their_files(tmp_path: Path) -> None:
    ratings = made.rating_frame(users=6, movies=5)
    data = read_data(made.write_100k(tmp_path, ratings, made.movie_frame(5)))
    (tmp_path / "ua.base").write_text("left alone")
    assert data.name == "ml-100k"
    assert [fold.name for fold in data.folds] == ["u1", "u2"]
    assert pairs(data.folds[0].test) | pairs(data.folds[0].train) == pairs(data.ratings)
    expected = ratings.iloc[0::2]
    got = data.folds[0].test
    np.testing.assert_array_equal(got["user"] - 1, expected["user"])
    np.testing.assert_array_equal(got["stars"], expected["stars"])
    assert [fold.name for fold in read_data(tmp_path).folds] == ["u1", "u2"]


def test_a_fold_with_a_bad_line_or_without_its_partner_is_refused(tmp_path: Path) -> None:
    folder = made.write_100k(tmp_path, made.rating_frame(users=6, movies=5), made.movie_frame(5))
    good = (folder / "u2.test").read_text()
    (folder / "u2.test").write_text(good + "1\t2\tx\t3\n")
    with pytest.raises(TooManyBadLines, match=r"u2\.test, line"):
        read_data(folder)
    (folder / "u2.test").unlink()
    with pytest.raises(ImportFailed, match=r"no u2\.test"):
        read_data(folder)


def test_folds_of_one_s_own_lie_beside_any_data_set(tmp_path: Path) -> None:
    ratings = made.rating_frame(users=6, movies=5)
    made.write_dat(tmp_path, ratings, made.movie_frame(5))
    (tmp_path / "late.base").write_text("1\t1\t4\t880000000\n1\t2\t3\t880000001\n")
    (tmp_path / "late.test").write_text("1\t3\t5\t880000002\n")
    [fold] = read_data(tmp_path).folds
    assert (fold.name, len(fold.train)) == ("late", 2)
    assert fold.test[["user", "movie", "stars"]].to_numpy().tolist() == [[1, 3, 5]]


def test_most_sets_bring_no_folds(tmp_path: Path) -> None:
    data = read_data(made.write_dat(tmp_path, made.rating_frame(users=6, movies=5), made.movie_frame(5)))
    assert data.folds == ()
    assert list(data.movie_ids) == [1, 2, 3, 4, 5]
