"""Which viewer comes first on the log-in screen, and which movies a new viewer is asked about."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from engine import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from engine.service.catalogue import Catalogue
    from engine.types import Movie

_FILE = "last-viewers.json"
_PER_STEP = 8
"""The taste start chooses from so many popular movies for each movie that it returns."""


def last_viewer(folder: Path, store_uuid: str) -> str | None:
    """The name of the viewer who logged in last on this store; None when nobody did or the file can't be read."""
    name = _read(folder / _FILE).get(store_uuid)
    return name if isinstance(name, str) else None


def remember_viewer(folder: Path, store_uuid: str, name: str) -> None:
    """Make `name` the last viewer of this store, atomically: a crash leaves the old file or the new one. OSError."""
    known = _read(folder / _FILE) | {store_uuid: name}
    with files.replacing(folder / _FILE) as file:
        file.write(json.dumps(known, ensure_ascii=False, indent=1).encode())


def _read(path: Path) -> dict[str, object]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def taste_start(catalogue: Catalogue, rated: Iterable[int], n: int) -> list[Movie]:
    """`n` movies to ask a new viewer about: well known, and of different genres and decades.

    `rated` holds the movie ids of a sample of ratings. Greedy: of the `8 n` movies rated most often, the next one
    is the one whose genres and decade were asked about least so far; among equals the better known.
    """
    fame = Counter(rated)
    known = sorted(catalogue.movies, key=lambda movie: (-fame[movie.movie_id], movie.movie_id))[: _PER_STEP * n]
    asked: Counter[str] = Counter()
    chosen: list[Movie] = []
    while known and len(chosen) < n:
        best = min(range(len(known)), key=lambda place: (_familiar(known[place], asked), place))
        chosen.append(known.pop(best))
        asked.update(_traits(chosen[-1]))
    return chosen


def _traits(movie: Movie) -> list[str]:
    decade = [f"{movie.year // 10}0s"] if movie.year else []
    return [*movie.genres, *decade]


def _familiar(movie: Movie, asked: Counter[str]) -> float:
    traits = _traits(movie)
    return sum(asked[trait] for trait in traits) / len(traits) if traits else float("inf")
