"""The doctor passes on what the store says of its own risks."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.doctor import examine
from engine.service.settings import Settings
from engine.store import Store, open_store


def test_cautions_of_the_store_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    open_store(url).close()
    settings = Settings(url, cache_dir=str(tmp_path / "cache"))
    assert examine(settings)[0]["database"]["cautions"] == []
    monkeypatch.setattr(Store, "cautions", lambda self: ["the server confirms too early; set x = 1"])
    report, problems = examine(settings)
    assert report["database"]["cautions"] == ["the server confirms too early; set x = 1"]
    assert problems == []
