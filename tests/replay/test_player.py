"""The player on a service in memory: what steps do, what expectations see, and where a script ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ScriptBroken, StoreBusy
from engine.replay.names import check_names
from engine.replay.outcome import Outcome
from engine.replay.reader import parse
from engine.replay.report import METRICS, Report, metrics_text, play
from engine.service.messages import RatingsChanged, Train
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from engine.types import RatingEvent, WatchKind
from tests.service.fake import FakeService

LOGIN = "- login: Ana\n"


@pytest.fixture
def service() -> FakeService:
    fake = FakeService()
    fake.engine.start()
    return fake


def run(service: FakeService, text: str, **more: object) -> Report:
    return play(parse(text.encode(), Path("x.yaml")), service, **more)  # type: ignore[arg-type]


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

RATED = LOGIN + "- rate: {Alien: 5}\n"


@pytest.mark.parametrize(
    ("expectation", "before"),
    [
        ("{contains: Stalker, absent: The Shining, first: Stalker, size: 5}", LOGIN),
        ("{contains: [Blade Runner, Brazil], absent: Alien}", RATED),
        ("{moved_up: Brazil, moved_down: Amélie, overlap: 3}", RATED),
        ("{since: login, overlap: 3}", RATED + "- rate: {Persepolis: 1}\n"),
        ("{genres: {Sci-Fi: {at_least: 3, than_before: same}}}", RATED),
        ("{coverage: {at_least: 4}, ild: {at_least: 0}, mean_stars: {at_least: 1}}", LOGIN),
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


# ------------------------------------------------------------------------------------------- names that mean nothing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "- rate: {Alien: 5}\n- rate: {Alein: 4}\n",
            "x.yaml:3: step 3: no movie is called 'Alein'; did you mean `Alien (1979)`",
        ),
        ("- rate: {Alien: 5}\n- login: An\n", "x.yaml:3: step 3: no viewer is called 'An'; did you mean 'Ana'?"),
        ("- login: Qqq\n", "no viewer is called 'Qqq'; write `login: {name: Qqq, new: true}` for somebody new"),
        ("- rate:\n    Alien: 5\n    Alein: 4\n", "x.yaml:4: step 2: no movie is called 'Alein'"),
        ("- expect:\n    contains:\n      - Alien\n      - Alein\n", "x.yaml:5: step 2: no movie"),
        ("- rate: {Alien: 5}\n- login: {name: ANA, new: true}\n", "'ANA' exists already"),
        (
            f"- rate: {{Alien: 5}}\n- login: {{name: {'x' * 81}, new: true}}\n",
            "x.yaml:3: step 3: a viewer's name has at most",
        ),
        (
            "- rate: {Alien: 5}\n- add_movie: {title: New, year: 99999}\n",
            "x.yaml:3: step 3: movie 'New' can't be of the year",
        ),
        ("- rate: {Alien: 5}\n- add_movie: {title: New, runtime: 0}\n", "can't run 0 minutes"),
        ("- rate: {Alien: 5}\n- search: {genre: Dramma}\n", "no genre `Dramma`; did you mean `Drama`?"),
        ("- rate: {Alien: 5}\n- add_movie: {title: New, genres: [Drama, Horrro]}\n", "did you mean `Horror`?"),
        ("- rate: {Alien: 5}\n- import: nothing.zip\n", "there is no file nothing.zip"),
        ("- rate: {Alien: 5}\n- open: 'Alien [4]'\n", "the movie with the number 4 is `Amélie (2001)`"),
        ("- rate: {Alien: 5}\n- expect: {contains: 'X [99]'}\n", "no movie has the number 99"),
        ("- rate: {Alien: 5}\n- expect: {genres: {Horrer: 1}}\n", "did you mean `Horror`?"),
    ],
)
def test_a_name_that_means_nothing_breaks_the_script_and_changes_nothing(
    service: FakeService, text: str, said: str
) -> None:
    with pytest.raises(ScriptBroken) as caught:
        run(service, LOGIN + text)
    assert said in str(caught.value)
    assert not service.log


def test_a_movie_of_a_title_that_two_have_is_asked_for_by_number(service: FakeService) -> None:
    service.add_movie("Alien", 2030)
    with pytest.raises(ScriptBroken, match=r"2 movies are called 'Alien': write `Alien \(1979\) \[3\]`"):
        run(service, LOGIN + "- open: Alien\n")
    assert run(service, LOGIN + "- open: Alien (1979)\n- open: 'Alien [13]'\n").passed


def test_what_a_data_set_brings_is_known_before_anything_is_played(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    (films / "movies.csv").write_text("movieId,title,genres\n1,Vertigo (1958),Mystery\n")
    (films / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.5,1000\n")
    with open_store(f"sqlite:///{tmp_path}/m.db") as store:
        store.add_user("Ana")
        store.add_movie("Alien", 1979, ["Horror"])
    with Service(Settings(database=f"sqlite:///{tmp_path}/m.db")) as service:
        service.open()

        def check(*steps: str) -> None:
            text = LOGIN + "".join(f"- {step}\n" for step in steps)
            check_names(parse(text.encode(), tmp_path / "x.yaml"), service)

        bring = "import: {path: films, format: ml-latest}"
        check("open: Alien", bring, "open: Vertigo", "search: {genre: Mystery}", "open: 'Vertigo [2]'")
        for steps, said in (
            (["open: Vertigo", bring], "x.yaml:2: step 2: no movie is called 'Vertigo'"),
            (
                [bring, "open: Vertiga"],
                "x.yaml:3: step 3: no movie is called 'Vertiga'; did you mean `Vertigo (1958)`?",
            ),
            ([bring, "search: {genre: Mistery}"], "did you mean `Mystery`?"),
            (["import: {path: films, format: ml-latst}"], "no format is called 'ml-latst'"),
        ):
            with pytest.raises(ScriptBroken) as caught:
                check(*steps)
            assert said in str(caught.value)
        assert len(service.store.movies()) == 1
        assert service.import_dataset(films).movies == 1
        assert service.catalogue.by_id[2].label == "Vertigo (1958)"
        check(bring, "open: Vertigo")


def test_a_link_that_leads_out_of_the_folder_is_not_followed(service: FakeService, tmp_path: Path) -> None:
    inside = tmp_path / "scripts"
    inside.mkdir()
    (tmp_path / "secret").mkdir()
    (inside / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(ScriptBroken, match="leads out of the script's folder"):
        play(parse(b"- login: Ana\n- import: link\n", inside / "x.yaml"), service)


# ------------------------------------------------------------------------------------------------------ what is told


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
