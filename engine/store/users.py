"""Viewers: found by name, made once."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from engine.errors import NameTaken, UnknownUser
from engine.plain_text import plain
from engine.store.connection import LARGEST_ID, Conflict
from engine.store.lengths import longest
from engine.store.numbers import append
from engine.store.text import like_pattern, name_key, tidy
from engine.types import User

if TYPE_CHECKING:
    from engine.store.connection import Connection, Row, Session

LONGEST_NAME = longest("users", "name")
APP_SOURCE = "matinee"
_MANY = 500
"""With more ids than this in one query, counting the ratings of all viewers is faster."""
_COUNT = "(SELECT COUNT(*) FROM ratings r WHERE r.user_id = u.user_id)"
_COLUMNS = f"u.user_id, u.name, u.source, u.created_at, {_COUNT}"


def find(connection: Connection, query: str, limit: int) -> list[User]:
    """Viewers whose name holds `query`, an equal name first; for an empty query all, the app's newest first."""
    key = name_key(query)
    if key:
        chosen = (
            "SELECT user_id, name, source, created_at, name_key FROM users WHERE name_key LIKE ? ESCAPE '!' "
            "ORDER BY CASE WHEN name_key = ? THEN 0 WHEN name_key LIKE ? ESCAPE '!' THEN 1 ELSE 2 END, name_key LIMIT ?"
        )
        anywhere = like_pattern(key)
        values: tuple[object, ...] = (anywhere, key, anywhere[1:], limit)
    else:
        chosen = (
            "SELECT user_id, name, source, created_at, name_key FROM users "
            "ORDER BY CASE WHEN source = ? THEN 0 ELSE 1 END, CASE WHEN source = ? THEN -user_id ELSE 0 END, name_key "
            "LIMIT ?"
        )
        values = (APP_SOURCE, APP_SOURCE, limit)
    with connection.patient() if limit > _MANY else nullcontext():  # many viewers are many ratings to count
        return connection.read(lambda session: _with_counts(session, session.rows(chosen, values)))


def by_name(connection: Connection, name: str) -> User:
    """The viewer of that name, capitals and spaces at the edges aside."""
    found = _one(connection, "u.name_key = ?", name_key(name))
    if found is None:
        raise UnknownUser(_unknown(connection, name))
    return found


def by_id(connection: Connection, user_id: int) -> User:
    """The viewer of that number."""
    found = _one(connection, "u.user_id = ?", int(user_id)) if 0 < user_id <= LARGEST_ID else None
    if found is None:
        raise UnknownUser(f"there is no viewer number {user_id} in {connection.url}.")
    return found


def add(connection: Connection, name: str, source: str) -> User:
    """A new viewer."""
    shown = checked_name(name)
    now = int(time.time())
    columns = "user_id, name, name_key, source, source_id, created_at"
    try:
        user_id = append(connection, "users", columns, (shown, name_key(shown), source, None, now))
    except Conflict:
        raise NameTaken(f"there is a viewer called {shown!r} already. Choose another name.") from None
    return User(user_id, shown, source, now)


def checked_name(name: str) -> str:
    """The name as it is stored and shown; raises NameTaken for one that can't be a name."""
    shown = tidy(name)
    if not shown:
        raise NameTaken("a viewer's name can't be empty. Give at least one letter.")
    if len(shown) > LONGEST_NAME:
        raise NameTaken(f"a viewer's name has at most {LONGEST_NAME} characters; this one has {len(shown)}.")
    return shown


def _one(connection: Connection, condition: str, value: object) -> User | None:
    query = f"SELECT {_COLUMNS} FROM users u WHERE {condition}"
    rows = connection.read(lambda session: session.rows(query, (value,)))
    return _user(rows[0]) if rows else None


def _user(row: Row) -> User:
    user_id, name, source, created_at, n_ratings = row
    return User(int(user_id), plain(name), plain(source), int(created_at), int(n_ratings))


def _with_counts(session: Session, rows: list[Row]) -> list[User]:
    """Count the ratings of the viewers chosen, not of all."""
    ids = [row[0] for row in rows]
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    chosen, values = (f"WHERE user_id IN ({marks})", ids) if len(ids) <= _MANY else ("", [])
    query = f"SELECT user_id, COUNT(*) FROM ratings {chosen} GROUP BY user_id"
    counts: dict[int, int] = dict(session.rows(query, values))
    return [_user((*row[:4], counts.get(row[0], 0))) for row in rows]


def _unknown(connection: Connection, name: str) -> str:
    """Say so, with the nearest names there are."""
    from rapidfuzz import process

    rows = connection.read(lambda session: session.rows("SELECT name_key, name FROM users"))
    names: dict[str, str] = dict(rows)
    near = process.extract(name_key(name), list(names), limit=3, score_cutoff=70)
    hint = f" Did you mean {' or '.join(repr(names[key]) for key, _, _ in near)}?" if near else ""
    return f"there is no viewer called {name!r} in {connection.url}.{hint or ' Log in with a new name in the app.'}"
