"""The contract: every test that takes `store` or `url` runs once on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.store import DatabaseUrl, Store, open_store
from tests.store import databases


@pytest.fixture(params=databases.ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatabaseUrl]:
    """A database that does not exist yet."""
    with databases.fresh(request.param, tmp_path) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def shared_mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseUrl]:
    """One database on the server for all tests that need tables without rows."""
    with databases.fresh("mysql", tmp_path_factory.mktemp("none")) as fresh:
        open_store(fresh).close()
        yield fresh


@pytest.fixture(params=databases.ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An open store without rows."""
    if request.param == "sqlite":
        url = DatabaseUrl("sqlite", path=tmp_path / "store.db")
    else:
        url = request.getfixturevalue("shared_mysql")
        databases.empty(url)
    with open_store(url) as opened:
        yield opened


class Cast(NamedTuple):
    """Two viewers and three movies by their numbers."""

    ana: int
    ben: int
    stalker: int
    alien: int
    brazil: int


@pytest.fixture
def cast(store: Store) -> Cast:
    """Someone to rate and something to be rated."""
    return Cast(
        store.add_user("Ana").user_id,
        store.add_user("Ben").user_id,
        store.add_movie("Stalker", 1979, ["Sci-Fi", "Drama"], original_title="Сталкер").movie_id,
        store.add_movie("Alien", 1979, ["Horror", "Sci-Fi"]).movie_id,
        store.add_movie("Brazil", 1985).movie_id,
    )
