"""A database to import into, on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store import databases


@pytest.fixture(params=databases.ENGINES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that does not exist yet."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url.reveal()


@pytest.fixture
def mysql_target(tmp_path: Path) -> Iterator[str]:
    """The same, on a server."""
    with databases.fresh("mysql", tmp_path) as url:
        yield url.reveal()
