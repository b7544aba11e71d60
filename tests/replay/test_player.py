"""The player on a service in memory: what steps do, what expectations see, and where a script ends."""

from __future__ import annotations

import pytest

from engine.errors import ScriptBroken
from engine.service.messages import RatingsChanged, Train
from engine.types import WatchKind
from tests.replay.evening import LOGIN, RATED, run
from tests.service.fake import FakeService

LOVED = LOGIN + "- lens: loved\n"


def held(service: FakeService, expectation: str, before: str = LOGIN) -> bool:
    return run(service, f"{before}- expect: {expectation}\n").passed


# --------------------------------------------------------------------------------------------------------------- deeds


def test_rating_goes_through_the_service_and_gives_a_new_list(service: FakeService) -> None:
    report = run(service, LOGIN + "- rate: {Stalker: 5, Brazil: 1.5}\n")
    assert report.passed
    assert {movie: event.stars for movie, event in service.ratings(1).items()} == {1: 5.0, 6: 1.5}
    before, after = (line["list"]["movies"] for line in report.transcript[1:])
    assert before[0]["movie"] == "Stalker (1979)"
    assert "Stalker (1979)" not in [item["movie"] for item in after]


def test_a_new_viewer_is_made_and_another_may_come_back(service: FakeService) -> None:
    report = run(service, "- login: {name: Eve, new: true}\n- rate: {Alien: 5}\n- login: Ana\n- login: Eve\n")
    assert report.passed
    assert [line.get("viewer") for line in report.transcript[1:]] == ["Eve", "Eve", "Ana", "Eve"]


def test_ratings_are_learned_at_wait_and_not_before(service: FakeService) -> None:
    run(service, LOGIN + "- rate: {Alien: 5}\n- rate: {Brazil: 5}\n- wait:\n")
    sent = [type(request).__name__ for request in service.engine.sent if isinstance(request, RatingsChanged | Train)]
    assert sent == ["RatingsChanged", "RatingsChanged", "Train"]


def test_lists_made_beside_a_run_are_not_in_the_transcript(service: FakeService) -> None:
    report = run(service, LOGIN + "- train: {wait: off}\n- rate: {Alien: 5}\n- wait:\n")
    assert ["list" in line for line in report.transcript[1:]] == [True, False, False, True]


def test_watching_notes_what_the_app_notes(service: FakeService) -> None:
    run(service, LOGIN + "- watch: {movie: Alien, until: 25%}\n- watch: {movie: Alien, seconds: 60}\n- watch: Alien\n")
    kinds = [(event.kind.name, event.seconds) for event in service.watched]
    assert kinds[:4] == [("STARTED", 0), ("PROGRESS", 702), ("PROGRESS", 1404), ("ABANDONED", 1755)]
    assert kinds[4:6] == [("STARTED", 1755), ("ABANDONED", 1815)]
    assert kinds[6] == ("STARTED", 1815)
    assert kinds[-1] == ("FINISHED", 7020)


def test_a_killed_engine_comes_back(service: FakeService) -> None:
    assert held(service, "{size: 5, engine: {restarts: 1}}", LOGIN + "- engine: kill\n")


def test_a_movie_is_opened_and_added(service: FakeService) -> None:
    report = run(
        service, LOGIN + "- open: Alien\n- add_movie: {title: New One, year: 2026, genres: Drama}\n- open: New One\n"
    )
    assert report.passed
    assert [event.kind for event in service.watched] == [WatchKind.OPENED, WatchKind.OPENED]
    assert service.catalogue.by_id[13].label == "New One (2026)"


# -------------------------------------------------------------------------------------------------------- expectations


@pytest.mark.parametrize(
    ("expectation", "before"),
    [
        ("{contains: Stalker, absent: The Shining, first: Stalker, size: 5}", LOGIN),
        ("{contains: [Blade Runner, Brazil], absent: Alien}", RATED),
        ("{moved_up: Brazil, moved_down: Amélie, overlap: 3}", RATED),
        ("{since: login, overlap: 3}", RATED + "- rate: {Persepolis: 1}\n"),
        ("{genres: {Sci-Fi: {at_least: 3, than_before: same}}}", RATED),
        ("{coverage: {at_least: 4}, ild: {at_least: 0}, mean_stars: {at_least: 1}}", LOGIN),
        ("{first: The Shining, known: {than_before: less, at_most: 500}, entered: Casablanca, left: Stalker}", LOVED),
        ("{mean_stars: {than_before: less}, overlap: 0}", LOVED),
        ("{known: {than_before: more}}", LOVED + "- lens: middle\n"),
        ("{entered: Spirited Away, left: Seven Samurai}", LOGIN + "- diversity: on\n"),
        ("{reasons: {Stalker: Alien}}", RATED),
        ("{stars: {The Shining: {than_before: more}}}", RATED),
        ("{rated: {Alien: 5, Brazil: none}, ratings: 1}", RATED),
        ("{rated: {Alien: none}, ratings: 0}", RATED + "- take_back: Alien\n"),
        ("{watched: {Alien: 50%, Brazil: start}}", LOGIN + "- watch: {movie: Alien, until: 50%}\n"),
        ("{watched: {Alien: end}}", LOGIN + "- watch: Alien\n"),
        ("{found: Alien, hits: {at_least: 1}}", LOGIN + "- search: ali\n"),
        ("{metrics: {epochs: 2, val_rmse: {at_most: 1.1}}}", LOGIN + "- train: {epochs: 2}\n"),
        ("{engine: {behind: 1, restarts: 0}}", RATED),
        ("{engine: {behind: 0}}", RATED + "- wait\n"),
        ("{error: half steps, when: {rate: {Alien: 4.3}}}", LOGIN),
        ("{error: NEAREST, when: {login: Zoe}}", LOGIN),
    ],
)
def test_what_holds(service: FakeService, expectation: str, before: str) -> None:
    assert held(service, expectation, before)


