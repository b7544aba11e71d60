"""Lists judged by true stars, by hand and by law; the worlds that they are judged in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.data.arrays import Array
from engine.evaluation.measure import measure
from engine.evaluation.truth import TruthMetrics, TruthSplit
from engine.simulation.config import SimulationConfig
from engine.simulation.social import SocialConfig
from engine.simulation.worlds import World, shipped_world, social_worlds

SMALL = SimulationConfig(n_users=40, n_ratings=1_200, min_ratings=10)
SOCIAL = SocialConfig(n_users=40, n_movies=120, n_ratings=1_000, min_ratings=10, n_circles=4)


class Scored:
    """Scores and predicts by a table."""

    dated = False

    def __init__(self, score: pd.DataFrame) -> None:
        self.table = score

    def fit(self, train: pd.DataFrame) -> None:
        pass

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        rows, columns = self.table.index.get_indexer(pairs["user"]), self.table.columns.get_indexer(pairs["movie"])
        stars_N: Array = self.table.to_numpy()[rows, columns]
        return stars_N

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        return self.table.loc[histories["user"].unique()]


@pytest.fixture(scope="module")
def shipped() -> World:
    return shipped_world((5, 6), SMALL)


@pytest.fixture
def tiny() -> TruthSplit:
    """Movies p to t; everybody saw t, which b and c liked, and c saw r as well, which c liked."""
    seen = pd.DataFrame(
        {"user": ["a", "b", "c", "c"], "movie": ["t", "t", "t", "r"], "stars": [3.0, 4.0, 5.0, 4.0], "at": 0}
    )
    truth = pd.DataFrame(
        [[5.0, 4.0, 3.0, 2.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 2.0, 5.0, 4.0, 3.0]],
        index=list("abc"),
        columns=list("pqrst"),
    )
    return TruthSplit("one", 0, seen, seen, seen.iloc[:0], truth.columns, truth)


def test_lists_of_two_by_hand(tiny: TruthSplit) -> None:
    """All are listed p and q, which nobody has seen."""
    score = pd.DataFrame([[5.0, 4.0, 3.0, 2.0, 1.0]] * 3, index=list("abc"), columns=list("pqrst"))
    found = measure(Scored(score), tiny, TruthMetrics(listed=2))
    assert found["stars@2"] == pytest.approx((4.5 + 1.5 + 2.0) / 3)
    assert found["regret@2"] == pytest.approx((0 + 2.0 + 1.0) / 3)
    # the others: a r s (3 2), b r s (3 4), c s (4)
    assert found["percentile@2"] == pytest.approx((1 + 0 + 0) / 3)
    # popular: r first, then p by the order of the movies; for c p q
    way, whole = (4.5 + 1.5 + 2.0) - (4.0 + 2.0 + 2.0), (4.5 + 3.5 + 3.0) - (4.0 + 2.0 + 2.0)
    assert found["share@2"] == pytest.approx(way / whole)
    assert found["popularity@2"] == 0
    assert found["coverage@2"] == 2 / 5
    errors = np.array([0, 0, 0, 0, 4, 2, 0, -2, 3, 2, -2])
    assert found["error"] == pytest.approx(errors.mean())
    assert found["rmse"] == pytest.approx(np.sqrt((errors**2).mean()))


def test_the_truth_itself_is_the_best_list(shipped: World) -> None:
    for split in shipped.splits:
        found = measure(Scored(split.truth), split, TruthMetrics())
        assert found["regret@5"] == found["rmse"] == found["error"] == 0
        assert found["share@5"] == found["percentile@5"] == 1


def test_the_worst_list_is_below_all_others(tiny: TruthSplit) -> None:
    truth = tiny.truth + np.arange(5) / 100  # without ties
    worst = TruthSplit("one", 0, tiny.train, tiny.histories, tiny.targets, tiny.movies, truth)
    assert measure(Scored(-truth), worst, TruthMetrics(listed=2))["percentile@2"] == 0


def test_the_list_of_the_most_rated_has_gone_no_part_of_the_way(shipped: World) -> None:
    split = shipped.splits[0]
    counts = split.train["movie"].value_counts().reindex(split.movies, fill_value=0)
    score = pd.DataFrame([counts.to_numpy()] * len(split.truth), index=split.truth.index, columns=split.movies)
    assert measure(Scored(score), split, TruthMetrics())["share@5"] == 0


def test_each_seed_makes_other_ratings_of_one_catalogue(shipped: World) -> None:
    first, second = shipped.splits
    assert (first.seed, second.seed) == (5, 6)
    assert not first.train.equals(second.train)
    assert not np.allclose(first.truth, second.truth)
    assert set(first.movies) == set(second.movies) == set(shipped.movies["movie"])
    assert set(first.train.columns) == {"user", "movie", "stars", "at"}


def test_each_social_seed_is_a_world_of_its_own() -> None:
    first, second = social_worlds((5, 6), SOCIAL)
    assert first.name == second.name == "social"
    assert not first.movies.equals(second.movies)
    (split,) = first.splits
    assert split.truth.shape == (SOCIAL.n_users, SOCIAL.n_movies)
    assert set(split.train["movie"]) <= set(first.movies["movie"])
