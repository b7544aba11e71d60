"""A short run of each kind of fault, and proof that the count would see what it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.store import DatabaseUrl, open_store
from engine.types import RatingEvent
from tests.faults import cuts, kills
from tests.faults.campaigns import CAMPAIGNS, Campaign
from tests.faults.outcomes import LONGEST_MESSAGE, SLOW_S, Outcomes, compare
from tests.store import databases

ELSEWHERE = {"kills", "kills-mysql", "cuts", "power", "data-sets", "checkpoints", "caches"}
"""Those with a test that looks more closely."""
SLOW = {"engine-kills", "both-kills", "checkpoint-kills", "server-kills", "import-kills", "clock", "strings"}


def short(campaign: Campaign) -> object:
    """The campaign with the marks of its test."""
    marks = [pytest.mark.mysql] if campaign.engine == "mysql" else []
    return pytest.param(campaign, marks=[*marks, *([pytest.mark.slow] if campaign.name in SLOW else [])])


@pytest.mark.parametrize("campaign", [short(each) for each in CAMPAIGNS if each.name not in ELSEWHERE], ids=str)
def test_a_short_run_loses_and_doubles_nothing_and_shows_no_defect(campaign: Campaign) -> None:
    outcomes = campaign.run(0, campaign.short)
    assert outcomes.sound, outcomes
    assert outcomes.tries >= campaign.short


@pytest.mark.parametrize("engine", databases.ENGINES)
def test_a_killed_program_loses_and_doubles_nothing(engine: str) -> None:
    outcomes = kills.run(0, 5, engine)
    assert outcomes.sound, outcomes
    assert outcomes.acknowledged >= 10, "each was killed while it rated"


@pytest.mark.mysql
def test_a_cut_wire_loses_and_doubles_nothing() -> None:
    outcomes = cuts.run(0, 40)
    assert outcomes.sound, outcomes
    assert outcomes.tries >= 40, "each was cut"
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
        return compare(store, acknowledged, tries=0)


def test_nothing_wrong(ratings: tuple[DatabaseUrl, list[RatingEvent]]) -> None:
    assert count(ratings) == Outcomes(acknowledged=3, found=3)
    assert count(ratings).sound


@pytest.mark.parametrize(
    ("sql", "found", "lost", "doubled", "defects"),
    [
        ("DELETE FROM rating_events WHERE seq = 2", 2, 1, 0, ["1 numbers missing in the log"]),
        ("DELETE FROM rating_events WHERE seq = 3", 2, 1, 0, []),
        ("UPDATE rating_events SET half_stars = 1 WHERE seq = 3", 3, 1, 0, ["1 ratings that nobody was told of"]),
        ("INSERT INTO rating_events SELECT 4, user_id, movie_id, half_stars, rated_at FROM rating_events WHERE seq = 3",
         4, 0, 1, ["1 ratings that nobody was told of"]),
        ("INSERT INTO rating_events SELECT 4, user_id, movie_id, half_stars, 9 FROM rating_events WHERE seq = 3",
         4, 0, 0, ["1 ratings that nobody was told of"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_seen(
    ratings: tuple[DatabaseUrl, list[RatingEvent]], sql: str, found: int, lost: int, doubled: int, defects: list[str]
) -> None:
    wrong = count(ratings, sql)
    assert (wrong.found, wrong.lost, wrong.doubled) == (found, lost, doubled)
    assert [defect.partition(".db: ")[2] for defect in wrong.defects] == defects
    assert not wrong.sound


@pytest.mark.parametrize("text", ["two\nlines", "a\x1b[2J", "x" * (LONGEST_MESSAGE + 1)])
def test_a_message_that_is_not_one_clear_line_is_a_defect(text: str) -> None:
    outcomes = Outcomes()
    outcomes.message("one clear line", "try 1")
    assert outcomes.sound
    outcomes.message(text, "try 2")
    assert [defect.partition(":")[0] for defect in outcomes.defects] == ["try 2"]


def test_an_error_that_none_expects_is_a_defect() -> None:
    outcomes = Outcomes()
    with outcomes.no_other_error("try 1"):
        raise KeyError("x")
    assert outcomes.defects == ["""try 1: KeyError: "'x'\""""]


def test_a_late_answer_is_a_defect() -> None:
    clock = iter([0.0, SLOW_S, 0.0, SLOW_S + 1]).__next__
    outcomes = Outcomes()
    for label in ("in time", "late"):
        with outcomes.within_time(label, clock):
            pass
    assert outcomes.defects == [f"late: took {SLOW_S + 1:.1f} s"]


def test_counts_of_several_runs_add_up() -> None:
    one = Outcomes(1, 2, 3, 4, 5, 6, ["a"], slowest_s=1.0, longest_message=9)
    one.add(Outcomes(10, 20, 30, 40, 50, 60, ["b"], slowest_s=0.5, longest_message=8))
    assert one == Outcomes(11, 22, 33, 44, 55, 66, ["a", "b"], slowest_s=1.0, longest_message=9)