def test_a_rating_that_is_refused_leaves_none_of_its_step(service: FakeService) -> None:
    assert held(service, "{error: half steps, when: {rate: {Alien: 4, Brazil: 11}}}")
    assert not service.log


def test_a_strength_that_is_refused_leaves_the_diversity_as_it_was(service: FakeService) -> None:
    assert held(service, "{error: '`strength` is a number from 0 to 1', when: {diversity: {strength: 4}}}")
    assert not held(service, "{error: strength, when: {diversity: {strength: 0.4}}}")
    report = run(service, LOGIN + "- expect: {error: strength, when: {diversity: {on: on, strength: 4}}}\n- wait:\n")
    assert report.metrics[-1]["diversity"] == 0


@pytest.mark.parametrize(
    ("expectation", "before", "said"),
    [
        ("{contains: The Shining}", LOGIN, "expected The Shining in it, saw Stalker (1979), Blade Runner (1982)"),
        ("{absent: Stalker}", LOGIN, "expected Stalker not in it"),
        ("{first: Alien}", LOGIN, "expected Alien first"),
        ("{size: 4}", LOGIN, "expected 4, saw 5"),
        ("{moved_up: Stalker}", LOGIN + "- diversity: on\n", "expected Stalker higher than before"),
        ("{moved_down: Brazil}", RATED, "lower than before, or gone"),
        ("{overlap: {at_most: 2}}", RATED, "expected at most 2, saw 3"),
        ("{genres: {Horror: {at_least: 3}}}", LOGIN, "Horror in the list: expected at least 3, saw 1"),
        ("{ild: {than_before: more}}", LOGIN, "more than before, saw"),
        ("{known: {at_least: 600}}", LOVED, "ratings of a movie: expected at least 600, saw 500"),
        ("{entered: Alien}", LOVED, "what entered: expected Alien, saw The Shining (1980), Casablanca"),
        ("{left: Alien}", LOGIN, "what left: expected Alien, saw nothing"),
        ("{reasons: {Stalker: Brazil}}", RATED, "reasons for Stalker: expected Brazil, saw Alien (1979)"),
        ("{stars: {Alien: {at_most: 1}}}", LOGIN, "predicted stars of Alien: expected at most 1"),
        ("{rated: {Alien: 4}}", RATED, "own stars of Alien: expected 4, saw 5"),
        ("{watched: {Alien: end}}", LOGIN, "expected end, saw 0 of 7020 seconds"),
        ("{found: Alien}", LOGIN + "- search: brazil\n", "Alien found"),
        ("{metrics: {val_rmse: {at_most: 0.5}}}", LOGIN + "- train:\n", "val_rmse: expected at most 0.5"),
        ("{metrics: {loss: 1}}", LOGIN, "loss: expected 1, saw nothing"),
        ("{engine: {restarts: {at_least: 1}}}", LOGIN, "restarts of the engine: expected at least 1, saw 0"),
        ("{error: half, when: {rate: {Alien: 4}}}", LOGIN, "error of `rate`: expected 'half', saw no error"),
        ("{error: quarter, when: {rate: {Alien: 4.3}}}", LOGIN, "expected 'quarter', saw '"),
        ("{screen: Matinée}", LOGIN, "screen: expected 'Matinée'"),
    ],
)
def test_what_does_not_hold_says_what_was_expected_and_seen(
    service: FakeService, expectation: str, before: str, said: str
) -> None:
    report = run(service, f"{before}- expect: {expectation}\n- rate: {{Brazil: 5}}\n")
    [failure] = report.failures
    line = before.count("\n") + 1
    assert failure.startswith(f"x.yaml:{line}: step {line}: ")
    assert said in failure
    assert 6 not in service.ratings(1), "nothing is played after a failure"


def test_a_recorded_viewer_brings_along_what_the_database_lacks(service: FakeService) -> None:
    report = run(service, "- login: {name: Zoe, began_with: {Alien: 4.5}}\n- expect: {rated: {Alien: 4.5}}\n")
    assert report.failures == []
    again = run(service, "- login: {name: Zoe, began_with: {Alien: 3, Brazil: 5}}\n- expect: {ratings: 2}\n")
    assert again.failures == []
    assert [user.name for user in service.viewers()].count("Zoe") == 1
    assert not service.engine.status.ratings_behind


def test_what_a_viewer_brings_along_is_checked_before_anything_is_changed(service: FakeService) -> None:
    for text, said in (
        ("{name: Zoe, began_with: {Alien: 7}}", "half steps"),
        ("{name: Zoe, new: on, began_with: {Alien: 3}}", "not both"),
    ):
        with pytest.raises(ScriptBroken, match=said):
            run(service, f"- login: {text}\n")
    assert [user.name for user in service.viewers()] == ["Ana", "Bruno", "Chloé"]
