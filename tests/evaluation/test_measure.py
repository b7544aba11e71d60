"""What is measured of a model, and how results of several splits are put together."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from engine.data.interactions import Array
from engine.evaluation.compare import summarise
from engine.evaluation.measure import Metrics, measure, ranked, run
from engine.evaluation.protocol import ModelResult, Split

LISTED = ("hr@10", "coverage@10", "gini@10")
MOVIES = pd.Index(["p", "q", "r", "s"])


class Fixed:
    """Says the same to everybody."""

    dated = False

    def __init__(self, stars: float | None = None) -> None:
        self.stars = stars

    def fit(self, train: pd.DataFrame) -> None:
        pass

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        return None if self.stars is None else np.full(len(pairs), self.stars)

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        users = histories["user"].unique()
        return pd.DataFrame([[4.0, 3.0, 2.0]] * len(users), index=pd.Index(users), columns=["p", "q", "r"])


def ratings(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user", "movie", "stars"])


def split(histories: pd.DataFrame, targets: pd.DataFrame) -> Split:
    return Split("one", 0, histories, histories, targets, MOVIES)


def test_measured_by_hand() -> None:
    """For a: list q r s, liked r: NDCG@2 is 1/log2(3). For b: list p r s, liked p and s, one of two found."""
    given = split(
        ratings(("a", "p", 5), ("b", "q", 1), ("c", "p", 3)),
        ratings(("a", "r", 4), ("a", "s", 3), ("b", "p", 5), ("b", "s", 4.5), ("c", "q", 2), ("new", "p", 5)),
    )
    measured = measure(Fixed(stars=3.0), given, Metrics(ndcg=(2,), recall=(2,)))
    assert measured["rmse"] == pytest.approx(math.sqrt((1 + 0 + 4 + 2.25 + 1 + 4) / 6))
    assert measured["mae"] == pytest.approx((1 + 0 + 2 + 1.5 + 1 + 2) / 6)
    found_a, found_b = 1 / math.log2(3), 1 / (1 + 1 / math.log2(3))
    assert measured["ndcg@2"] == pytest.approx((found_a + found_b) / 2)
    assert measured["recall@2"] == pytest.approx((1 + 0.5) / 2)


def test_lists_by_hand() -> None:
    """A is listed q and r, b p and r, c q and r: r liked by a, p by b, s by c. Four movies, listed 1, 2, 3, 0 times."""
    given = split(
        ratings(("a", "p", 5), ("b", "q", 1), ("c", "p", 3)), ratings(("a", "r", 4), ("b", "p", 5), ("c", "s", 4))
    )
    measured = measure(Fixed(), given, Metrics(listed=2))
    assert measured["hr@2"] == pytest.approx(2 / 3)
    assert measured["coverage@2"] == 3 / 4
    assert measured["gini@2"] == pytest.approx((-3 * 0 - 1 * 1 + 1 * 2 + 3 * 3) / (4 * 6))


class Dated(Fixed):
    """Gives one star more to whom it is told when."""

    dated = True

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        return np.full(len(pairs), 4.0 if "at" in pairs.columns else 3.0)


def test_a_model_that_uses_moments_is_measured_with_and_without_them() -> None:
    given = split(ratings(("a", "p", 5)), ratings(("a", "r", 4), ("a", "s", 4)).assign(at=[7, 8]))
    measured = measure(Dated(), given, Metrics())
    assert measured["rmse"] == pytest.approx(1)
    assert measured["rmse_dated"] == pytest.approx(0)


def test_a_model_without_stars_has_no_rmse() -> None:
    given = split(ratings(("a", "p", 5)), ratings(("a", "r", 4)))
    assert set(measure(Fixed(), given, Metrics())) == {"ndcg@10", "recall@20", *LISTED}
    assert set(measure(Fixed(3.0), given, Metrics(stars=False, recall=(), listed=None))) == {"ndcg@10"}


def test_no_viewer_with_a_liked_target_gives_no_ranking_metric() -> None:
    assert set(measure(Fixed(), split(ratings(("a", "p", 5)), ratings(("a", "r", 2))), Metrics())) == set()


def test_rated_movies_and_unscored_ones_come_last() -> None:
    histories, positives = ratings(("a", "p", 5)), ratings(("a", "s", 5))
    score_BxM, hit_BxM = ranked(Fixed().score(histories), histories, positives, MOVIES)
    assert score_BxM[0, 0] == -np.inf
    assert score_BxM[0, 1:3].tolist() == [3.0, 2.0]
    assert -np.inf < score_BxM[0, 3] < -1e30
    assert hit_BxM.tolist() == [[False, False, False, True]]


def test_run_goes_through_models_within_splits() -> None:
    given = split(ratings(("a", "p", 5)), ratings(("a", "r", 4)))
    seeds: list[int] = []

    def make(seed: int) -> Fixed:
        seeds.append(seed)
        return Fixed()

    begun: list[tuple[str, str]] = []
    results = run([given, given], {"m": make, "n": make}, Metrics(), lambda s, m: begun.append((s, m)))
    assert [result.model for result in results] == ["m", "n", "m", "n"]
    assert begun == [("one", "m"), ("one", "n")] * 2
    assert seeds == [0] * 4
    assert min(result.fit_seconds for result in results) >= 0


def result(split: str, model: str, **metrics: float) -> ModelResult:
    return ModelResult(split, 0, model, metrics, 1.0, 1.0)


RESULTS = (
    result("one", "base", rmse=1.0, ndcg=0.3),
    result("two", "base", rmse=2.0, ndcg=0.5),
    result("one", "new", rmse=0.9, ndcg=0.4),
    result("two", "new", rmse=1.7, ndcg=0.5),
    result("one", "lists", ndcg=0.1),
    result("two", "lists", ndcg=0.2),
)


def test_summary_by_hand() -> None:
    base, _, new, new_ndcg, lists = summarise(RESULTS)
    assert (base.model, base.metric, base.mean, base.splits) == ("base", "rmse", 1.5, 2)
    assert base.spread == pytest.approx(math.sqrt(0.5))
    assert base.difference is base.difference_spread is None
    assert new.difference == pytest.approx(-0.2)
    assert new.difference_spread == pytest.approx(math.sqrt(0.02))
    assert new.better == 2
    assert new_ndcg.difference == pytest.approx(0.05)
    assert new_ndcg.better == 1  # a tie is not better
    assert lists.better == 0


def test_summary_against_another_model() -> None:
    by_key = {(s.model, s.metric): s for s in summarise(RESULTS, against="lists")}
    assert by_key["new", "ndcg"].difference == pytest.approx(0.3)
    assert by_key["new", "rmse"].difference is None  # the other has no such metric
    assert by_key["lists", "ndcg"].difference is None


def test_a_single_split_has_no_spread() -> None:
    base, new = summarise((result("one", "base", rmse=1.0), result("one", "new", rmse=0.5)))
    assert base.spread is None
    assert new.difference == -0.5
    assert new.difference_spread is None


def test_hits_are_judged_by_their_stars() -> None:
    """Listed p q r; a hits 2 stars at the second place and 5 at the third, b 4 at the first, c nothing."""
    given = split(
        ratings(("a", "p", 5), ("b", "q", 1), ("c", "p", 3)),
        ratings(("a", "q", 2), ("a", "r", 5), ("b", "p", 4), ("c", "s", 1), ("new", "p", 5)),
    )
    measured = measure(Fixed(), given, Metrics(hits=2))
    assert measured["hit_stars@2"] == pytest.approx((2 + 5 + 4) / 3)
    assert measured["bad_hits@2"] == pytest.approx(1 / 3)
    assert measured["gain@2"] == pytest.approx((-1 + 2 / math.log2(3) + 1 + 0) / 3)


def test_hits_of_those_who_liked_nothing_leave_the_other_figures_alone() -> None:
    given = split(ratings(("a", "p", 5), ("b", "p", 1)), ratings(("a", "r", 4), ("b", "q", 1)))
    alone = measure(Fixed(), given, Metrics())
    both = measure(Fixed(), given, Metrics(hits=10))
    assert {name: both[name] for name in alone} == alone
    assert set(both) - set(alone) == {"hit_stars@10", "bad_hits@10", "gain@10"}
