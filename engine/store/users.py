"""Viewers: found by name, made once, alone or many at a time."""

from __future__ import annotations

import time
import unicodedata
from contextlib import nullcontext
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from engine.errors import NameTaken, UnknownUser
from engine.store.connection import Conflict
from engine.store.counters import append, take
from engine.store.schema import LARGEST_ID, clamp_time, longest
from engine.text import nearest, plain, tidy
from engine.types import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.store.connection import Connection, Row, SqlSession

LONGEST_NAME = longest("users", "name")
APP_SOURCE = "matinee"
_MANY = 500
"""With more ids than this in one query, counting the ratings of all viewers is faster."""
_COUNT = "(SELECT COUNT(*) FROM ratings r WHERE r.user_id = u.user_id)"
_COLUMNS = f"u.user_id, u.name, u.source, u.created_at, {_COUNT}"


class NewUser(NamedTuple):
    """A viewer before it has a number."""

    name: str
    source_id: str
    """The id in the file it came from."""
    created_at: int | None = None
    """Epoch seconds; the time of the import when not given."""


class UserOrigin(NamedTuple):
    """A viewer with its id in the file it came from."""

    user_id: int
    name: str
    source: str
    source_id: str | None
    """None for viewers made in the app."""
    created_at: int


def name_key(name: str) -> str:
    """The form in which viewers' names must differ: one space between words, normalised, casefolded."""
    normalised = unicodedata.normalize("NFC", " ".join(_encodable(name).split()))
    return unicodedata.normalize("NFC", normalised.casefold())


def find(connection: Connection, query: str, limit: int) -> list[User]:
    """Viewers whose name holds `query`, an equal name first; for an empty query all, the app's newest first."""
    key = name_key(query)
    if key:
        chosen = (
            "SELECT user_id, name, source, created_at, name_key FROM users WHERE name_key LIKE ? ESCAPE '!' "
            "ORDER BY CASE WHEN name_key = ? THEN 0 WHEN name_key LIKE ? ESCAPE '!' THEN 1 ELSE 2 END, name_key LIMIT ?"
        )
        holds_it = _anywhere(key)
        values: tuple[object, ...] = (holds_it, key, holds_it[1:], limit)
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
    """The viewer of that name, capitals and spaces at the edges aside. Raises UnknownUser, which names the nearest."""
    found = _one(connection, "u.name_key = ?", name_key(name))
    if found is None:
        raise UnknownUser(_unknown(connection, name))
    return found


def by_id(connection: Connection, user_id: int) -> User:
    """The viewer of that number. Raises UnknownUser."""
    found = _one(connection, "u.user_id = ?", int(user_id)) if 0 < user_id <= LARGEST_ID else None
    if found is None:
        raise UnknownUser(f"there is no viewer number {user_id} in {connection.url}.")
    return found


def add(connection: Connection, name: str, source: str) -> User:
    """Make a viewer. Raises NameTaken."""
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


def origins(connection: Connection) -> list[UserOrigin]:
    """All viewers by number, with their ids in the files they came from."""
    query = "SELECT user_id, name, source, source_id, created_at FROM users ORDER BY user_id"
    return [UserOrigin(*row) for row in connection.read(lambda session: session.rows(query))]


def insert(session: SqlSession, rows: Sequence[NewUser], source: str) -> list[int]:
    """Insert viewers whose names are free, in an open transaction; returns their numbers in order."""
    first = take(session, "users", len(rows))
    ids = list(range(first, first + len(rows)))
    session.run_many(
        "INSERT INTO users (user_id, name, name_key, source, source_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (user_id, row.name, name_key(row.name), source, row.source_id, clamp_time(row.created_at))
            for user_id, row in zip(ids, rows, strict=True)
        ],
    )
    return ids


def name_keys(session: SqlSession) -> set[str]:
    """The keys of all names that are taken."""
    return {key for (key,) in session.rows("SELECT name_key FROM users")}


def with_free_names(rows: Sequence[NewUser], source: str, taken: set[str]) -> list[NewUser]:
    """The viewers with names that neither one of `taken` (keys) nor another of them has.

    A name that is another's gets the source behind it, and a number where that is taken too; one that would become too
    long is shortened in front of them. The keys of the new names join `taken`.
    """
    named = []
    for row in rows:
        candidates = _names(checked_name(row.name), source)
        free = next(candidate for candidate in candidates if name_key(candidate) not in taken)
        taken.add(name_key(free))
        named.append(row._replace(name=free))
    return named


def _names(name: str, source: str) -> Iterable[str]:
    yield name
    for number in count(1):
        behind = f" ({source} {number})" if number > 1 else f" ({source})"
        yield name[: LONGEST_NAME - len(behind)].rstrip() + behind


def _one(connection: Connection, condition: str, value: object) -> User | None:
    query = f"SELECT {_COLUMNS} FROM users u WHERE {condition}"
    rows = connection.read(lambda session: session.rows(query, (value,)))
    return _user(rows[0]) if rows else None


def _user(row: Row) -> User:
    user_id, name, source, created_at, n_ratings = row
    return User(int(user_id), plain(name), plain(source), int(created_at), int(n_ratings))


def _with_counts(session: SqlSession, rows: list[Row]) -> list[User]:
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
    rows = connection.read(lambda session: session.rows("SELECT name FROM users"))
    near = nearest(name, (plain(known) for (known,) in rows), cutoff=0.7)
    hint = f"Did you mean {near!r}?" if near else "Log in with a new name in the app."
    return f"there is no viewer called {name!r} in {connection.url}. {hint}"


def _anywhere(text: str) -> str:
    """The pattern of `LIKE ? ESCAPE '!'` that finds a text anywhere."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


def _encodable(text: str) -> str:
    """The text with ? for what is no character, such as a byte of the command line that was not UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
