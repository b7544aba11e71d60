"""The scripts that ship, on the real engine: all pass, and give the same bytes in separate processes, in any order."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine import paths
from engine.replay import transcript
from tests.replay.program import matinee

SESSIONS = paths.fixtures() / "sessions"
NAMES = sorted(path.stem for path in SESSIONS.glob("*.yaml"))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """All of them, in order."""
    folder = tmp_path_factory.mktemp("first")
    done = matinee("replay", *sorted(SESSIONS.glob("*.yaml")), "--json", "--transcript", folder)
    return folder, done


@pytest.fixture(scope="module")
def second(first: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them again, the other way round, in another process and from another folder."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(SESSIONS, elsewhere / "sessions")
    folder = tmp_path_factory.mktemp("second")
    matinee("replay", *sorted((elsewhere / "sessions").glob("*.yaml"), reverse=True), "--transcript", folder)
    return folder


def test_there_are_at_least_twelve() -> None:
    assert len(NAMES) >= 12


@pytest.mark.slow
def test_all_pass_with_a_line_each(first: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    done = first[1]
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(line["script"]).stem for line in lines] == NAMES
    assert [line for line in lines if not line["passed"]] == []
    assert all(set(line) == {"script", "passed", "steps", "expectations", "seconds"} for line in lines)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes_in_another_process(
    name: str, first: tuple[Path, subprocess.CompletedProcess[str]], second: Path
) -> None:
    assert (second / f"{name}.jsonl").read_bytes() == (first[0] / f"{name}.jsonl").read_bytes()


@pytest.mark.slow
def test_a_model_trained_anew_gives_the_same_bytes(
    first: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    script, cold = SESSIONS / "first-evening.yaml", str(tmp_path / "cache")
    done = matinee("replay", script, "--transcript", tmp_path / "t.jsonl", XDG_CACHE_HOME=cold)
    assert "training the first model" in done.stderr
    assert (tmp_path / "t.jsonl").read_bytes() == (first[0] / "first-evening.jsonl").read_bytes()


@pytest.mark.slow
def test_verify_accepts_the_same_and_catches_another_seed_and_another_script(
    first: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    recorded = first[0] / "half-watched.jsonl"
    script = SESSIONS / "half-watched.yaml"
    assert matinee("replay", script, "--verify", recorded).returncode == 0

    of_seed_1 = [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]
    of_seed_1[0]["seed"] = 1
    (tmp_path / "t.jsonl").write_text(transcript.to_text(of_seed_1), encoding="utf-8")
    done = matinee("replay", script, "--verify", tmp_path / "t.jsonl")
    assert done.returncode == 1
    assert "not as recorded" in done.stderr
    assert "seed: 1 recorded, 0 now" in done.stderr

    changed = tmp_path / "half-watched.yaml"
    changed.write_text(script.read_text(encoding="utf-8").replace("(1954): 5}\n- wait", "(1954): 4}\n- wait"))
    done = matinee("replay", changed, "--verify", recorded)
    assert done.returncode == 1
    assert "script: " in done.stderr


@pytest.mark.slow
def test_another_seed_gives_another_transcript(
    first: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    script = tmp_path / "short.yaml"
    script.write_text("- login: Juan Khan\n")
    for seed in (0, 1):
        matinee("replay", script, "--seed", seed, "--transcript", tmp_path / f"{seed}.jsonl")
    a, b = (transcript.read(tmp_path / f"{seed}.jsonl") for seed in (0, 1))
    assert a[1]["predictions"] != b[1]["predictions"]
    assert transcript.compare(a, b)[1] == ["seed: 0 recorded, 1 now"]
