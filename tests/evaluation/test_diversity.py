"""What variety costs: figures by hand on tiny lists, laws of the curve, and the choice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.data.interactions import Array
from engine.errors import NotEnoughData
from engine.evaluation.diversity import METHODS, STRENGTHS, Point, Viewer, best, curve, mean_curve, read_viewers
from engine.evaluation.protocol import Split

MOVIES = pd.DataFrame({"movie": list("pqrs"), "genres": ["Drama", "Drama", "War", ""]})


class Fixed:
    """Says the same to everybody."""

    def fit(self, train: pd.DataFrame) -> None:
        pass

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        return None

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        users = pd.Index(histories["user"].unique())
        return pd.DataFrame([[4.0, 3.0, 2.0, 1.0]] * len(users), index=users, columns=list("pqrs"))


def ratings(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user", "movie", "stars"])


def split(histories: pd.DataFrame, targets: pd.DataFrame) -> Split:
    return Split("one", 0, histories, histories, targets, pd.Index(list("pqrs")))


def test_a_viewer_by_hand() -> None:
    """Ana rated p; of the others, best first, she liked r. Ben liked nothing that was held out."""
    given = split(ratings(("ana", "p", 4), ("ben", "q", 5)), ratings(("ana", "r", 5), ("ana", "q", 2), ("ben", "p", 3)))
    (viewer,) = read_viewers(Fixed(), given, MOVIES, 10)
    assert viewer.score_C.tolist() == [3, 2, 1]
    assert viewer.genre_CxG.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert viewer.taste_G.tolist() == [1, 0]
    assert viewer.hit_C.tolist() == [False, True, False]
    assert viewer.liked_VxG.tolist() == [[0, 1]]


def test_nobody_who_liked_a_target() -> None:
    with pytest.raises(NotEnoughData, match="4 stars"):
        read_viewers(Fixed(), split(ratings(("ana", "p", 4)), ratings(("ana", "r", 3))), MOVIES, 10)


def test_viewers_are_drawn_by_the_split_s_seed() -> None:
    people = [f"viewer {number:02}" for number in range(40)]
    given = split(
        ratings(*((who, "pq"[at % 2], 5.0) for at, who in enumerate(people))),
        ratings(*((who, "rs"[at // 2 % 2], 5.0) for at, who in enumerate(people))),
    )
    once, again, other = (read_viewers(Fixed(), replace(given, seed=seed), MOVIES, 20) for seed in (0, 0, 1))
    assert len(once) == len(other) == 20
    rows = [[(v.hit_C.tolist(), v.taste_G.tolist()) for v in some] for some in (once, again, other)]
    assert rows[0] == rows[1] != rows[2]


def viewer(seed: int) -> Viewer:
    rng = np.random.default_rng(seed)
    flags, hit = (rng.random((30, 6)) < 0.3).astype(float), rng.random(30) < 0.2
    hit[0] = True
    return Viewer(np.sort(rng.random(30))[::-1], flags, np.full(6, 1 / 6), hit, flags[hit])


def test_a_point_by_hand() -> None:
    """Three movies, Drama, Drama, War; the second was liked, and so was a War movie that is no candidate.

    ILD 2/3; half of the genres wanted, two thirds got; gains of 1 at place two, of 1 + 1/log2(3) at best.
    """
    flags = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    liked = np.array([[1.0, 0.0], [0.0, 1.0]])
    one = Viewer(np.array([3.0, 2.0, 1.0]), flags, np.array([0.5, 0.5]), np.array([False, True, False]), liked)
    (point,) = curve([one], ["mmr"], [0.0])
    q = 0.99 * np.array([2 / 3, 1 / 3]) + 0.01 * 0.5
    second, ideal = 1 / np.log2(3), 1 + 1 / np.log2(3)
    wanted = Point("mmr", 0.0, 2 / 3, 2.0, float(0.5 * np.log(0.5 / q).sum()), second / ideal, second / ideal)
    assert (point.method, point.strength) == (wanted.method, wanted.strength)
    for name in ("ild", "genres", "kl", "alpha_ndcg", "ndcg"):
        assert getattr(point, name) == pytest.approx(getattr(wanted, name)), name


def test_a_curve_has_every_point_and_starts_from_the_plain_list() -> None:
    points = curve([viewer(seed) for seed in range(5)])
    assert [(point.method, point.strength) for point in points] == [(m, s) for m in METHODS for s in STRENGTHS]
    plain = [replace(point, method="mmr") for point in points if point.strength == 0]
    assert plain == [plain[0]] * len(METHODS)
    for method in METHODS:
        of_method = [point for point in points if point.method == method]
        assert of_method[-1].ild > of_method[0].ild


def test_the_mean_of_curves() -> None:
    low, high = Point("mmr", 0.5, 0.2, 3.0, 1.0, 0.3, 0.4), Point("mmr", 0.5, 0.4, 5.0, 2.0, 0.1, 0.2)
    (mean,) = mean_curve([(low,), (high,)])
    np.testing.assert_allclose((mean.ild, mean.genres, mean.kl, mean.alpha_ndcg, mean.ndcg), (0.3, 4, 1.5, 0.2, 0.3))
    assert (mean.method, mean.strength) == ("mmr", 0.5)


def test_the_best_point_is_the_widest_within_the_price() -> None:
    rows = [("mmr", 0.0, 0.5, 0.40), ("mmr", 0.3, 0.7, 0.381), ("mmr", 0.6, 0.9, 0.37), ("dpp", 0.0, 0.5, 0.40),
            ("dpp", 0.2, 0.72, 0.39)]  # fmt: skip
    points = [Point(method, strength, ild, 1.0, 0.0, 0.0, ndcg) for method, strength, ild, ndcg in rows]  # type: ignore[arg-type]
    assert best(points).method == "dpp"
    assert best(points, price=0.1).strength == 0.6
    assert best(points[:3]).strength == 0.3
