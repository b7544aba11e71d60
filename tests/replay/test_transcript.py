"""Comparing transcripts: every bit on the same device, figures within the tolerance elsewhere."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ScriptBroken
from engine.replay import transcript
from engine.replay.transcript import compare

HEADER = {
    "format": 1, "script": "abc", "title": "t", "preset": "default", "seed": 0, "data": "fixtures 1",
    "device": "cpu x", "versions": {"jax": "1"},
}  # fmt: skip


def movie(name: str, score: float, stars: float) -> dict[str, Any]:
    return {"movie": name, "score": score, "stars": stars, "variety": False}


STEP = {
    "step": 1,
    "do": {"wait": {}},
    "list": {
        "movies": [movie(name, 0.1, 4.0) for name in "ABCDE"],
        "shown": {"ild": 0.5, "genres": 4, "mean_stars": 4.0},
        "plain": {"ild": 0.5, "genres": 4, "mean_stars": 4.0},
    },
    "predictions": "0123",
    "trained": [{"run": "full", "epochs": 10, "steps": 80, "loss": 0.5, "val_rmse": 0.9, "val_ndcg10": 0.3}],
    "checks": [{"what": "list", "expected": "A in it", "seen": "A, B", "held": True}],
}
RECORDED = [HEADER, STEP]


def changed(**header: Any) -> list[dict[str, Any]]:
    return [copy.deepcopy(HEADER) | header, copy.deepcopy(STEP)]


def test_the_same_is_the_same() -> None:
    assert compare(RECORDED, changed()) == (True, [])


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"seed": 1}, "seed: 0 recorded, 1 now"),
        ({"script": "abd"}, "script: abc recorded, abd now"),
        ({"preset": "study"}, "preset: default recorded, study now"),
        ({"data": "other"}, "data: fixtures 1 recorded, other now"),
    ],
)
def test_what_was_asked_for_must_be_the_same(header: dict[str, Any], said: str) -> None:
    assert compare(RECORDED, changed(**header))[1] == [said]


def test_on_the_same_device_the_last_bit_counts() -> None:
    now = changed()
    now[1]["list"]["movies"][2]["stars"] = 4.000001
    exact, found = compare(RECORDED, now)
    assert exact
    assert found == ["step 1: list.movies 3.stars: 4.0 recorded, 4.000001 now"]


@pytest.mark.parametrize("elsewhere", [{"device": "a card"}, {"versions": {"jax": "2"}}])
def test_elsewhere_figures_may_differ_a_little(elsewhere: dict[str, Any]) -> None:
    now = changed(**elsewhere)
    now[1]["list"]["movies"][2]["stars"] = 4.01
    now[1]["list"]["movies"][0], now[1]["list"]["movies"][1] = now[1]["list"]["movies"][1], now[1]["list"]["movies"][0]
    now[1]["list"]["movies"][4] = movie("F", 0.1, 3.0)
    now[1]["predictions"] = "9999"
    now[1]["trained"][0] |= {"epochs": 11, "steps": 88, "val_rmse": 0.905}
    now[1]["checks"][0]["seen"] = "B, A"
    assert compare(RECORDED, now) == (False, [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda step: step["list"]["movies"][1].update(stars=4.5), "list B stars: 4.0 recorded, 4.5 now"),
        (
            lambda step: step["list"].update(movies=[movie(n, 0.1, 4.0) for n in "ABXYZ"]),
            "list: A, B, C, D, E recorded",
        ),
        (lambda step: step["trained"][0].update(val_rmse=0.99), "trained 1.val_rmse: 0.9 recorded, 0.99 now"),
        (lambda step: step["checks"][0].update(held=False), "checks 1.held: true recorded, false now"),
        (lambda step: step.update(failure="broken"), "failure: null recorded, broken now"),
    ],
)
def test_elsewhere_more_than_a_little_is_a_difference(change: Any, said: str) -> None:
    now = changed(device="a card")
    change(now[1])
    exact, found = compare(RECORDED, now)
    assert not exact
    assert len(found) == 1
    assert said in found[0]


def test_a_shorter_replay_is_a_difference() -> None:
    assert "1 steps recorded, 0 now" in compare(RECORDED, changed()[:1])[1]


@pytest.mark.parametrize("content", ["", "no json", "[1]\n", '{"format": 99}\n'])
def test_a_file_that_is_no_transcript_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(content)
    with pytest.raises(ScriptBroken, match="no transcript"):
        transcript.read(path)


def test_a_transcript_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptBroken, match="can't be opened"):
        transcript.read(tmp_path / "t.jsonl")


def test_a_written_transcript_reads_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(transcript.to_text(RECORDED), encoding="utf-8")
    assert transcript.read(path) == RECORDED
