"""Expectations against what is: each gives one `Check` that says what was expected and what was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from engine.replay import values
from engine.text import nearest
from engine.types import WatchKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from engine.replay.names import MovieNames
    from engine.replay.steps import Bounds, Expect
    from engine.service.protocols import PlayerService
    from engine.types import EngineStatus, Movie, Recommendations, TrainingRecord

_ROUNDING = 1e-9
"""Figures that differ by less are the same."""
_SLACK_S = 1
"""Seconds by which a position in a movie may be off, since shares are rounded."""


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation and what came of it."""

    what: str
    expected: str
    seen: str
    held: bool

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, saw {self.seen}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a viewer has before him at one step."""

    user_id: int
    now: Recommendations | None
    """The list."""
    before: Recommendations | None
    """The list that movements are measured against."""
    service: PlayerService
    movies: MovieNames
    predicted: Mapping[int, float]
    """Predicted stars of every movie that the model knows."""
    predicted_before: Mapping[int, float]
    """The same with the list before."""
    hits: tuple[Movie, ...] = ()
    """What the last search found."""
    trained: TrainingRecord | None = None
    """The end of the last training run."""
    status: EngineStatus | None = None
    screen: Callable[[], str] = field(default=str)
    """The text on the screen."""

    @property
    def listed(self) -> tuple[int, ...]:
        """The movies of the list."""
        return listed(self.now)


class _Checker(Protocol):
    def __call__(self, expect: Expect, seen: Seen) -> Iterator[Check]: ...


def listed(made: Recommendations | None) -> tuple[int, ...]:
    """The movies of a list, best first; none for no list."""
    return tuple(item.movie_id for item in made.items) if made else ()


def check(expect: Expect, seen: Seen) -> list[Check]:
    """All checks of one step, whether they hold or not. UnknownMovie for a name that means nothing."""
    return [result for checker in _CHECKERS for result in checker(expect, seen)]


# ------------------------------------------------------------------------------------------------------------- the list


def _members(expect: Expect, seen: Seen) -> Iterator[Check]:
    titles = _titles(seen, seen.listed)
    for name in expect.contains:
        yield Check("list", f"{name} in it", titles, seen.movies.named(name).movie_id in seen.listed)
    for name in expect.absent:
        yield Check("list", f"{name} not in it", titles, seen.movies.named(name).movie_id not in seen.listed)
    if expect.first is not None:
        first = seen.movies.named(expect.first).movie_id
        yield Check("list", f"{expect.first} first", titles, seen.listed[:1] == (first,))
    if expect.size is not None:
        yield _bounded("movies in the list", expect.size, len(seen.listed), len(listed(seen.before)))


def _moves(expect: Expect, seen: Seen) -> Iterator[Check]:
    before, now = listed(seen.before), seen.listed
    how = f"{_titles(seen, before)} before, {_titles(seen, now)} now"
    for name in expect.moved_up:
        movie = seen.movies.named(name).movie_id
        yield Check(
            "list", f"{name} higher than before", how, movie in now and _place(now, movie) < _place(before, movie)
        )
    for name in expect.moved_down:
        movie = seen.movies.named(name).movie_id
        held = movie in before and _place(now, movie) > _place(before, movie)
        yield Check("list", f"{name} lower than before, or gone", how, held)
    if expect.overlap is not None:
        result = _bounded(
            "movies that were in the list before", expect.overlap, len(set(before) & set(now)), len(before)
        )
        yield Check(result.what, result.expected, f"{result.seen} ({how})", result.held)


def _place(movies: tuple[int, ...], movie: int) -> float:
    return movies.index(movie) if movie in movies else float("inf")


def _variety(expect: Expect, seen: Seen) -> Iterator[Check]:
    now, before = seen.now, seen.before
    for genre, bounds in (expect.genres or {}).items():
        figures = [_of_genre(seen, listed(made), genre) for made in (now, before)]
        yield _bounded(f"{genre} in the list", bounds, *figures)
    if expect.coverage is not None:
        yield _bounded("genres of the list", expect.coverage, _figure(now, "genres"), _figure(before, "genres"))
    if expect.ild is not None:
        yield _bounded("ILD of the list", expect.ild, _figure(now, "ild"), _figure(before, "ild"))
    if expect.plain_ild is not None:
        plain = [made.plain.ild if made else None for made in (now, before)]
        yield _bounded("ILD without diversity", expect.plain_ild, *plain)
    if expect.mean_stars is not None:
        means = [_figure(made, "mean_stars") for made in (now, before)]
        yield _bounded("mean predicted stars", expect.mean_stars, *means)
    if expect.known is not None:
        yield _bounded("ratings of a movie", expect.known, _figure(now, "ratings"), _figure(before, "ratings"))
    for names, found, word in (
        (expect.entered, now.entered if now else (), "entered"), (expect.left, now.left if now else (), "left"),
    ):  # fmt: skip
        titles = _titles(seen, found)
        for name in names:
            yield Check(f"what {word}", name, titles, seen.movies.named(name).movie_id in found)


def _figure(made: Recommendations | None, name: str) -> float | None:
    return float(getattr(made.shown, name)) if made else None


def _of_genre(seen: Seen, movies: Iterable[int], genre: str) -> int:
    return sum(genre in seen.movies.catalogue.by_id[movie].genres for movie in movies)


def _reasons(expect: Expect, seen: Seen) -> Iterator[Check]:
    for name, wanted in (expect.reasons or {}).items():
        movie = seen.movies.named(name).movie_id
        item = next((item for item in seen.now.items if item.movie_id == movie), None) if seen.now else None
        given = [reason.movie_id for reason in item.reasons] if item else []
        for reason in wanted:
            held = seen.movies.named(reason).movie_id in given
            yield Check(f"reasons for {name}", reason, _titles(seen, given) if item else "it is not in the list", held)


# --------------------------------------------------------------------------------------------- stars, ratings, watching


def _stars(expect: Expect, seen: Seen) -> Iterator[Check]:
    for name, bounds in (expect.stars or {}).items():
        movie = seen.movies.named(name).movie_id
        stars = (predicted.get(movie) for predicted in (seen.predicted, seen.predicted_before))
        yield _bounded(f"predicted stars of {name}", bounds, *stars)


def _own_ratings(expect: Expect, seen: Seen) -> Iterator[Check]:
    if expect.rated is None and expect.ratings is None:
        return
    held = {movie: event.stars for movie, event in seen.service.ratings(seen.user_id).items()}
    for name, stars in (expect.rated or {}).items():
        given = held.get(seen.movies.named(name).movie_id)
        yield Check(f"own stars of {name}", _number(stars), _number(given), given == stars)
    if expect.ratings is not None:
        yield _bounded("movies rated", expect.ratings, sum(stars is not None for stars in held.values()), None)


def _watching(expect: Expect, seen: Seen) -> Iterator[Check]:
    for name, position in (expect.watched or {}).items():
        movie = seen.movies.named(name)
        at = left_at(seen.service, seen.user_id, movie)
        held = abs(at - values.seconds(position, movie)) <= _SLACK_S
        yield Check(f"watched of {name}", position, f"{at} of {values.length(movie)} seconds", held)


def left_at(service: PlayerService, user_id: int, movie: Movie) -> int:
    """Where a viewer left a movie: 0 when it was never begun, its length when it was finished."""
    at = service.watch_position(user_id, movie.movie_id)
    if at is not None:
        return at
    history = service.watch_history(user_id)
    last = next((event.kind for event in history if event.movie_id == movie.movie_id), None)
    return values.length(movie) if last is WatchKind.FINISHED else 0


# ------------------------------------------------------------------------------------------- search, training, screen


def _search(expect: Expect, seen: Seen) -> Iterator[Check]:
    found = [movie.movie_id for movie in seen.hits]
    for name in expect.found:
        yield Check("search", f"{name} found", _titles(seen, found), seen.movies.named(name).movie_id in found)
    if expect.hits is not None:
        yield _bounded("movies found", expect.hits, len(found), None)


def _training(expect: Expect, seen: Seen) -> Iterator[Check]:
    record, status = seen.trained, seen.status
    if expect.metrics is not None:
        values = {
            "loss": record.loss if record else None,
            "val_rmse": record.val_rmse if record else None,
            "val_ndcg10": record.val_ndcg10 if record else None,
            "epochs": record.epoch if record else None,
        }
        for name, value in values.items():
            bounds = getattr(expect.metrics, name)
            if bounds is not None:
                yield _bounded(name, bounds, value, None)
    if expect.engine is not None:
        if expect.engine.restarts is not None:
            yield _bounded("restarts of the engine", expect.engine.restarts, status.restarts if status else None, None)
        if expect.engine.behind is not None:
            behind = status.ratings_behind if status else None
            yield _bounded("ratings not in the weights", expect.engine.behind, behind, None)


def _screen(expect: Expect, seen: Seen) -> Iterator[Check]:
    if not expect.screen:
        return
    lines = [" ".join(line.split()) for line in seen.screen().splitlines()]
    for text in expect.screen:
        wanted = " ".join(text.split())
        held = wanted in " ".join(lines)
        yield Check("screen", repr(text), "it" if held else _instead(wanted, lines), held)


def _instead(wanted: str, lines: list[str]) -> str:
    """What was seen in place of a text: the line that is most like it. The rest of a screen tells of times."""
    near = nearest(wanted, lines, cutoff=0.3)
    return f"a screen without it; the nearest line is {near!r}" if near else "a screen without it"


# ------------------------------------------------------------------------------------------------------------- numbers


def _bounded(what: str, bounds: Bounds, value: float | None, before: float | None) -> Check:
    wanted, compared = [], []
    if bounds.exactly is not None:
        wanted.append(_number(bounds.exactly))
        compared.append(value is not None and abs(value - bounds.exactly) < _ROUNDING)
    if bounds.at_least is not None:
        wanted.append(f"at least {_number(bounds.at_least)}")
        compared.append(value is not None and value >= bounds.at_least - _ROUNDING)
    if bounds.at_most is not None:
        wanted.append(f"at most {_number(bounds.at_most)}")
        compared.append(value is not None and value <= bounds.at_most + _ROUNDING)
    if bounds.than_before is not None:
        wanted.append("the same as before" if bounds.than_before == "same" else f"{bounds.than_before} than before")
        compared.append(_compared(bounds.than_before, value, before))
    was = f" ({_number(before)} before)" if bounds.than_before else ""
    return Check(what, " and ".join(wanted), _number(value) + was, all(compared))


def _compared(how: str, value: float | None, before: float | None) -> bool:
    if value is None or before is None:
        return False
    same = abs(value - before) < _ROUNDING
    return {"same": same, "more": value > before and not same, "less": value < before and not same}[how]


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.4g}"


def _titles(seen: Seen, movies: Iterable[int]) -> str:
    known = seen.movies.catalogue.by_id
    return ", ".join(known[movie].label if movie in known else f"[{movie}]" for movie in movies) or "nothing"


_CHECKERS: tuple[_Checker, ...] = (
    _members, _moves, _variety, _reasons, _stars, _own_ratings, _watching, _search, _training, _screen,
)  # fmt: skip
