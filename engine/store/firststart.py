"""Opening a store, and the first start: a database that does not exist is made, with the catalogue that ships."""

from __future__ import annotations

import csv
import hashlib
import lzma
from typing import TYPE_CHECKING, NamedTuple

from engine import paths
from engine.errors import FixturesMissing, StoreAbsent
from engine.store import schema
from engine.store.connection import WAITS
from engine.store.imports import BulkWriter, NewEvents
from engine.store.movies import NewMovie
from engine.store.sqlite import SqliteConnection
from engine.store.store import Store
from engine.store.url import resolve_url
from engine.store.users import NewUser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from engine.store.connection import Connection, Waits
    from engine.store.url import DatabaseUrl

SOURCE = "fixtures"
_FILES = ("movies.csv", "viewers.csv", "ratings.csv.xz")


class Fixtures(NamedTuple):
    """The catalogue that ships, as it is in its files."""

    movies: list[NewMovie]
    users: list[NewUser]
    ratings: list[tuple[str, str, int, int]]
    """Viewer, movie, half stars, time; sorted by viewer, then by time."""
    fingerprint: str


def open_store(url: str | DatabaseUrl | None = None, *, create: bool = True, waits: Waits = WAITS) -> Store:
    """Open a store. With `create`, a database that is absent or empty gets the tables and no rows."""
    connection = _connect(resolve_url(url), create=create, waits=waits)
    try:
        if schema.schema_state(connection) != "ready":
            _make_or_wait(connection, create=create)
        return Store(connection)
    except BaseException:
        connection.close()
        raise


def ensure_store(
    url: str | DatabaseUrl | None = None,
    *,
    on_progress: Callable[[int, int, str], None] | None = None,
    folder: Path | None = None,
) -> Store:
    """Open a store; one that is absent or empty is filled with the fixtures, once, also when two programs start.

    `on_progress(done, total, what)` hears how far the filling is. `folder`: where the fixtures lie, for tests.
    """
    connection = _connect(resolve_url(url), create=True)
    try:
        if schema.schema_state(connection) != "ready":
            fixtures = read_fixtures(folder or paths.fixtures())
            schema.install(connection, lambda: _fill(connection, fixtures, on_progress))
        return Store(connection)
    except BaseException:
        connection.close()
        raise


def read_fixtures(folder: Path) -> Fixtures:
    """Read the files; raises FixturesMissing when one is absent or can't be read."""
    try:
        movies = [_movie(row) for row in _rows(folder / "movies.csv")]
        viewers = [NewUser(row["name"], row["user_id"]) for row in _rows(folder / "viewers.csv")]
        ratings = sorted(
            ((row["user_id"], row["movie_id"], int(row["half_stars"]), int(row["rated_at"]))
             for row in _rows(folder / "ratings.csv.xz")),
            key=lambda rating: (int(rating[0]), rating[3]),
        )  # fmt: skip
        digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in _FILES)).hexdigest()
    except (OSError, lzma.LZMAError, EOFError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as error:
        raise FixturesMissing(
            f"can't read the catalogue that ships, in {folder}: {error!r}. "
            "Install Matinée again, or start from your own ratings: `matinee import PATH`."
        ) from error
    return Fixtures(movies, viewers, ratings, digest)


def _make_or_wait(connection: Connection, *, create: bool) -> None:
    if create:
        schema.install(connection)
        return
    with connection.bootstrap():  # if it is being made at this moment, by another program, it will be ready after this
        state = schema.schema_state(connection)
    if state != "ready":
        raise StoreAbsent(f"{connection.url} holds no tables yet. Start `matinee` once to make them.")


def _connect(url: DatabaseUrl, *, create: bool, waits: Waits = WAITS) -> Connection:
    if url.engine == "sqlite":
        return SqliteConnection(url, create=create, waits=waits)
    from engine.store.mysql import MysqlConnection  # PyMySQL takes its time, and few need it

    return MysqlConnection(url, create=create, waits=waits)


def _fill(connection: Connection, fixtures: Fixtures, on_progress: Callable[[int, int, str], None] | None) -> None:
    with BulkWriter(Store(connection), SOURCE, fixtures.fingerprint, on_progress) as bulk:
        movie_ids = bulk.add_movies(fixtures.movies)
        user_ids = bulk.add_users(fixtures.users)
        bulk.add_events(_events(fixtures, user_ids, movie_ids))
        bulk.finish(n_users=len(user_ids), n_movies=len(movie_ids))


def _events(fixtures: Fixtures, user_ids: dict[str, int], movie_ids: dict[str, int]) -> NewEvents:
    import numpy as np

    try:
        rows = [(user_ids[user], movie_ids[movie], half, at) for user, movie, half, at in fixtures.ratings]
    except KeyError as error:
        raise FixturesMissing(
            f"the catalogue that ships rates a viewer or movie that it does not hold: {error}. Install Matinée again."
        ) from error
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return NewEvents(*(table[:, column] for column in range(4)))


def _movie(row: dict[str, str]) -> NewMovie:
    return NewMovie(
        title=row["title"],
        year=int(row["year"]) if row["year"] else None,
        genres=tuple(row["genres"].split("|")) if row["genres"] else (),
        runtime=int(row["runtime"]) if row["runtime"] else None,
        director=row["director"] or None,
        country=row["country"] or None,
        synopsis=row["synopsis"] or None,
        original_title=row["original_title"] or None,
        source_id=row["movie_id"],
    ).checked()


def _rows(path: Path) -> Iterator[dict[str, str]]:
    open_text = lzma.open if path.suffix == ".xz" else open
    with open_text(path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
