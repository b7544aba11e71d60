"""Databases for tests: a file in a folder of the test's own, or a database of the test's own on the named server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql
import pytest

from engine.store import DatabaseUrl, schema

SERVER = "MATINEE_TEST_MYSQL"
ENGINES = ("sqlite", pytest.param("mysql", marks=pytest.mark.mysql))


def server_url() -> DatabaseUrl:
    """The server that the environment names, with a database name that no test uses; skips when it names none."""
    text = os.environ.get(SERVER)
    if not text:
        pytest.skip(f"{SERVER} names no server that answers (mysql://user:password@host:port/)")
    address, _, options = text.partition("?")
    return DatabaseUrl.parse(f"{address.rstrip('/')}/matinee_test_none?{options}")


@contextmanager
def server(database: str | None = None) -> Iterator[Any]:
    """A cursor on the server, beside the store's own connections."""
    url = server_url()
    login: dict[str, Any] = {"host": url.host, "port": url.port, "user": url.user, "password": url.password}
    with closing(pymysql.connect(**login, **dict(url.tls), database=database, autocommit=True)) as link:
        yield link.cursor()


@contextmanager
def fresh(engine: str, folder: Path) -> Iterator[DatabaseUrl]:
    """A database that does not exist yet, and is gone afterwards."""
    if engine == "sqlite":
        yield DatabaseUrl("sqlite", path=folder / f"{secrets.token_hex(4)}.db")
        return
    url = replace(server_url(), name=f"matinee_test_{secrets.token_hex(6)}")
    try:
        yield url
    finally:
        with server() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{url.name}`")


def empty(url: DatabaseUrl) -> None:
    """Delete all rows: a hundred times faster on a server than a new database."""
    kept = {"schema_version", "store_facts", "counters"}
    tables = [name for kind, name in schema.created_names() if kind == "TABLE" and name not in kept]
    with raw(url) as execute:
        execute("UPDATE model_checkpoints SET parent_id = NULL")
        for table in reversed(tables):
            execute(f"DELETE FROM {table}")
        execute("UPDATE counters SET last_used = 0")


@contextmanager
def raw(url: DatabaseUrl) -> Iterator[Any]:
    """Run SQL on a database behind the store's back: `execute(sql, values)`, committed at once."""
    if url.engine == "mysql":
        with server(url.name) as cursor:
            yield lambda sql, values=(): (cursor.execute(sql.replace("?", "%s"), values), cursor.fetchall())[1]
        return
    import sqlite3

    with closing(sqlite3.connect(url.path, isolation_level=None)) as database:
        yield lambda sql, values=(): database.execute(sql, values).fetchall()
