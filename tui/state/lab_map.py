"""The map as the screen holds it: arrays made once a view, the window that is looked through."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.snapshots import MAP_UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.snapshots import MapView
    from engine.types import Movie

    Array = Any
    """Of numpy, which is imported when a map is made: the screens start without it."""

COLOURS = 6
"""Genres with a colour and a letter of their own: the most frequent ones."""
_LEAST_ZOOM, _MOST_ZOOM = 0.5, 64.0
_START = 0.9


@dataclass(frozen=True, slots=True)
class MapPoints:
    """The movies as arrays, in the order of the engine's message."""

    movie_ids: Array
    place_Mx2: Array
    genre_M: Array
    """Number of each movie's genre among `genres`; the last one is all others."""
    genres: tuple[str, ...]

    @classmethod
    def of(cls, view: MapView, movies: Mapping[int, Movie]) -> MapPoints:
        """Unpack the engine's message; a movie's colour is that of its rarest genre that has one."""
        import numpy as np

        movie_ids = np.frombuffer(view.movie_ids, "<i4")
        place_Mx2 = np.frombuffer(view.places, "<i2").reshape(-1, 2).astype(np.float32) / np.float32(MAP_UNIT)
        genres = frequent_genres(movies)
        number = {genre: at for at, genre in enumerate(genres)}
        other = len(genres)
        known = (movies.get(movie_id) for movie_id in movie_ids.tolist())
        own = ([number[genre] for genre in movie.genres if genre in number] if movie else [] for movie in known)
        return cls(movie_ids, place_Mx2, np.array([max(each, default=other) for each in own], np.int64), genres)

    def moved(self, view: MapView) -> MapPoints | None:
        """The same movies at other places; None where the catalogue has changed."""
        import numpy as np

        if view.movie_ids != self.movie_ids.tobytes():
            return None
        place_Mx2 = np.frombuffer(view.places, "<i2").reshape(-1, 2).astype(np.float32) / np.float32(MAP_UNIT)
        return MapPoints(self.movie_ids, place_Mx2, self.genre_M, self.genres)


def letters(genres: Sequence[str]) -> tuple[str, ...]:
    """A letter for each genre: its first one, a small one where that is taken, or else a figure.

    >>> letters(["Adventure", "Action", "Animation"])
    ('A', 'a', '3')
    """
    taken: list[str] = []
    for number, genre in enumerate(genres, start=1):
        choice = (genre[:1].upper(), genre[:1].lower(), str(number))
        taken.append(next(each for each in choice if each not in taken))
    return tuple(taken)


def frequent_genres(movies: Mapping[int, Movie]) -> tuple[str, ...]:
    """The genres that most movies have, most frequent first."""
    counts: dict[str, int] = {}
    for movie in movies.values():
        for genre in movie.genres:
            counts[genre] = counts.get(genre, 0) + 1
    return tuple(sorted(counts, key=lambda genre: (-counts[genre], genre))[:COLOURS])


@dataclass(slots=True)
class MapLook:
    """What the viewer sees of the map."""

    view: MapView | None = None
    points: MapPoints | None = None
    x: float = 0.0
    y: float = 0.0
    """The middle of the window: where the cross-hairs are."""
    zoom: float = _START
    genre: int | None = None
    """The only genre whose movies are drawn; None: all."""
    frames: int = 0
    """Views taken so far."""
    _listed_at: int = field(default=-1)

    def take(self, view: MapView, movies: Mapping[int, Movie]) -> None:
        """Keep a view; the window stays where it is."""
        moved = self.points.moved(view) if self.points is not None else None
        self.points = moved or MapPoints.of(view, movies)
        self.view = view
        self.frames += 1

    def pan(self, dx: float, dy: float) -> None:
        """Move the window by parts of its height."""
        self.x += dx / self.zoom
        self.y += dy / self.zoom

    def closer(self, factor: float) -> None:
        """Zoom in, or out with a factor below 1."""
        self.zoom = max(_LEAST_ZOOM, min(_MOST_ZOOM, self.zoom * factor))

    def reset(self) -> None:
        """The whole map."""
        self.x = self.y = 0.0
        self.zoom, self.genre = _START, None

    def next_genre(self) -> None:
        """Only one genre, the next one, then all again."""
        if self.points is not None:
            at = -1 if self.genre is None else self.genre
            self.genre = at + 1 if at + 1 < len(self.points.genres) else None

    def go_to(self, movie_id: int) -> bool:
        """Put the cross-hairs on a movie; False where the map does not have it."""
        place = self.place_of(movie_id)
        if place is None:
            return False
        self.x, self.y = place
        return True

    def go_round(self, movie_ids: Sequence[int], step: int) -> int | None:
        """Put the cross-hairs on the next of some movies; that movie."""
        if not movie_ids:
            return None
        self._listed_at = (
            (self._listed_at + step) % len(movie_ids) if self._listed_at >= 0 or step > 0 else len(movie_ids) - 1
        )
        movie_id = movie_ids[self._listed_at % len(movie_ids)]
        return movie_id if self.go_to(movie_id) else None

    def place_of(self, movie_id: int) -> tuple[float, float] | None:
        """Where a movie is."""
        if self.points is None:
            return None
        found = (self.points.movie_ids == movie_id).nonzero()[0]
        if not len(found):
            return None
        x, y = self.points.place_Mx2[found[0]].tolist()
        return x, y

    def nearest(self) -> int | None:
        """The movie that is nearest to the cross-hairs, of those that are drawn."""
        points = self.points
        if points is None or not len(points.movie_ids):
            return None
        off_Mx2 = points.place_Mx2 - [self.x, self.y]
        far_M = (off_Mx2**2).sum(1)
        if self.genre is not None:
            far_M[points.genre_M != self.genre] = float("inf")
        return int(points.movie_ids[far_M.argmin()])
