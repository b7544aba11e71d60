"""The app over the real service: a store on the disk, and the engine in its own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from tests.service.harness import make_store
from tests.tui.conftest import until
from tui.app import MatineeApp

_PATIENCE = 120.0
"""A cold start of the engine's process on a busy machine."""


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Service]:
    make_store(tmp_path / "m.db", users=30, movies=40)
    url = f"sqlite:///{tmp_path / 'm.db'}"
    service = Service(
        Settings(database=url, device="cpu", cache_dir=str(tmp_path / "c"), state_dir=str(tmp_path / "s"))
    )
    yield service
    service.close()


@pytest.mark.slow
async def test_an_evening_over_the_real_engine(real: Service, tmp_path: Path) -> None:
    app = MatineeApp(real, user="viewer 1", settings_path=tmp_path / "settings.toml")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.session is not None and app.session.recommendations, _PATIENCE)
        await until(pilot, lambda: real.engine.status.state == "ready", _PATIENCE)
        await pilot.press("up")  # the list may have moved on from the movie it began with
        before, movie = app.viewing.listed, app.viewing.selected
        assert len(before) == 5
        assert movie is not None
        assert movie.movie_id in before
        await pilot.press("1")
        await until(pilot, lambda: app.viewing.half_stars.get(movie.movie_id) == 2, _PATIENCE)
        await until(pilot, lambda: app.viewing.listed != before, _PATIENCE)
        assert movie.movie_id not in app.viewing.listed
        await until(pilot, lambda: app.viewing.training_log.runs() and not real.engine.status.ratings_behind, _PATIENCE)
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running, _PATIENCE)
    assert app.return_code == 0
    real.close()
    assert real.engine.pid is None
    with open_store(f"sqlite:///{tmp_path / 'm.db'}", create=False) as store:
        assert store.ratings_of(store.user("viewer 1").user_id)[movie.movie_id].stars == 1.0
