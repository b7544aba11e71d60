"""The command line: what it lists, what it hands on, how it fails."""

from __future__ import annotations

import sys
import types

import click
import pytest
from click.testing import CliRunner

from engine.errors import StoreUnreachable
from tui import main as cli

SEEN: dict[str, object] = {}


@click.command()
@click.option("--db")
@click.option("--seed", type=int, default=0)
def spy(db: str | None, seed: int) -> None:
    SEEN.update(db=db, seed=seed)


@click.command()
def broken() -> None:
    raise StoreUnreachable("no server answers at mysql://ana:***@db/matinee: start it")


@click.command()
def defective() -> None:
    raise ZeroDivisionError("division by zero")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("tests_spy")
    module.spy, module.broken, module.defective = spy, broken, defective  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tests_spy", module)
    monkeypatch.setitem(cli.COMMANDS, "spy", ("tests_spy:spy", "Spy."))
    monkeypatch.setitem(cli.COMMANDS, "broken", ("tests_spy:broken", "Broken."))
    monkeypatch.setitem(cli.COMMANDS, "defective", ("tests_spy:defective", "Defective."))


def test_help_lists_the_commands_with_a_line_each() -> None:
    text = CliRunner().invoke(cli.group, ["--help"]).output
    for name in ("import", "export", "train", "recommend", "evaluate", "doctor"):
        assert f"\n  {name} " in text
    assert "--db URL" in text


def test_version() -> None:
    assert CliRunner().invoke(cli.group, ["--version"]).output.startswith("matinee, version ")


@pytest.mark.parametrize(
    "arguments",
    [["--db", "sqlite:///a.db", "spy", "--seed", "7"], ["spy", "--db", "sqlite:///a.db", "--seed", "7"],
     ["--db", "sqlite:///b.db", "--seed", "7", "spy", "--db", "sqlite:///a.db"]],
)  # fmt: skip
def test_options_before_the_command_and_after_it(commands: None, arguments: list[str]) -> None:
    SEEN.clear()
    assert CliRunner().invoke(cli.group, arguments).exit_code == 0
    assert SEEN == {"db": "sqlite:///a.db", "seed": 7}


def test_an_error_is_one_line_and_a_code(commands: None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["broken"])
    assert end.value.code == 3
    assert capsys.readouterr().err == "matinee: no server answers at mysql://ana:***@db/matinee: start it\n"


def test_debug_shows_the_traceback(commands: None) -> None:
    with pytest.raises(StoreUnreachable):
        cli.main(["--debug", "broken"])


def test_a_defect_is_one_line_too(commands: None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["defective"])
    assert end.value.code == 70
    said = capsys.readouterr().err
    assert said == (
        "matinee: a defect, please report it (ZeroDivisionError: division by zero); --debug shows where it is\n"
    )
    with pytest.raises(ZeroDivisionError):
        cli.main(["--debug", "defective"])


def test_an_unknown_command_is_a_usage_error() -> None:
    done = CliRunner().invoke(cli.group, ["trian"])
    assert done.exit_code == 2
    assert "No such command 'trian'" in done.output


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
def test_every_stream_must_be_a_terminal(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    class Stream:
        def __init__(self, terminal: bool) -> None:
            self.isatty = lambda: terminal

    for each in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, each, Stream(each != name))
    with pytest.raises(click.UsageError, match="needs a terminal"):
        cli._start(None, None, "auto", "default", 0, None, debug=False)


def test_without_a_terminal_the_app_says_so() -> None:
    done = CliRunner().invoke(cli.group, [])
    assert done.exit_code == 2
    assert "the app needs a terminal" in done.output
