"""The data sets that can be imported, by name: their files, their encoding and their scale of ratings.

Half stars = rating × 10 / top of the scale, rounded to the nearest (a tie upwards), and never under 1, since the store
knows no zero stars. On the MovieLens scales every rating lands on a half step exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.importing.lines import Encoding

Family = Literal["100k", "dat", "csv", "netflix", "matinee"]
_TOPS = (5, 10, 100)
"""Scales that people use, by their best rating."""
_OUTLIERS = 0.01
"""Share of ratings that may lie above a scale: as bad lines they would be tolerated too."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From the worst to the best rating, in steps."""

    low: float
    high: float
    step: float
    """0 where any number between the two is a rating."""

    def fits(self, values: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which values are ratings of this scale."""
        inside: NDArray[np.bool_] = (values >= self.low) & (values <= self.high)
        if not self.step:
            return inside
        steps = (values - self.low) / self.step
        inside &= np.abs(steps - np.rint(steps)) < 1e-6
        return inside

    def half_stars(self, values: NDArray[np.float32]) -> NDArray[np.int8]:
        """Half stars, 1 to 10, of values that fit."""
        halves: NDArray[np.int8] = np.maximum(np.floor(values * 10 / self.high + 0.5), 1).astype(np.int8)
        return halves

    @property
    def span(self) -> str:
        """The scale in words."""
        steps = f" in steps of {self.step:g}" if self.step else ""
        return f"{self.low:g} to {self.high:g}{steps}"

    def __str__(self) -> str:
        factor, span = 5 / self.high, self.span
        if factor == 1 and self.low >= 0.5 and self.step in (0.5, 1):
            return f"{span}, kept as stars"
        rule = "stars = rating" if factor == 1 else f"stars = rating × {factor:g}"
        floor = ", 0.5 at least" if self.low * factor < 0.5 else ""
        return f"{span}; {rule}, to the nearest half{floor}"


WHOLE_STARS = Scale(1, 5, 1)
"""MovieLens 100K and 1M, Netflix."""
HALF_STARS = Scale(0.5, 5, 0.5)
"""MovieLens 10M and later."""


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


def infer_scale(parts: Iterable[NDArray[np.float32]]) -> Scale:
    """The scale of a data set that nobody described: the shortest usual one that holds 99 % of its ratings.

    `parts` hold the ratings and are gone through several times; half stars where there is none.
    """
    total = sum(map(len, parts))
    if not total:
        return HALF_STARS

    def share(test: Callable[[NDArray[np.float32]], NDArray[np.bool_]], of: int) -> float:
        return sum(int(test(values).sum()) for values in parts) / max(of, 1)

    def above(top: int) -> float:
        return share(lambda values: values > top, total)

    def fits(scale: Scale) -> bool:
        return share(scale.fits, inside) >= 1 - _OUTLIERS

    high = next((top for top in _TOPS if above(top) <= _OUTLIERS), _TOPS[-1])
    inside = sum(int((values <= high).sum()) for values in parts)
    least = min(float(values.min()) for values in parts if len(values))
    low = 0.0 if least < (0.5 if high == 5 else 1) else 0.5 if least < 1 else 1.0
    scales = (Scale(low, high, step) for step in (1.0, 0.5))
    return next((scale for scale in scales if fits(scale)), Scale(low, high, 0.0))
