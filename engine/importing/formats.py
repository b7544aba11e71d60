"""The data sets that can be imported, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.importing.encoding import Encoding
from engine.importing.scale import HALF_STARS, WHOLE_STARS, Scale

Family = Literal["100k", "dat", "csv", "netflix", "matinee"]


@dataclass(frozen=True, slots=True)
class Format:
    """One data set, or one kind of data sets."""

    name: str
    family: Family
    """Which reader knows the files."""
    encoding: Encoding
    scale: Scale | None
    """None where it is found from the ratings."""


def _csv(name: str) -> Format:
    return Format(name, "csv", Encoding.UTF8, HALF_STARS)


FORMATS = {
    known.name: known
    for known in (
        Format("ml-100k", "100k", Encoding.LATIN1, WHOLE_STARS),
        Format("ml-1m", "dat", Encoding.LATIN1, WHOLE_STARS),
        Format("ml-10m", "dat", Encoding.UTF8, HALF_STARS),
        _csv("ml-20m"),
        _csv("ml-25m"),
        _csv("ml-32m"),
        _csv("ml-latest"),
        _csv("ml-latest-small"),
        Format("dat", "dat", Encoding.EITHER, None),
        Format("netflix", "netflix", Encoding.LATIN1, WHOLE_STARS),
        Format("matinee", "matinee", Encoding.OURS, HALF_STARS),
    )
}
"""`dat` is any other data set of `::` files; `matinee` is what `matinee export` writes."""

FILES: dict[Family, tuple[str, ...]] = {
    "matinee": ("ratings.csv", "movies.csv", "viewers.csv", "details.csv"),
    "csv": ("ratings.csv", "movies.csv"),
    "dat": ("ratings.dat", "movies.dat"),
    "100k": ("u.data", "u.item"),
    "netflix": ("movie_titles.csv|movie_titles.txt", "combined_data_*.txt|mv_*.txt|training_set/mv_*.txt"),
}
"""The files that each reader needs, as patterns, with other names for the same behind a bar.

The first family whose files are all there is the one."""
RATINGS: dict[Family, str] = {
    "matinee": "ratings.csv",
    "csv": "ratings.csv",
    "dat": "ratings.dat",
    "100k": "u.data",
    "netflix": FILES["netflix"][1],
}
"""Which of them hold the ratings: only these may be large."""
OPTIONAL_FILES: dict[Family, tuple[str, ...]] = {"100k": ("u.genre",)}
"""Files that a reader uses where they are there."""
