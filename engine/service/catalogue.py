"""The catalogue in memory: every movie by id, and a search that answers while the viewer types."""

from __future__ import annotations

import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from engine.types import Movie

_FEW = 5
"""Fewer substring hits than this, and the fuzzy search joins in."""
_FUZZY_CUTOFF = 75.0
"""Similarity, 0 to 100, under which a fuzzy hit is noise."""
_ASCII_LIMIT = 128


def fold(text: str) -> str:
    """Text as the search compares it: casefolded, accents stripped, runs of space made one.

    >>> fold("  Amélie  POULAIN ")
    'amelie poulain'
    """
    folded = " ".join(text.casefold().split())
    if folded.isascii():
        return folded
    marks = (c for c in unicodedata.normalize("NFKD", folded) if ord(c) < _ASCII_LIMIT or not unicodedata.combining(c))
    return "".join(marks)


class Catalogue:
    """Every movie of the store at one moment; never changed, only replaced."""

    def __init__(self, movies: Iterable[Movie]) -> None:
        self.movies: tuple[Movie, ...] = tuple(sorted(movies, key=lambda movie: movie.movie_id))
        self.by_id: Mapping[int, Movie] = MappingProxyType({movie.movie_id: movie for movie in self.movies})
        self.genres: tuple[str, ...] = tuple(sorted({genre for movie in self.movies for genre in movie.genres}))
        self._keys = [_search_key(movie) for movie in self.movies]

    def __len__(self) -> int:
        return len(self.movies)

    def search(self, query: str = "", genre: str | None = None, limit: int | None = None) -> list[Movie]:
        """The movies whose title holds `query`, best first: titles that begin with it, words that do, the rest.

        Titles, original titles and years are compared without case and accents. With fewer than five hits, movies
        that hold all words of the query in any order follow, and then similar titles (typing errors). An empty query
        gives the whole catalogue in title order of the store. `genre` keeps the movies of one genre.
        """
        wanted = fold(query)
        hits = self._substring(wanted) if wanted else list(range(len(self.movies)))
        if wanted and len(hits) < _FEW:
            hits += self._similar(wanted, set(hits))
        found = (self.movies[index] for index in hits)
        kept = [movie for movie in found if genre is None or genre in movie.genres]
        return kept if limit is None else kept[:limit]

    def _substring(self, wanted: str) -> list[int]:
        hits = [index for index, key in enumerate(self._keys) if wanted in key]
        hits.sort(key=self._ranker(wanted))
        return hits

    def _ranker(self, wanted: str) -> Callable[[int], tuple[int, int, str]]:
        word = f" {wanted}"

        def rank(index: int) -> tuple[int, int, str]:
            key = self._keys[index]
            place = 0 if key.startswith(wanted) else 1 if word in key else 2
            return place, len(key) if place == 0 else 0, key

        return rank

    def _similar(self, wanted: str, known: set[int]) -> list[int]:
        """Hits of the slower kinds; rapidfuzz takes 50 ms on 60k titles, so it runs only when little was found."""
        words = wanted.split()
        hits = [i for i, key in enumerate(self._keys) if i not in known and all(word in key for word in words)]
        if len(known) + len(hits) >= _FEW or len(wanted) < 3:
            return hits
        from rapidfuzz import fuzz, process

        known = known | set(hits)
        scored = process.extract(wanted, self._keys, scorer=fuzz.WRatio, score_cutoff=_FUZZY_CUTOFF, limit=2 * _FEW)
        return hits + [index for _key, _score, index in scored if index not in known]


def _search_key(movie: Movie) -> str:
    parts = (movie.title, str(movie.year or ""), movie.original_title or "")
    return fold(" ".join(parts))
