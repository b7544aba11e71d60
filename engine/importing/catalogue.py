"""The movies of a data set: one checked list, whatever file they came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.errors import BadMovie, ImportFailed
from engine.importing.genres import canonical_genres
from engine.importing.ids import why_no_id
from engine.importing.limits import MAX_ALL_GENRES, MAX_GENRES, MAX_MOVIES, MAX_TITLE
from engine.importing.quoting import brief, named
from engine.importing.report import LineTally
from engine.importing.titles import Title, move_articles, parse_title
from engine.store import NewMovie
from engine.store.text import tidy

_TOO_LONG = f"the title is longer than {MAX_TITLE} characters"


class Details(NamedTuple):
    """What few data sets know of a movie."""

    runtime: int | None = None
    """Minutes."""
    director: str | None = None
    country: str | None = None
    original_title: str | None = None
    synopsis: str | None = None


class MovieRow(NamedTuple):
    """A movie of the file."""

    id: str
    title: Title
    genres: tuple[str, ...]
    details: Details = Details()

    def as_new(self) -> NewMovie:
        """The movie as the store takes it; the raw title only where it says more than title and year do."""
        title, year, raw = self.title
        usual = f"{title} ({year})" if year else title
        said = raw if raw != tidy(usual) else None
        return NewMovie(title, year, self.genres, **self.details._asdict(), source_id=self.id, raw_title=said)


class Catalogue:
    """Movies in the order of their file, each id once."""

    def __init__(self, file: str, tally: LineTally, *, plain_ids: bool = True) -> None:
        self.file = file
        self.movies: list[MovieRow] = []
        self._lines: dict[str, int] = {}
        self._genres: dict[str, str] = {}
        self._tally = tally
        self._plain_ids = plain_ids

    def skip(self, line: int, reason: str) -> None:
        """Note a line that is no movie."""
        self._tally.read += 1
        self._tally.skip(self.file, line, reason)

    def add(self, line: int, movie_id: str, raw_title: str, genres: Sequence[str], year: int | None = None) -> None:
        """Take one line: a movie, or a bad line with its reason. `year`: where the file has it beside the title."""
        if reason := _too_much(raw_title, genres):
            self.skip(line, reason)
            return
        title = parse_title(raw_title) if year is None else Title(move_articles(raw_title.strip()), year, raw_title)
        movie = MovieRow(movie_id.strip(), title, canonical_genres(genres))
        reason = self._why_no_id(movie.id) or why_not(movie)
        if reason:
            self.skip(line, reason)
            return
        if len(self.movies) == MAX_MOVIES:
            raise ImportFailed(f"{self.file}, line {line}: more than {MAX_MOVIES:,} movies: import a part of them")
        if len(self._genres) > MAX_ALL_GENRES:
            raise ImportFailed(f"{self.file}, line {line}: more than {MAX_ALL_GENRES:,} genres: correct the file")
        self._tally.read += 1
        self._lines[movie.id] = line
        self.movies.append(movie._replace(genres=tuple(map(self._shared, movie.genres))))

    def _why_no_id(self, movie_id: str) -> str | None:
        if reason := why_no_id(movie_id.encode(), plain=self._plain_ids):
            return f"the movie id {reason}"
        line = self._lines.get(movie_id)
        return None if line is None else f"movie {named(movie_id)} is on line {line} already"

    def _shared(self, genre: str) -> str:
        """The one text of that name, so that movies do not hold a copy each."""
        return self._genres.setdefault(genre, genre)

    def ids(self) -> list[str]:
        """The ids, in order."""
        return [movie.id for movie in self.movies]


def _too_much(raw_title: str, genres: Sequence[str]) -> str | None:
    """What would take long to look into: a title is searched for years and articles, each genre is checked."""
    if len(raw_title) > 2 * MAX_TITLE:
        return _TOO_LONG
    return f"more than {MAX_GENRES} genres" if len(genres) > MAX_GENRES else None


def why_not(movie: MovieRow) -> str | None:
    """Why the store can't hold a movie of good id, or None where it can."""
    if not movie.title.display:
        return "the title is empty"
    new = movie.as_new()
    if max(len(new.title), len(new.raw_title or "")) > MAX_TITLE:
        return _TOO_LONG
    try:
        new.checked()
    except BadMovie as error:
        return brief(error)
    return None
