"""The doctor passes on what the store says of its own risks."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from engine.cli.doctor import command, examine
from engine.service.settings import Settings
from engine.store import Store, open_store


def open_cautious(url: str | None) -> Store:
    """A store that has something to say."""
    store = open_store(url)
    store.cautions = lambda: ["the server confirms too early; set x = 1"]  # type: ignore[method-assign]
    return store


def test_cautions_of_the_store_are_shown(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    open_store(url).close()
    settings = Settings(url, cache_dir=str(tmp_path / "cache"))
    assert examine(settings)[0]["database"]["cautions"] == []
    report, problems = examine(settings, open_cautious)
    assert report["database"]["cautions"] == ["the server confirms too early; set x = 1"]
    assert problems == []


def test_whatever_the_doctor_names_as_a_problem_is_one_at_the_end(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    with open_store(url) as store:
        damaged = tmp_path / "cache" / store.uuid / "default-seed0-1-1.ckpt"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"no checkpoint")
    (tmp_path / "state").write_text("a file where a folder should be", encoding="utf-8")
    settings = Settings(url, cache_dir=str(tmp_path / "cache"), state_dir=str(tmp_path / "state" / "matinee"))
    report, problems = examine(settings)
    assert report["checkpoints"][0]["state"] == "damaged"
    assert "problem" in report["state"]
    assert ["can't be written" in str(problems[0]), "no checkpoint of this version" in str(problems[1])] == [True, True]


def test_a_line_that_is_piped_stays_a_line(tmp_path: Path) -> None:
    settings = ["--db", f"sqlite:///{tmp_path / ('long-' * 30)}.db"]
    open_store(settings[1]).close()
    said = CliRunner().invoke(command, settings)
    assert any(f"{'long-' * 30}.db" in line for line in said.output.splitlines())
