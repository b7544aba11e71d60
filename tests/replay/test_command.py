"""`matinee replay`: what it takes, what it says, and its exit codes. Played on a service in memory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner, Result

from engine.cli import replay
from engine.errors import UsageError
from engine.replay.names import check_names
from engine.replay.sandbox import Sandboxes
from engine.replay.script import Script
from engine.service.client import EngineClient
from engine.store import open_store
from tests.service.fake import FakeService

GOOD = (
    "- session: {title: Good, story: It ends well.}\n- login: Ana\n- rate: {Alien: 5}\n- expect: {contains: Stalker}\n"
)
BAD = "- login: Ana\n- expect: {contains: The Shining}\n"


class MemorySandboxes(Sandboxes):
    """Sandboxes that are services in memory."""

    made: ClassVar[list[FakeService]] = []

    @contextlib.contextmanager
    def service(self, name: str, preset: str, seed: int, *, kills: bool = False) -> Iterator[Any]:
        fake = FakeService()
        fake.settings = type(fake.settings)(database=fake.settings.database, preset=preset, seed=seed)
        fake.engine.start()
        self.made.append(fake)
        yield fake

    def check(self, scripts: Iterable[Script]) -> None:
        for script in scripts:
            check_names(script, FakeService())


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> list[FakeService]:
    """The command plays in memory; the list holds all services that were made."""
    monkeypatch.setattr("engine.cli.replay_play.Sandboxes", MemorySandboxes)
    MemorySandboxes.made.clear()
    return MemorySandboxes.made


def run(*arguments: object) -> Result:
    return CliRunner().invoke(replay.command, [str(argument) for argument in arguments])


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_script_that_passes_ends_with_0_and_a_line_of_json(tmp_path: Path) -> None:
    done = run(write(tmp_path, "good", GOOD), "--json")
    assert done.exit_code == 0
    line = json.loads(done.stdout)
    assert line.pop("seconds") >= 0
    assert line == {"script": str(tmp_path / "good.yaml"), "passed": True, "steps": 4, "expectations": 1}


def test_a_failed_expectation_ends_with_1_and_says_what_was_expected_and_seen(tmp_path: Path) -> None:
    done = run(write(tmp_path, "bad", BAD), "--json")
    assert done.exit_code == 1
    [failure] = json.loads(done.stdout)["failures"]
    assert failure.startswith(f"{tmp_path}/bad.yaml:2: step 2: list: expected The Shining in it, saw Stalker (1979)")
    assert run(tmp_path / "bad.yaml").stderr == f"matinee: {failure}\n"


@pytest.mark.parametrize("text", ["", "- lgin: Ana\n", "- login: Nobody At All\n", "- login: Ana\n- open: Nothing\n"])
def test_a_broken_script_ends_with_2_and_one_line_and_changes_nothing(
    tmp_path: Path, text: str, in_memory: list[FakeService]
) -> None:
    done = run(write(tmp_path, "broken", text))
    assert done.exit_code == 2
    assert done.stderr.startswith(f"matinee: {tmp_path}/broken.yaml:")
    assert done.stderr.count("\n") == 1
    assert not in_memory, "nothing is played, and nothing trained"


def test_a_broken_script_does_not_keep_the_others_from_being_played(tmp_path: Path) -> None:
    scripts = [write(tmp_path, "broken", "- x\n"), write(tmp_path, "good", GOOD), write(tmp_path, "bad", BAD)]
    done = run(*scripts, "--json")
    assert done.exit_code == 2
    assert [json.loads(line)["passed"] for line in done.stdout.splitlines()] == [False, True, False]


def test_a_folder_stands_for_its_scripts(tmp_path: Path) -> None:
    for name in "ba":
        write(tmp_path, name, GOOD)
    scripts = [json.loads(line)["script"] for line in run(tmp_path, "--json").stdout.splitlines()]
    assert scripts == [str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")]


def test_one_script_is_told_step_by_step(tmp_path: Path) -> None:
    said = run(write(tmp_path, "good", GOOD)).stdout
    assert "3  rate: {Alien: 5}" in said
    assert "1 Stalker (1979)" in said
    assert "passed Good  4 steps, 1 expectations" in said


def test_the_list_tells_the_stories(tmp_path: Path) -> None:
    write(tmp_path, "good", GOOD)
    assert "It ends well." in run("--list", tmp_path).stdout
    assert json.loads(run("--list", tmp_path, "--json").stdout)["title"] == "Good"


def test_the_list_is_of_those_that_ship() -> None:
    said = run("--list").stdout
    assert "first-evening" in said
    assert "engine-killed" in said


def test_a_script_that_ships_is_called_by_its_name() -> None:
    assert replay._paths((Path("first-evening"),), listing=False) == [replay.shipped() / "first-evening.yaml"]


def test_transcripts_and_metrics_are_written(tmp_path: Path) -> None:
    write(tmp_path, "a", GOOD)
    write(tmp_path, "b", GOOD)
    out = tmp_path / "out"
    run(tmp_path, "--transcript", out, "--metrics", tmp_path / "m.csv")
    assert sorted(path.name for path in out.iterdir()) == ["a.jsonl", "b.jsonl"]
    assert (tmp_path / "m.csv").read_text().count("\n") == 9
    assert run(tmp_path, "--verify", out).exit_code == 0
    assert run(tmp_path, "--verify", out, "--seed", 3).exit_code == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name a script"),
        (["x.yaml", "y.yaml", "--cast", "a.cast"], "one script"),
        (["x.yaml", "--metrics", "a.txt"], ".csv or .json"),
        (["x.yaml", "--size", "20x5"], "60x16"),
        (["x.yaml", "--size", "wide"], "120x36"),
        (["x.yaml", "--speed", "0"], "0.1"),
    ],
)
def test_what_can_not_be_asked_for(options: list[str], said: str) -> None:
    done = run(*options)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metrics", "none/m.csv"], "there is no folder"),
        (["--metrics", "folder.csv"], "it is a folder"),
        (["--cast", "none/x.cast"], "there is no folder"),
        (["--cast", "folder.csv"], "it is a folder"),
        (["--svg", "file"], "is a file, not a folder"),
        (["--svg", "file/pictures"], "is a file, not a folder"),
        (["--transcript", "file/t.jsonl"], "is a file, not a folder"),
    ],
)
def test_what_can_not_be_written_is_said_before_anything_is_played(
    tmp_path: Path, in_memory: list[FakeService], options: list[str], said: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    option, name = options
    done = run(write(tmp_path, "good", GOOD), option, tmp_path / name)
    assert isinstance(done.exception, UsageError)
    assert str(done.exception).startswith(f"{option} {tmp_path}")
    assert said in str(done.exception)
    assert not in_memory


@pytest.mark.parametrize("option", ["--transcript", "--verify", "--svg"])
def test_two_scripts_of_one_name_are_not_written_over_each_other(tmp_path: Path, option: str) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "good", GOOD)
    done = run(tmp_path / "a", tmp_path / "b", option, tmp_path / "out")
    assert isinstance(done.exception, UsageError)
    assert f"{tmp_path}/a/good.yaml and {tmp_path}/b/good.yaml have the same name" in str(done.exception)
    assert run(tmp_path / "a", tmp_path / "b").exit_code == 0


def test_a_broken_script_makes_no_database(tmp_path: Path) -> None:
    database = tmp_path / "new.db"
    done = run(write(tmp_path, "broken", "- login: Ana\n- open: Nothing\n"), "--db", f"sqlite:///{database}")
    assert done.exit_code == 2
    assert "broken.yaml:2: step 2: no movie is called 'Nothing'" in done.stderr
    assert not database.exists()


def test_a_broken_script_starts_no_engine_on_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(f"sqlite:///{tmp_path}/there.db") as store:
        store.add_user("Ana")
    started: list[EngineClient] = []
    monkeypatch.setattr(EngineClient, "start", started.append)
    done = run(write(tmp_path, "broken", "- login: Ana\n- open: Alien\n"), "--db", f"sqlite:///{tmp_path}/there.db")
    assert done.exit_code == 2
    assert "no movie is called 'Alien'" in done.stderr
    assert not started


def test_a_folder_without_scripts_is_said(tmp_path: Path) -> None:
    for options in ([], ["--json"], ["--list"]):
        done = run(tmp_path, *options)
        assert done.exit_code == 2
        assert f"no scripts in {tmp_path}" in done.stderr


@pytest.mark.parametrize(
    "option",
    [
        ["--verify", "t.jsonl"], ["--json"], ["--keep"], ["--cast", "a.cast"], ["--svg", "pictures"],
        ["--metrics", "m.csv"], ["--transcript", "t.jsonl"], ["--db", "sqlite:///a.db"],
    ],
    ids=lambda option: option[0],
)  # fmt: skip
def test_what_the_show_does_not_do_is_refused(tmp_path: Path, option: list[str]) -> None:
    done = run(write(tmp_path, "good", GOOD), "--show", *option)
    assert done.exit_code == 2
    assert f"--show takes no {option[0]}" in done.stderr


def test_the_show_needs_a_terminal(tmp_path: Path) -> None:
    done = run(write(tmp_path, "good", GOOD), "--show")
    assert done.exit_code == 2
    assert "needs a terminal" in done.stderr
