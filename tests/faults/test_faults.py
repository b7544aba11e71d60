"""A short run of each kind of fault, and proof that the count would see what it looks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.store import DatabaseUrl, open_store
from engine.types import RatingEvent
from tests.faults import cuts, kills
from tests.faults.outcomes import Outcomes, compare
from tests.store import databases


@pytest.mark.parametrize("engine", databases.ENGINES)
def test_a_killed_program_loses_and_doubles_nothing(engine: str) -> None:
    outcomes = kills.run(0, 5, engine)
    assert outcomes.sound, outcomes
    assert outcomes.acknowledged >= 10, "each was killed while it rated"


@pytest.mark.mysql
def test_a_cut_wire_loses_and_doubles_nothing() -> None:
    outcomes = cuts.run(0, 40)
    assert outcomes.sound, outcomes
    assert outcomes.faults >= 40, "each was cut"
    assert (outcomes.refused, outcomes.acknowledged, outcomes.found) == (0, 40, 40)


@pytest.fixture
def ratings(tmp_path: Path) -> tuple[DatabaseUrl, list[RatingEvent]]:
    """A store with three ratings."""
    url = DatabaseUrl("sqlite", path=tmp_path / "store.db")
    with open_store(url) as store:
        store.add_user("Ana")
        store.add_movie("Alien")
        return url, [store.rate(1, 1, 4, rated_at=moment) for moment in range(3)]


def count(ratings: tuple[DatabaseUrl, list[RatingEvent]], sql: str = "") -> Outcomes:
    """The outcomes after something was done behind the store's back."""
    url, acknowledged = ratings
    if sql:
        with databases.raw(url) as execute:
            execute(sql)
    with open_store(url) as store:
        return compare(store, 1, acknowledged, faults=0)


def test_nothing_wrong(ratings: tuple[DatabaseUrl, list[RatingEvent]]) -> None:
    assert count(ratings) == Outcomes(faults=0, refused=0, acknowledged=3, found=3, lost=0, doubled=0, holes=0)
    assert count(ratings).sound


@pytest.mark.parametrize(
    ("sql", "seen"),
    [
        ("DELETE FROM rating_events WHERE seq = 2", {"found": 2, "lost": 1, "holes": 1}),
        ("DELETE FROM rating_events WHERE seq = 3", {"found": 2, "lost": 1}),
        ("UPDATE rating_events SET half_stars = 1 WHERE seq = 3", {"lost": 1}),
        ("INSERT INTO rating_events SELECT 4, user_id, movie_id, half_stars, rated_at FROM rating_events WHERE seq = 3",
         {"found": 4, "doubled": 1}),
        ("INSERT INTO rating_events SELECT 4, user_id, movie_id, half_stars, 9 FROM rating_events WHERE seq = 3",
         {"found": 4}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_seen(ratings: tuple[DatabaseUrl, list[RatingEvent]], sql: str, seen: dict[str, int]) -> None:
    right = count(ratings)
    wrong = count(ratings, sql)
    assert wrong == replace(right, **seen)
    assert not wrong.sound
