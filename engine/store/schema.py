"""The tables of schema.sql: making them, once, telling a store from something else, the lengths of columns."""

from __future__ import annotations

import re
import time
import uuid
from functools import cache
from typing import TYPE_CHECKING, Literal

from engine.errors import NotAStore, SchemaTooNew
from engine.paths import schema_sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.store.connection import Connection

VERSION = 1
"""The schema that this Matinée reads and writes."""
LARGEST_ID = 2_147_483_647
"""The bound of every id."""
LATEST_TIME = 253_402_300_799
"""The last second of the year 9999, in epoch seconds: the bound of every timestamp."""
SchemaState = Literal["empty", "unfinished", "ready"]
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_END = re.compile(r";\s*$", re.MULTILINE)
_CREATED = re.compile(r"^CREATE (TABLE|VIEW) (\w+)", re.MULTILINE)
_TABLE = re.compile(r"^CREATE TABLE (\w+) \((.*?)^\);", re.MULTILINE | re.DOTALL)
_TEXT_COLUMN = re.compile(r"^\s+(\w+)\s+VARCHAR\((\d+)\)", re.MULTILINE)


def statements() -> list[str]:
    """The statements of schema.sql; the last one declares the schema finished."""
    texts = (text.strip() for text in _END.split(_COMMENT.sub("", schema_sql())))
    return [text for text in texts if text]


def created_names() -> list[tuple[str, str]]:
    """(TABLE or VIEW, name), in the order in which schema.sql makes them."""
    return [(kind, name) for kind, name in _CREATED.findall("\n".join(statements()))]


def longest(table: str, column: str) -> int:
    """Characters that a VARCHAR column holds.

    A server refuses a longer text, SQLite takes it: what is checked against this before the first write can't fail
    half-way on one of them.
    """
    return _lengths()[table, column]


@cache
def _lengths() -> dict[tuple[str, str], int]:
    return {
        (table, column): int(length)
        for table, body in _TABLE.findall(schema_sql())
        for column, length in _TEXT_COLUMN.findall(body)
    }


def clamp_time(timestamp: int | None) -> int:
    """Epoch seconds within the bounds of the schema; now for None."""
    return max(0, min(LATEST_TIME, int(time.time() if timestamp is None else timestamp)))


def schema_state(connection: Connection) -> SchemaState:
    """What the database holds; raises NotAStore for another program's tables, SchemaTooNew for a later Matinée's."""
    tables = set(connection.tables())
    if not tables:
        return "empty"
    ours = {name for _, name in created_names()}
    if "schema_version" not in tables:
        raise _not_ours(connection, tables)
    [(version,)] = connection.read(lambda session: session.rows("SELECT MAX(version) FROM schema_version"))
    if version is None and tables <= ours:
        return "unfinished"
    if version is None or not ours <= tables:
        raise _not_ours(connection, tables)
    if version > VERSION:
        raise SchemaTooNew(
            f"{connection.url} was made by a newer Matinée (schema {version}; this one knows {VERSION}). "
            "Upgrade with `pip install --upgrade matinee`, or name another database with --db."
        )
    return "ready"


def install(connection: Connection, fill: Callable[[], None] | None = None) -> bool:
    """Make the tables, and let `fill` put the first rows in, unless that is done; returns whether it was done here.

    Safe beside other programs that do the same: one of them does it, the others wait. A database is a store only when
    everything is in it, so one that was killed half-way on MySQL, where DDL can't be rolled back, is made again.
    """
    with connection.bootstrap():
        state = schema_state(connection)
        if state == "ready":
            return False
        if state == "unfinished":
            _remove(connection)
        connection.prepare()
        *first, finish = statements()
        for statement in first:
            connection.read(lambda session, sql=statement: session.run(sql))  # type: ignore[misc]
        _write_facts(connection)
        if fill:
            fill()
        connection.write(lambda session: session.run(finish))
    return True


def uuid_of(connection: Connection) -> str:
    """The identity of this database, which caches and checkpoints are tied to."""
    query = "SELECT fact FROM store_facts WHERE name = 'store_uuid'"
    rows = connection.read(lambda session: session.rows(query))
    if not rows:
        raise NotAStore(f"{connection.url} has no identity (store_facts is empty). Name another database with --db.")
    return str(rows[0][0])


def _write_facts(connection: Connection) -> None:
    insert = "INSERT INTO store_facts (name, fact) VALUES (?, ?)"
    facts = [("store_uuid", str(uuid.uuid4())), ("made_at", str(int(time.time())))]
    connection.write(lambda session: session.run_many(insert, facts))


def _remove(connection: Connection) -> None:
    present = set(connection.tables())
    for kind, name in reversed(created_names()):
        if name in present:
            connection.read(lambda session, sql=f"DROP {kind} {name}": session.run(sql))  # type: ignore[misc]


def _not_ours(connection: Connection, tables: set[str]) -> NotAStore:
    some = ", ".join(sorted(tables)[:3])
    return NotAStore(
        f"{connection.url} holds tables of another program ({some}). Name another database with --db; Matinée makes it."
    )
