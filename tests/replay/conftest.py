from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.replay.observed import ObservedService
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from tests.replay.evening import service as begun
from tests.service.fake import FakeService


@pytest.fixture
def service() -> FakeService:
    """Twelve movies, three viewers, and an engine that runs."""
    return begun(12)


@pytest.fixture
def observed(tmp_path: Path) -> Iterator[ObservedService]:
    """Three movies and two viewers in a real store; the engine does not run."""
    url = f"sqlite:///{tmp_path / 'm.db'}"
    with open_store(url) as store:
        for title, year in (("Stalker", 1979), ("Alien", 1979), ("Brazil", 1985)):
            store.add_movie(title, year, ["Sci-Fi"], runtime=100)
        store.add_user("Ana")
        store.add_user("Ben")
    settings = Settings(url, cache_dir=str(tmp_path / "cache"), state_dir=str(tmp_path / "state"))
    with ObservedService(Service(settings)) as service:
        service.open()
        yield service
