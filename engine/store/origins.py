"""Where viewers and movies came from: what an export needs to give them the ids and titles of their files back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from engine.store.connection import Connection


class UserOrigin(NamedTuple):
    """A viewer with its id in the file it came from."""

    user_id: int
    name: str
    source: str
    source_id: str | None
    """None for viewers made in the app."""
    created_at: int


class MovieOrigin(NamedTuple):
    """A movie's id and title in the file it came from."""

    movie_id: int
    source: str
    source_id: str | None
    """None for movies added by hand."""
    raw_title: str | None
    """None where it is the title with the year behind it."""


def users(connection: Connection) -> list[UserOrigin]:
    """All viewers by number."""
    query = "SELECT user_id, name, source, source_id, created_at FROM users ORDER BY user_id"
    return [UserOrigin(*row) for row in connection.read(lambda session: session.rows(query))]


def movies(connection: Connection) -> list[MovieOrigin]:
    """All movies by number."""
    query = "SELECT movie_id, source, source_id, raw_title FROM movies ORDER BY movie_id"
    return [MovieOrigin(*row) for row in connection.read(lambda session: session.rows(query))]
