"""How long the texts of the store can be: the lengths of schema.sql's columns, the same on every engine.

A server refuses a longer text, SQLite takes it: what is checked against these bounds before the first write can't fail
half-way on one of them.
"""

from __future__ import annotations

import re
from functools import cache

from engine.paths import schema_sql

_TABLE = re.compile(r"^CREATE TABLE (\w+) \((.*?)^\);", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r"^\s+(\w+)\s+VARCHAR\((\d+)\)", re.MULTILINE)


def longest(table: str, column: str) -> int:
    """Characters that a VARCHAR column holds."""
    return _lengths()[table, column]


@cache
def _lengths() -> dict[tuple[str, str], int]:
    return {
        (table, column): int(length)
        for table, body in _TABLE.findall(schema_sql())
        for column, length in _COLUMN.findall(body)
    }
