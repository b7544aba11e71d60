"""What is reported of a script: failures, metrics, warnings, the summary."""

from __future__ import annotations

import pytest

from engine.errors import StoreBusy
from engine.replay.outcome import Outcome
from engine.replay.report import METRICS, metrics_text
from engine.types import RatingEvent
from tests.replay.evening import LOGIN, RATED, run
from tests.service.fake import FakeService


class BusyService(FakeService):
    """Its store takes no ratings."""

    def rate(self, user_id: int, movie_id: int, stars: float) -> RatingEvent:
        raise StoreBusy("the database is busy; try again")


def test_a_step_that_fails_ends_the_script_with_its_reason() -> None:
    service = BusyService()
    service.engine.start()
    report = run(service, RATED + "- expect: {ratings: 1}\n")
    assert report.failures == ["x.yaml:2: step 2: `rate` failed: the database is busy; try again"]
    assert report.transcript[-1]["failure"] == "the database is busy; try again"


def test_every_step_is_told_of_as_it_ends(service: FakeService) -> None:
    told: list[Outcome] = []
    run(service, LOGIN + "- note: hello\n- rate: {Alien: 5}\n", on_step=told.append)
    assert [outcome.line.number for outcome in told] == [1, 2, 3]
    assert told[2].new_list is not None


def test_metrics_have_a_row_a_step(service: FakeService) -> None:
    report = run(service, LOGIN + "- rate: {Alien: 5}\n- train: {epochs: 2}\n")
    assert [row["word"] for row in report.metrics] == ["login", "rate", "train"]
    assert report.metrics[1]["overlap"] == 3
    assert report.metrics[2]["val_rmse"] == pytest.approx(1.0)
    text = metrics_text(report.metrics, ".csv").splitlines()
    assert text[0] == ",".join(METRICS)
    assert len(text) == 4
    assert metrics_text(report.metrics, ".json").startswith("[\n {\n")


def test_metrics_tell_the_lens_and_how_well_known_the_list_is(service: FakeService) -> None:
    report = run(service, LOGIN + "- lens: loved\n- note: so\n")
    assert [(row["lens"], row["known"]) for row in report.metrics] == [("middle", 710), ("loved", 500), (None, None)]


def test_metrics_tell_the_method_of_diversity_while_it_is_on(service: FakeService) -> None:
    report = run(service, LOGIN + "- diversity: {on: on, strength: 0.6, method: mmr}\n- diversity: off\n")
    assert [(row["diversity"], row["method"]) for row in report.metrics] == [(0, None), (0.6, "mmr"), (0, None)]


def test_a_script_that_was_recorded_on_other_data_says_so(service: FakeService) -> None:
    there = run(service, "- session: {title: T, data: in memory}\n" + LOGIN)
    assert "warnings" not in there.as_plain()
    elsewhere = run(service, "- session: {title: T, data: fixtures 0123}\n" + LOGIN)
    assert elsewhere.passed
    assert elsewhere.as_plain()["warnings"] == elsewhere.warnings
    assert elsewhere.warnings == ["x.yaml: recorded on other data (fixtures 0123; here is in memory): lists may differ"]


def test_the_summary_of_a_script(service: FakeService) -> None:
    line = run(service, LOGIN + "- expect: {size: 5, first: Stalker}\n").as_plain()
    assert list(line) == ["script", "passed", "steps", "expectations", "seconds"]
    assert (line["passed"], line["steps"], line["expectations"]) == (True, 2, 2)
