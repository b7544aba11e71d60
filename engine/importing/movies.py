"""The movies of a data set: one checked list, whatever file they came from, with titles as people read them.

`Postman, The (1994)` is the movie *The Postman* of 1994. The raw text is kept beside it, since it is the only thing
that an export can give back unchanged.

Genres have one spelling for all data sets: the early MovieLens sets say `Children's`, the later ones `Children`, and
the store says `Children's`. Movies without genres have none, whatever words the file uses for it (`(no genres listed)`,
the flag `unknown` of MovieLens 100K).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.data.features import NO_GENRES
from engine.errors import BadMovie, ImportFailed
from engine.importing.ids import why_no_id
from engine.importing.limits import MAX_ALL_GENRES, MAX_GENRES, MAX_MOVIES, MAX_TITLE, YEARS
from engine.importing.report import LineTally
from engine.store import NewMovie
from engine.text import brief, named, tidy

_TOO_LONG = f"the title is longer than {MAX_TITLE} characters"
_YEAR = re.compile(r"\(([0-9]{4})\)")
_GROUP = re.compile(r"(\([^()]*\))")
_ARTICLE = re.compile(
    r"(?P<alias>a\.k\.a\.\s+)?(?P<body>\S.*?),\s+"
    r"(?P<article>(?:The|A|An|Le|La|Les|Il|El|Los|Das|Der|Die)|(?P<elided>L['’]))"
)
_SPELLING = {"Children": "Children's"}
_EXPORTED = {ours: theirs for theirs, ours in _SPELLING.items()}


class Title(NamedTuple):
    """A title in the parts that the store keeps."""

    display: str
    """Year removed, trailing articles moved to the front."""
    year: int | None
    raw: str
    """As the file has it, edge spaces included."""


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


class DatasetMovies:
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


def parse_title(raw: str) -> Title:
    """Read one title. A title that is nothing but a year keeps it as its text: `(1984)` has to be called something."""
    text, year = _take_year(" ".join(raw.split()))
    return Title(move_articles(text), year, raw)


def move_articles(text: str) -> str:
    """Move the trailing article of a title, and of each alternative title in parentheses, to the front.

    `City of Lost Children, The (Cité des enfants perdus, La)` becomes
    `The City of Lost Children (La Cité des enfants perdus)`.
    """
    whole = _move(text)
    if whole != text:
        return whole
    head, *rest = _GROUP.split(text)
    moved = [f"({_move(part[1:-1])})" if part.startswith("(") else part for part in rest]
    stem = head.rstrip()
    return _move(stem) + head[len(stem) :] + "".join(moved)


def _move(text: str) -> str:
    match = _ARTICLE.fullmatch(text)
    if match is None:
        return text
    space = "" if match["elided"] else " "
    return f"{match['alias'] or ''}{match['article']}{space}{match['body']}"


def _take_year(text: str) -> tuple[str, int | None]:
    years = [match for match in _YEAR.finditer(text) if int(match[1]) in YEARS]
    if not years:
        return text, None
    last = years[-1]
    before, after = text[: last.start()].rstrip(), text[last.end() :].strip()
    left = " ".join(part for part in (before, after) if part)
    return (left, int(last[1])) if left else (text, None)


def canonical_genres(names: Iterable[str]) -> tuple[str, ...]:
    """The store's names in alphabetical order, each once."""
    stripped = (name.strip() for name in names)
    return tuple(sorted({_SPELLING.get(name, name) for name in stripped if name and name != NO_GENRES}))


def exported_genres(names: Iterable[str]) -> str:
    """The genres in the words of the MovieLens CSV files, joined by `|`."""
    return "|".join(sorted(_EXPORTED.get(name, name) for name in names)) or NO_GENRES
