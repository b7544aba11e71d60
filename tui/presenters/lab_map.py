"""The map drawn: movies as Braille dots in the colours of their genres, the viewer's way over them.

Sixty thousand points are put into cells by numpy, a text a line; a line is cut where its colour changes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.presenters.text import ACCENT, BOLD, DOWN, QUIET, STAR, UP, VARIETY, fit, line
from tui.state.lab_map import letters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.types import Movie
    from tui.state.lab_map import MapLook, MapPoints

GENRE_STYLES = ("$curve-loss", STAR, UP, DOWN, VARIETY, "$foreground", QUIET)
"""Of the genres in their order; the last one is of all others."""
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_NEAR_ZOOM = 6.0
"""From this zoom on movies are letters, their genre's first one."""

Piece = tuple[str, int]
"""Text and the number of its style; -1 for what lies over the dots, in its own style."""


class Mark(NamedTuple):
    """A sign over the dots."""

    row: int
    column: int
    sign: str
    style: str


def dots(points: MapPoints, look: MapLook, width: int, height: int) -> list[list[Piece]]:
    """The movies as lines of pieces, each with the number of its genre."""
    import numpy as np

    cell_C, bit_C, genre_C = _cells(points, look, width, height)
    grid = np.zeros(width * height, np.uint8)
    np.bitwise_or.at(grid, cell_C, bit_C)
    n_genres = len(points.genres) + 1
    counts = np.bincount(cell_C * n_genres + genre_C, minlength=width * height * n_genres)
    style = counts.reshape(-1, n_genres).argmax(1)
    if look.zoom >= _NEAR_ZOOM:
        signs = np.array([ord(letter) for letter in (*letters(points.genres), "·")], "<u4")
        text = np.where(grid > 0, signs[style], ord(" ")).astype("<u4")
    else:
        text = np.where(grid > 0, grid.astype("<u4") + 0x2800, ord(" ")).astype("<u4")
    style = np.where(grid > 0, style, -1).reshape(height, width)
    return [_pieces(*row) for row in zip(text.reshape(height, width), style, strict=True)]


def _cells(points: MapPoints, look: MapLook, width: int, height: int) -> tuple[Any, Any, Any]:
    """Cell, dot and genre of every movie within the window."""
    import numpy as np

    scale = dots_per_unit(look, height)
    x_M = ((points.place_Mx2[:, 0] - look.x) * scale + width).astype(np.int64)
    y_M = (2 * height - (points.place_Mx2[:, 1] - look.y) * scale).astype(np.int64)
    inside_M = (x_M >= 0) & (x_M < 2 * width) & (y_M >= 0) & (y_M < 4 * height)
    if look.genre is not None:
        inside_M &= points.genre_M == look.genre
    x_C, y_C = x_M[inside_M], y_M[inside_M]
    bits = np.array(_BITS, np.uint8)
    return (y_C >> 2) * width + (x_C >> 1), bits[x_C & 1, y_C & 3], points.genre_M[inside_M]


def dots_per_unit(look: MapLook, height: int) -> float:
    """How many dots a distance of 1 takes: at zoom 1 the window's height is 4."""
    return look.zoom * height


def _pieces(text: Any, style: Any) -> list[Piece]:
    """A line cut where its style changes; blanks take the style before them."""
    import numpy as np

    at = np.arange(len(style))
    last = np.maximum.accumulate(np.where(style >= 0, at, 0))
    filled = np.where(style[last] >= 0, style[last], len(GENRE_STYLES) - 1)
    cuts = [0, *(np.flatnonzero(np.diff(filled)) + 1).tolist(), len(style)]
    drawn = text.tobytes().decode("utf-32-le")
    return [(drawn[a:b], int(filled[a])) for a, b in pairwise(cuts)]


def marks(look: MapLook, listed: Sequence[int], rated: Sequence[int], width: int, height: int) -> list[Mark]:
    """The cross-hairs, the list as 1 to 5, rated movies as ★, the viewer's way as ○ up to ◉, or ? for what is tried."""
    made: list[Mark] = []

    def put(place: tuple[float, float] | None, sign: str, style: str) -> None:
        if place is None:
            return
        scale = dots_per_unit(look, height)
        column = int((place[0] - look.x) * scale + width) // 2
        row = int(2 * height - (place[1] - look.y) * scale) // 4
        if 0 <= column < width and 0 <= row < height:
            made.append(Mark(row, column, sign, style))

    for movie_id in rated:
        put(look.place_of(movie_id), "★", STAR)
    for number, movie_id in enumerate(listed, start=1):
        put(look.place_of(movie_id), str(number), f"{BOLD} reverse")
    path = look.view.path if look.view else ()
    would_be = bool(look.view and look.view.would_be)
    for at, place in enumerate(path):
        is_last = at == len(path) - 1
        sign = ("?" if would_be else "◉") if is_last else "○"
        put(place, sign, f"{BOLD} {ACCENT}" if is_last else ACCENT)
    made.append(Mark(height // 2, width // 2, "+", BOLD))
    return made


def legend(points: MapPoints, genre: int | None, width: int) -> Content:
    """The genres with their letters, in their colours; one alone in brackets."""
    parts = []
    for number, (letter, name) in enumerate(zip(letters(points.genres), points.genres, strict=True)):
        words = f"[{letter} {name}]" if number == genre else f" {letter} {name} "
        parts.append(line((words, GENRE_STYLES[number] if genre in (None, number) else QUIET)))
    return fit(line(*parts, ("  · others", QUIET)), width)


def foot(look: MapLook, movies: Mapping[int, Movie], width: int) -> Content:
    """The movie at the cross-hairs, and what the signs mean."""
    nearest = look.nearest()
    movie = movies.get(nearest) if nearest is not None else None
    name = "" if movie is None else movie.label
    genres = "" if movie is None else " · ".join(movie.genres)
    signs = "◉ you  ○ you before  ★ rated  1-5 your list"
    return fit(line(("+ ", BOLD), (name, BOLD), (f"  {genres}   ", QUIET), (signs, QUIET)), width)
