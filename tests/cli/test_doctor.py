"""The doctor passes on what the store says of its own risks."""

from __future__ import annotations

from pathlib import Path

from engine.cli.doctor import examine
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
