"""A database to import into, on each engine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pymysql
import pytest


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that does not exist yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
    else:
        yield from _mysql_database()


@pytest.fixture
def mysql_target() -> Iterator[str]:
    """The same, on a server."""
    yield from _mysql_database()


def _mysql_database() -> Iterator[str]:
    server = os.environ.get("MATINEE_TEST_MYSQL")
    if not server:
        pytest.skip("MATINEE_TEST_MYSQL names no server that answers")
    name = f"matinee_test_{secrets.token_hex(6)}"
    yield f"{server.rstrip('/')}/{name}"
    with mysql_connection(server) as connection:
        connection.cursor().execute(f"DROP DATABASE IF EXISTS {name}")


def mysql_connection(server: str) -> pymysql.Connection:
    """A connection beside the store's, for what only a test does."""
    url = urlsplit(server)
    password = unquote(url.password or "")
    return pymysql.connect(
        host=url.hostname, port=url.port or 3306, user=unquote(url.username or ""), password=password, autocommit=True
    )
