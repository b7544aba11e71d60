"""The kinds of values in a script. The reader, the JSON Schema and the checks of names follow these types.

`Meta` says what a kind refuses (`pattern`, `ge`) and what an editor should know beside it (`extra_json_schema`); under
`fault` it has the words for a text that is refused, where `{name}` is the field and `{shown}` the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from engine.text import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.types import Movie

MAX_EPOCHS = 1_000
"""A script that asks for more is a slip: it would keep a machine busy for days."""
MAX_SEED = 2**31 - 1
"""The command line's bound too."""

MovieName = Annotated[str, Meta(extra={"names": "a movie"})]
"""A movie: `Alien (1979)`, `Alien` where no other movie is called so, or `Alien [17]` with its number."""
Genre = Annotated[str, Meta(extra={"names": "a genre"})]
"""A genre of the catalogue."""
Count = Annotated[int, Meta(ge=0)]
"""A whole number from 0."""
Stars = Annotated[float, Meta(extra_json_schema={"minimum": 0.5, "maximum": 5, "multipleOf": 0.5})]
"""0.5 to 5 in half steps; `rules.py` checks it, because a step that must fail may hold other stars."""
Strength = Annotated[float, Meta(extra_json_schema={"minimum": 0, "maximum": 1})]
"""0 (the list as scored) to 1 (variety alone); `rules.py` checks it."""
Epochs = Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": MAX_EPOCHS})]
"""Passes over the viewers, 1 to 1,000; `rules.py` checks it."""
File = Annotated[
    str,
    Meta(
        pattern=r"^(?![/\\~])(?![^/\\]*:)(?!([\s\S]*[/\\])?\.\.([/\\]|$))[\s\S]",
        extra={"fault": "`{name}` leads out of the script's folder: {shown}; name a file inside it"},
    ),
]
"""A path inside the script's folder, or a name inside the folder of results; it never leads out."""
Position = Annotated[
    str,
    Meta(
        pattern=r"^(start|end|(100(\.0+)?|0?\d{1,2}(\.\d+)?) ?%|\d{1,4} ?min|\d{1,2}:[0-5]\d:[0-5]\d)$",
        extra={"fault": "{shown} is no place in a movie; write `start`, `end`, `40%`, `25 min` or `1:05:00`"},
    ),
]
"""A position in a movie: `start`, `end`, `40%`, `25 min`, `1:05:00`."""
AnyStep = Annotated[Any, Meta(extra_json_schema={"type": "object", "minProperties": 1, "maxProperties": 1})]
"""A step, written as in the list."""

_UNKNOWN_RUNTIME = 100
"""Minutes, for a movie whose runtime nobody entered; the screens play it for as long."""
_SHARE = re.compile(r"([\d.]+) ?%")
_MINUTES = re.compile(r"(\d+) ?min")


def length(movie: Movie) -> int:
    """Seconds of the whole movie."""
    return (movie.runtime or _UNKNOWN_RUNTIME) * 60


def seconds(position: str, movie: Movie) -> int:
    """A `Position` in seconds of the movie, at most its length.

    >>> from engine.types import Movie
    >>> [seconds(at, Movie(1, "Alien", runtime=100)) for at in ("start", "end", "40%", "25 min", "1:05:00")]
    [0, 6000, 2400, 1500, 3900]
    """
    whole = length(movie)
    if position in ("start", "end"):
        return 0 if position == "start" else whole
    if share := _SHARE.fullmatch(position):
        return round(whole * float(share[1]) / 100)
    if minutes := _MINUTES.fullmatch(position):
        return min(whole, int(minutes[1]) * 60)
    hours, minutes_, seconds_ = (int(part) for part in position.split(":"))
    return min(whole, hours * 3600 + minutes_ * 60 + seconds_)


def clock(at: int) -> str:
    """Seconds of a movie as a `Position`.

    >>> clock(3725)
    '1:02:05'
    """
    hours, rest = divmod(at, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


def choice(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """What was probably meant, or all that is possible.

    >>> choice("lgin", ("login", "rate"))
    'did you mean `login`?'
    """
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else f"choose one of {', '.join(known)}"
