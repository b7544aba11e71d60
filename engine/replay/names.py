"""The names in a script: the movies, viewers, genres and files that they mean, seen to before anything is changed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args, get_origin

from engine.errors import BadMovie, ImportFailed, NameTaken, ScriptBroken, UnknownMovie, UnknownUser
from engine.replay.steps import AddMovie, Import, Login, Part, Step, fields_of
from engine.replay.values import Genre, MovieName, choice
from engine.service.catalogue import Catalogue, normalised
from engine.store import NewMovie
from engine.store.users import checked_name
from engine.text import nearest
from engine.types import Movie

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.replay.script import Script, ScriptLine
    from engine.service.protocols import PlayerService

_NUMBERED = re.compile(r"(.*?)\s*\[(\d{1,9})\]")
_NAMED = 3
"""Movies that an ambiguous title's message names."""


class MovieNames:
    """A catalogue by the names that a script may use."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._named: dict[str, list[Movie]] = {}
        for movie in catalogue.movies:
            for name in _names(movie):
                self._named.setdefault(name, []).append(movie)

    @classmethod
    def of(cls, catalogue: Catalogue) -> MovieNames:
        """That of a catalogue, made once as long as the catalogue is the same."""
        return _movies_of(catalogue)

    def named(self, name: str) -> Movie:
        """The movie of that name; UnknownMovie names the nearest, or all that are called so."""
        if numbered := _NUMBERED.fullmatch(name):
            return self._by_number(int(numbered[2]), numbered[1])
        found = self._named.get(normalised(name), [])
        if len(found) == 1:
            return found[0]
        if found:
            some = ", ".join(f"`{movie.label} [{movie.movie_id}]`" for movie in found[:_NAMED])
            raise UnknownMovie(f"{len(found)} movies are called {name!r}: write {some}")
        near = self.catalogue.search(re.sub(r"\s*\(\d{4}\)$", "", name), limit=1)
        hint = f"did you mean `{near[0].label}`?" if near else "search for it with `matinee`"
        raise UnknownMovie(f"no movie is called {name!r}; {hint}")

    def name_of(self, movie_id: int) -> str:
        """The name that `named` takes for a movie: title and year, with the number where another is called so too."""
        movie = self.catalogue.by_id[movie_id]
        alone = len(self._named.get(normalised(movie.label), [])) == 1
        return movie.label if alone else f"{movie.label} [{movie_id}]"

    def _by_number(self, movie_id: int, title: str) -> Movie:
        movie = self.catalogue.by_id.get(movie_id)
        if movie is None:
            raise UnknownMovie(f"no movie has the number {movie_id}")
        if title and normalised(title) not in _names(movie):
            raise UnknownMovie(f"the movie with the number {movie_id} is `{movie.label}`, not {title!r}")
        return movie


@lru_cache(maxsize=4)
def _movies_of(catalogue: Catalogue) -> MovieNames:
    return MovieNames(catalogue)


def _names(movie: Movie) -> set[str]:
    """Everything a movie may be called by, folded."""
    titles = [movie.title] + ([movie.original_title] if movie.original_title else [])
    years = [f"{title} ({movie.year})" for title in titles] if movie.year else []
    return {normalised(name) for name in (*titles, *years)}


def check_names(script: Script, service: PlayerService) -> None:
    """See that everything the script names is there, before anything is changed; ScriptBroken for the first gap."""
    known = _Known(service)
    for line in script.lines:
        try:
            known.check(line, script.path.parent)
        except (UnknownMovie, UnknownUser, NameTaken, BadMovie, ScriptBroken, ImportFailed) as error:
            raise ScriptBroken(script.fault(line, str(error), known.name)) from error


class _Known:
    """What exists when a step is played: what the database holds, and what the steps before have added."""

    def __init__(self, service: PlayerService) -> None:
        self._service = service
        self._movies = MovieNames.of(service.catalogue)
        self._genres = set(service.catalogue.genres)
        self._viewers: dict[str, str] = {}
        """The viewers of the steps before, by their names in lower case."""
        self._imported = False
        self.name = ""
        """What is being checked."""

    def check(self, line: ScriptLine, folder: Path) -> None:
        """Raise for the first name of a step that means nothing; then take in what the step adds."""
        step = line.step
        for kind, name in names_in(step):
            self.name = name
            if kind == MovieName:
                self._movies.named(name)
            elif name not in self._genres:
                raise ScriptBroken(f"there is no genre `{name}`; {choice(name, tuple(sorted(self._genres)))}")
        self.name = ""
        if isinstance(step, Login):
            self._check_viewer(step)
        elif isinstance(step, Import):
            self._bring(self._service.movies_to_import(check_inside(folder, step.path), step.format))
            self._imported = True
        elif isinstance(step, AddMovie):
            facts = (step.title, step.year, step.genres, step.runtime, step.director, step.country, step.synopsis)
            NewMovie(*facts).checked()
            self._bring((Movie(0, *facts),))

    def _check_viewer(self, step: Login) -> None:
        name = step.name.strip().casefold()
        if step.new or step.began_with is not None:
            checked_name(step.name)
        if step.new and (name in self._viewers or self._exists(step.name)):
            raise ScriptBroken(f"the viewer {step.name!r} exists already; write `login: {step.name}`, or another name")
        is_brought = step.new or step.began_with is not None
        if not is_brought and name not in self._viewers and not self._imported:
            self._find_viewer(step.name)
        self._viewers[name] = step.name

    def _find_viewer(self, name: str) -> None:
        """ScriptBroken names the nearest viewer, and no database: it may be one that is made for the check alone."""
        try:
            self._service.viewer(name)
        except UnknownUser as error:
            near = nearest(name, self._viewers.values(), cutoff=0.6)
            _, hint, names = str(error).partition("Did you mean ")
            advice = f"write `login: {{name: {name}, new: true}}` for somebody new"
            if near or hint:
                advice = f"did you mean {repr(near) + '?' if near else names}"
            raise ScriptBroken(f"no viewer is called {name!r}; {advice}") from error

    def _exists(self, name: str) -> bool:
        try:
            self._service.viewer(name)
        except UnknownUser:
            return False
        return True

    def _bring(self, movies: tuple[Movie, ...]) -> None:
        """Movies come into the catalogue, with the next numbers."""
        known = self._movies.catalogue.movies
        number = max((movie.movie_id for movie in known), default=0) + 1
        new = (dataclasses.replace(movie, movie_id=at) for at, movie in enumerate(movies, start=number))
        self._movies = MovieNames(Catalogue((*known, *new)))
        self._genres = set(self._movies.catalogue.genres)


def check_inside(folder: Path, name: str) -> Path:
    """The path of a file in the script's folder. ScriptBroken when it is not there, or a link leads out."""
    path = folder / name
    if not path.exists():
        files = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(path.name, files, cutoff=0.6)
        raise ScriptBroken(f"there is no file {path}{f'; did you mean `{near}`?' if near else ''}")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ScriptBroken(f"{name} leads out of the script's folder, to {path.resolve()}; copy it into the folder")
    return path


def names_in(part: Part) -> Iterator[tuple[Any, str]]:
    """The names in a step's fields, each with its kind (MovieName or Genre); not those of a step that must fail."""
    for name, field in fields_of(type(part)).items():
        yield from _names_of(field.type, getattr(part, name))


def _names_of(kind: Any, value: Any) -> Iterator[tuple[Any, str]]:
    args = get_args(kind)
    if kind in (MovieName, Genre):
        yield kind, value
    elif type(None) in args and value is not None:
        yield from _names_of(args[0], value)
    elif get_origin(kind) is tuple:
        for each in value:
            yield from _names_of(args[0], each)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _names_of(args[0], key)
            yield from _names_of(args[1], each)
    elif isinstance(value, Part) and not isinstance(value, Step):
        yield from names_in(value)
