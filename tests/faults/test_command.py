"""The command that runs the campaigns: its table, its JSON and its exit code."""

from __future__ import annotations

import json

import pytest

from tests.faults import __main__ as command
from tests.faults.campaigns import BY_NAME, CAMPAIGNS
from tests.faults.outcomes import Outcomes
from tests.faults.table import heading, line, totals
from tests.faults.trial import MOST_MB, Trial


def test_each_campaign_has_a_name_of_its_own() -> None:
    assert len(BY_NAME) == len(CAMPAIGNS)


def test_a_sound_run_ends_with_0_and_a_row_of_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["scripts", "--count", "5"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split("|")[1].strip() for row in rows] == ["campaign", "-" * 23, "scripts", "all"]
    assert [cell.strip() for cell in rows[2].split("|")[2:8]] == ["0", "5", "0", "0", "0", "0"]


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["scripts", "--count", "5", "--seed", "3", "--json"]) == 0
    [facts] = json.loads(capsys.readouterr().out)
    assert (facts["campaign"], facts["seed"], facts["tries"], facts["defects"]) == ("scripts", 3, 5, [])


@pytest.mark.parametrize("wrong", [Outcomes(lost=1), Outcomes(doubled=1), Outcomes(defects=["try 7: a fault"])])
def test_whatever_is_wrong_ends_with_1(
    wrong: Outcomes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "run_apart", lambda campaign, seed, count: Trial(campaign, seed, wrong))
    assert command.main(["kills"]) == 1
    assert capsys.readouterr().err == "".join(f"kills: {defect}\n" for defect in wrong.defects)


def test_a_campaign_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["fire"])
    assert "'fire'" in capsys.readouterr().err


def test_all_rows_have_the_width_of_the_heading() -> None:
    trials = [Trial(campaign, 0, Outcomes(tries=20_000, acknowledged=1_000_000)) for campaign in CAMPAIGNS]
    width = len(heading().splitlines()[0])
    assert {len(row) for row in [*heading().splitlines(), *map(line, trials), totals(trials)]} == {width}


def test_what_was_skipped_is_said() -> None:
    row = line(Trial(CAMPAIGNS[0], 0, Outcomes(), skipped="needs mariadbd"))
    assert row == f"| {'kills':<23} | skipped: needs mariadbd |"


def test_the_memory_is_the_campaigns_own_not_that_of_the_process_which_started_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours = bytearray(MOST_MB * 2**20)
    ours[::4096] = b"x" * len(ours[::4096])
    assert command.main(["scripts", "--count", "1"]) == 0, capsys.readouterr().err
