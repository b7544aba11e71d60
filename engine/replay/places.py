"""Places in a movie, as a script writes them and as the store keeps them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.types import Movie

_UNKNOWN_RUNTIME = 100
"""Minutes, for a movie whose runtime nobody entered; the screens play it for as long."""
_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_MINUTES = re.compile(r"(\d{1,4}) ?min")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)")


def is_place(text: str) -> bool:
    """Whether the text names a place in a movie.

    >>> [is_place(text) for text in ("start", "end", "40%", "25 min", "1:05:00", "soon", "140%")]
    [True, True, True, True, True, False, False]
    """
    share = _SHARE.fullmatch(text)
    if share:
        return float(share[1]) <= 100
    return text in ("start", "end") or bool(_MINUTES.fullmatch(text) or _CLOCK.fullmatch(text))


def length(movie: Movie) -> int:
    """Seconds of the whole movie."""
    return (movie.runtime or _UNKNOWN_RUNTIME) * 60


def seconds(place: str, movie: Movie) -> int:
    """The place in seconds of the movie, at most its length; `place` is one.

    >>> from engine.types import Movie
    >>> [seconds(place, Movie(1, "Alien", runtime=100)) for place in ("start", "end", "40%", "25 min", "1:05:00")]
    [0, 6000, 2400, 1500, 3900]
    """
    whole = length(movie)
    if place in ("start", "end"):
        return 0 if place == "start" else whole
    if share := _SHARE.fullmatch(place):
        return round(whole * float(share[1]) / 100)
    if minutes := _MINUTES.fullmatch(place):
        return min(whole, int(minutes[1]) * 60)
    hours, minutes_, seconds_ = (int(part) for part in place.split(":"))
    return min(whole, hours * 3600 + minutes_ * 60 + seconds_)
