"""One trained small store for all tests of the worker: each gets a copy of its database and caches."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.service.harness import Engine, make_store


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    make_store(folder / "m.db")
    with Engine(folder) as engine:
        engine.until_learned(1)
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    """A folder with `m.db` and `cache/`, the checkpoint in it."""
    folder = tmp_path / "trained"
    shutil.copytree(trained_once, folder)
    return folder
