"""`matinee bench`: the JSON, the table, the refusals. The benches themselves are stood in for."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from engine.bench.data import SCALES, Options
from engine.bench.result import BenchResult, Goal, ResultLine, Skipped
from engine.cli import bench
from tui.main import COMMANDS


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Options]]:
    calls: list[tuple[str, Options]] = []

    def measure(name: str, options: Options) -> BenchResult:
        calls.append((name, options))
        lines = (ResultLine("ours", {"seconds": 0.012345, "lists": 5}), ResultLine("theirs", {"seconds": 1234.5}))
        goals = (Goal("seconds", 0.012345, 1.0, "most"), Goal("times faster", 2.0, 4.0, "least"))
        return BenchResult(
            name, "in turns", "made up", lines, goals, (Skipped("torch", "not installed: do this"),), 0.5
        )

    monkeypatch.setattr(bench, "measure", measure)
    return calls


def test_json_holds_machine_and_benches(asked: list[tuple[str, Options]]) -> None:
    done = CliRunner().invoke(bench.command, ["epoch", "update", "--json", "--rounds", "3", "--seed", "5"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert set(report) == {"machine", "benches"}
    assert {"cpu", "cores", "load", "versions", "device"} <= set(report["machine"])
    assert [each["bench"] for each in report["benches"]] == ["epoch", "update"]
    assert set(report["benches"][0]) == {"bench", "how", "data", "lines", "goals", "skipped", "seconds"}
    assert report["benches"][0]["lines"][0] == {"name": "ours", "figures": {"seconds": 0.012345, "lists": 5}}
    assert asked[0][1].rounds == 3
    assert asked[0][1].seed == 5


def test_without_a_name_all_benches_run_and_people_get_tables(asked: list[tuple[str, Options]]) -> None:
    done = CliRunner().invoke(bench.command, ["--scales", "1", "--data", "set.zip"])
    assert done.exit_code == 0, done.output
    assert [name for name, _ in asked] == list(bench.BENCHES)
    assert asked[0][1].scales == SCALES[:1]
    assert asked[0][1].data == "set.zip"
    for words in ("0.01235", "1,234", "met: seconds", "not met: times faster 2 (goal: ≥ 4)", "skipped: torch"):
        assert words in done.stdout


def test_an_unknown_bench_is_refused_with_the_names() -> None:
    done = CliRunner().invoke(bench.command, ["epohc"])
    assert done.exit_code == 2
    assert "epoch" in done.output


def test_help_names_every_bench_and_the_command_is_in_the_table() -> None:
    words = CliRunner().invoke(bench.command, ["--help"]).output
    assert all(name in words for name in bench.BENCHES)
    assert COMMANDS["bench"][0] == "engine.cli.bench:command"
