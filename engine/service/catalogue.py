"""The catalogue in memory: every movie by id, and a search that answers while the viewer types."""

from __future__ import annotations

import unicodedata
from functools import cached_property
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.types import Movie

_FEW = 5
"""With fewer substring hits than this, the search by words adds to them."""
_SIMILAR = 72.0
"""Least similarity, 0 to 100, of a misspelled word to the right one."""
_ASCII_LIMIT = 128


def normalised(text: str) -> str:
    """Text as the search compares it: casefolded, accents stripped, runs of space made one.

    >>> normalised("  Amélie  POULAIN ")
    'amelie poulain'
    """
    spaced = " ".join(text.casefold().split())
    if spaced.isascii():
        return spaced
    marks = (c for c in unicodedata.normalize("NFKD", spaced) if ord(c) < _ASCII_LIMIT or not unicodedata.combining(c))
    return "".join(marks)


class Catalogue:
    """Every movie of the store as of one reading; a new movie makes a new catalogue."""

    def __init__(self, movies: Iterable[Movie]) -> None:
        self.movies: tuple[Movie, ...] = tuple(sorted(movies, key=lambda movie: movie.movie_id))
        self.by_id: Mapping[int, Movie] = MappingProxyType({movie.movie_id: movie for movie in self.movies})
        self.genres: tuple[str, ...] = tuple(sorted({genre for movie in self.movies for genre in movie.genres}))
        keyed = sorted(((_search_key(movie), at) for at, movie in enumerate(self.movies)))
        self._keys = [key for key, _ in keyed]
        """In alphabetical order, so that hits need no sorting."""
        self._movie_at = [at for _, at in keyed]
        self._text = "\n".join(self._keys)
        """All keys in one text: a look into it rules out most queries, five times as fast as a look into each key."""

    def __len__(self) -> int:
        return len(self.movies)

    def search(self, query: str = "", genre: str | None = None, limit: int | None = None) -> list[Movie]:
        """The movies whose title holds `query`, best first: titles that begin with it, words that do, the rest.

        Titles, original titles and years are compared without case and accents. With fewer than five hits, movies
        that hold all words of the query in any order follow, a word that no title holds being taken for the most
        similar one that a title does. An empty query gives the whole catalogue by number. `genre` keeps the movies of
        one genre.
        """
        wanted = normalised(query)
        if not wanted:
            found: Iterable[Movie] = self.movies
        else:
            hits = self._holding(wanted)
            if len(hits) < _FEW:
                known = set(hits)
                hits += [hit for hit in self._by_words(wanted) if hit not in known]
            found = (self.movies[self._movie_at[hit]] for hit in hits)
        kept = (movie for movie in found if genre is None or genre in movie.genres)
        return list(kept if limit is None else islice(kept, limit))

    def _holding(self, wanted: str) -> list[int]:
        """Keys that hold the text, best first."""
        if wanted not in self._text:
            return []
        first: list[int] = []
        second: list[int] = []
        third: list[int] = []
        word = f" {wanted}"
        for at, key in enumerate(self._keys):
            if wanted in key:
                (first if key.startswith(wanted) else second if word in key else third).append(at)
        first.sort(key=lambda at: len(self._keys[at]))
        return first + second + third

    def _by_words(self, wanted: str) -> list[int]:
        """Keys that hold every word, misspelled ones put right."""
        left: Sequence[int] = range(len(self._keys))
        for written in wanted.split():
            word = self._spelled(written)
            left = [at for at in left if word in self._keys[at]] if word else []
        return list(left)

    def _spelled(self, word: str) -> str | None:
        """The word itself if any title holds it, else the most similar one of all titles; None when none is."""
        if word in self._text:
            return word
        from rapidfuzz import fuzz, process  # the first key press need not wait for it

        best = process.extractOne(word, self._words, scorer=fuzz.ratio, score_cutoff=_SIMILAR)
        return best[0] if best else None

    @cached_property
    def _words(self) -> list[str]:
        return sorted({word for key in self._keys for word in key.split()})


def _search_key(movie: Movie) -> str:
    parts = (movie.title, str(movie.year or ""), movie.original_title or "")
    return normalised(" ".join(parts))
