"""The catalogue: movies read whole or by number, and made, alone or many at a time."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from engine.errors import BadMovie, UnknownMovie
from engine.store.counters import take
from engine.store.schema import LARGEST_ID, longest
from engine.text import plain, tidy
from engine.types import Movie

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.store.connection import Connection, Row, SqlSession

_COLUMNS = "m.movie_id, m.title, m.release_year, m.runtime, m.director, m.country, m.synopsis, m.original_title"
_GENRES = "SELECT g.movie_id, n.name FROM movie_genres g JOIN genres n ON n.genre_id = g.genre_id"
_LONGEST = {
    column: longest("movies", column)
    for column in ("title", "original_title", "raw_title", "director", "country", "source_id")
} | {"synopsis": 100_000}
_LONGEST_GENRE = longest("genres", "name")
_NO_KEY = ""
"""For title_key, which nothing reads any more; the databases that there are demand a text."""
_QUOTED = 40
"""Characters of a title in a message."""


class NewMovie(NamedTuple):
    """A movie before it has a number."""

    title: str
    year: int | None = None
    genres: Sequence[str] = ()
    runtime: int | None = None
    director: str | None = None
    country: str | None = None
    synopsis: str | None = None
    original_title: str | None = None
    source_id: str | None = None
    """The id in the file it came from."""
    raw_title: str | None = None
    """The title as that file has it, where it is not the title with the year behind it."""

    def checked(self) -> NewMovie:
        """The same with tidy texts; raises BadMovie for what the store can't hold."""
        checked = self._replace(
            title=tidy(self.title),
            year=None if self.year is None else int(self.year),  # drivers misread numpy's numbers
            genres=sorted({name for genre in self.genres if (name := tidy(genre))}),
            runtime=None if self.runtime is None else int(self.runtime),
            director=_text(self.director),
            country=_text(self.country),
            synopsis=_text(self.synopsis),
            original_title=_text(self.original_title),
        )
        fault = _fault(checked)
        if fault:
            raise BadMovie(f"movie {(checked.title or self.source_id or '')[:_QUOTED]!r} {fault}.")
        return checked


class MovieOrigin(NamedTuple):
    """A movie's id and title in the file it came from."""

    movie_id: int
    source: str
    source_id: str | None
    """None for movies added by hand."""
    raw_title: str | None
    """None where it is the title with the year behind it."""


def _fault(movie: NewMovie) -> str:
    """What is wrong with a movie and how to mend it; empty when nothing is."""
    if not movie.title:
        return "has no title. Give it one"
    for name, most in _LONGEST.items():
        if len(getattr(movie, name) or "") > most:
            return f"has a {name} of more than {most} characters. Shorten it"
    if any(len(genre) > _LONGEST_GENRE for genre in movie.genres):
        return f"has a genre of more than {_LONGEST_GENRE} characters. Shorten it"
    if movie.year is not None and not 1870 <= movie.year <= 2200:
        return f"can't be of the year {movie.year}. Give one from 1870 to 2200, or none"
    if movie.runtime is not None and not 1 <= movie.runtime <= 100_000:
        return f"can't run {movie.runtime} minutes. Give 1 to 100,000, or nothing"
    return ""


def all_movies(connection: Connection) -> list[Movie]:
    """The whole catalogue by number."""
    query = f"SELECT {_COLUMNS} FROM movies m ORDER BY m.movie_id"
    return connection.read(lambda session: _movies(session.rows(query), session.rows(_GENRES)))


def by_id(connection: Connection, movie_id: int) -> Movie:
    """The movie of that number. Raises UnknownMovie."""
    found = connection.read(lambda session: _of_id(session, int(movie_id))) if 0 < movie_id <= LARGEST_ID else []
    if not found:
        raise UnknownMovie(f"there is no movie number {movie_id} in {connection.url}. Search for it by its title.")
    return found[0]


def origins(connection: Connection) -> list[MovieOrigin]:
    """Where all movies came from, by number."""
    query = "SELECT movie_id, source, source_id, raw_title FROM movies ORDER BY movie_id"
    return [MovieOrigin(*row) for row in connection.read(lambda session: session.rows(query))]


def add(connection: Connection, new: NewMovie, source: str) -> Movie:
    """Add a movie. Raises BadMovie."""
    checked = new.checked()
    sent: list[int] = []

    def work(session: SqlSession) -> int:
        if session.outcome_unknown and sent:  # as in counters.append, for a row with its genres
            take(session, "movies", 0)
            if session.rows("SELECT 1 FROM movies WHERE movie_id = ? AND title = ?", (sent[-1], checked.title)):
                return sent[-1]
        sent.extend(insert(session, [checked], source))
        return sent[-1]

    return by_id(connection, connection.write(work))


def insert(session: SqlSession, rows: Sequence[NewMovie], source: str) -> list[int]:
    """Insert checked movies in an open transaction; returns their numbers in order."""
    first = take(session, "movies", len(rows))
    ids = list(range(first, first + len(rows)))
    genre_ids = _genre_ids(session, {name for row in rows for name in row.genres})
    now = int(time.time())
    session.run_many(
        "INSERT INTO movies (movie_id, title, title_key, original_title, raw_title, release_year, runtime, director, "
        "country, synopsis, source, source_id, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (movie_id, row.title, _NO_KEY, row.original_title, row.raw_title, row.year, row.runtime,
             row.director, row.country, row.synopsis, source, row.source_id, now)
            for movie_id, row in zip(ids, rows, strict=True)
        ],
    )  # fmt: skip
    links = [(movie_id, genre_ids[name]) for movie_id, row in zip(ids, rows, strict=True) for name in row.genres]
    if links:
        session.run_many("INSERT INTO movie_genres (movie_id, genre_id) VALUES (?, ?)", links)
    return ids


def _genre_ids(session: SqlSession, wanted: set[str]) -> dict[str, int]:
    """Numbers of the genres, new ones made. The movies counter's lock is held, so nobody else makes one meanwhile."""
    known = {name: int(genre_id) for genre_id, name in session.rows("SELECT genre_id, name FROM genres")}
    missing = sorted(wanted - known.keys())
    if missing:
        first = take(session, "genres", len(missing))
        known |= {name: first + i for i, name in enumerate(missing)}
        session.run_many("INSERT INTO genres (genre_id, name) VALUES (?, ?)", [(known[name], name) for name in missing])
    return known


def _text(value: str | None) -> str | None:
    return tidy(value or "") or None


def _of_id(session: SqlSession, movie_id: int) -> list[Movie]:
    rows = session.rows(f"SELECT {_COLUMNS} FROM movies m WHERE m.movie_id = ?", (movie_id,))
    return _movies(rows, session.rows(f"{_GENRES} WHERE g.movie_id = ?", (movie_id,)))


def _movies(rows: Iterable[Row], links: Iterable[Row]) -> list[Movie]:
    """Safe to show: another program may have written the rows."""
    genres_of: defaultdict[int, list[str]] = defaultdict(list)
    for movie_id, name in links:
        genres_of[movie_id].append(plain(name))
    return [
        Movie(
            int(number),
            _title(number, title),
            year,
            tuple(sorted(genres_of[number])),
            runtime,
            *map(_plain, texts),
        )
        for number, title, year, runtime, *texts in rows
    ]


def _title(number: int, stored: str) -> str:
    return plain(stored).strip() or f"movie {number}"  # something to see, and to choose


def _plain(text: str | None) -> str | None:
    return text and plain(text)
