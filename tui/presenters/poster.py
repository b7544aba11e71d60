"""A poster for every movie, painted from its genres and its title: the same movie always has the same one.

Cells are half blocks, so a poster of w × h cells has w × 2h pixels. A genre chooses the motif, the title's hash the
hue, the composition and the details. Colours are the poster's own, as those of a picture; themes without colours of
their own get the same picture in shades (`shaded`).
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby
from typing import TYPE_CHECKING

from textual.color import Color
from textual.content import Content
from textual.style import Style

if TYPE_CHECKING:
    from engine.types import Movie

Rgb = tuple[int, int, int]
Motif = Callable[[float, float, "Dice"], tuple[int, float]]
"""From a point (x, y in -1..1, y down) and the dice to a layer (0 ground, 1 figure, 2 light) and its lightness."""

_HUES = {
    "Action": 14, "Adventure": 34, "Animation": 318, "Children": 190, "Children's": 190, "Comedy": 46, "Crime": 350,
    "Documentary": 160, "Drama": 222, "Fantasy": 274, "Film-Noir": 230, "Horror": 356, "Musical": 328, "Mystery": 252,
    "Romance": 340, "Sci-Fi": 196, "Thriller": 206, "War": 78, "Western": 24,
}  # fmt: skip
_TONES = 24
"""Steps of lightness: enough for the eye, few enough that neighbouring cells share a style."""
_GREY = {"Film-Noir", "Documentary"}


class Dice:
    """Numbers drawn once from a title: `dice[3]` is always the same number in 0..1."""

    def __init__(self, text: str) -> None:
        self._bytes = blake2b(text.encode(), digest_size=32).digest()

    def __getitem__(self, place: int) -> float:
        return self._bytes[place % 32] / 255

    def pick(self, place: int, count: int) -> int:
        """Draw one of `count` numbers, from 0."""
        return self._bytes[place % 32] % count


def _sunset(x: float, y: float, dice: Dice) -> tuple[int, float]:
    """A disc over a horizon with ridges: adventures, westerns, wars."""
    horizon = 0.25 + 0.3 * dice[1]
    ridge = horizon + 0.16 * math.sin(x * (2 + 4 * dice[2]) + 6 * dice[3]) - 0.1 * abs(math.sin(x * 5 + 6 * dice[4]))
    if y > ridge + 0.3:
        return 1, 0.15
    if y > ridge:
        return 1, 0.4
    disc = math.hypot(x - (dice[5] - 0.5), y - horizon + 0.25 + 0.3 * dice[6])
    return (2, 1.0 - 0.5 * disc) if disc < 0.42 else (0, 0.5 - 0.4 * y)


def _orbit(x: float, y: float, dice: Dice) -> tuple[int, float]:
    """A planet with a ring among stars: science fiction, fantasy."""
    cx, cy, radius = 0.5 * (dice[1] - 0.5), 0.4 * (dice[2] - 0.5), 0.42 + 0.2 * dice[3]
    dx, dy = x - cx, y - cy
    tilt = dy + dx * (dice[4] - 0.5)
    ring = math.hypot(dx / 1.7, tilt * 4)
    if radius * 0.75 < ring < radius * 0.95 and (dy > 0 or math.hypot(dx, dy) > radius):
        return 2, 0.9
    if math.hypot(dx, dy) < radius:
        return 1, 0.75 - 0.5 * (dx + dy)
    star = math.sin(x * 91.7 + dice[5] * 50) * math.sin(y * 57.3 + dice[6] * 50)
    return (2, 0.7) if star > 0.93 else (0, 0.18 + 0.1 * y)


def _skyline(x: float, y: float, dice: Dice) -> tuple[int, float]:
    """Towers with lit windows at night: crime, thrillers, films noirs."""
    tower = int((x + 1) * (2.5 + 2 * dice[1]))
    top = 0.5 - 0.9 * dice[tower + 2]
    if y > top:
        lit = dice[int((x + 1) * 11) * 5 + int((y + 1) * 9) * 3] > 0.72
        return (2, 0.9) if lit and y > top + 0.12 else (1, 0.1 + 0.1 * dice[tower + 9])
    moon = math.hypot(x - 0.9 * (dice[3] - 0.5), y + 0.6)
    return (2, 0.95) if moon < 0.2 else (0, 0.45 - 0.3 * y)


def _rays(x: float, y: float, dice: Dice) -> tuple[int, float]:
    """Rays from a point: comedies, musicals."""
    cx, cy = dice[1] - 0.5, 0.7 - 0.8 * dice[2]
    beams = 5 + dice.pick(3, 5)
    angle = math.atan2(y - cy, x - cx)
    if math.hypot(x - cx, y - cy) < 0.28 + 0.15 * dice[4]:
        return 2, 1.0
    return (1, 0.8) if math.sin(angle * beams + dice[5] * 6) > 0 else (0, 0.5)


def _waves(x: float, y: float, dice: Dice) -> tuple[int, float]:
    """Layers of slow waves under a light: dramas, documentaries."""
    for layer in range(4):
        level = -0.35 + 0.38 * layer + 0.14 * math.sin(x * (1.6 + 2 * dice[layer]) + 6 * dice[layer + 4])
        if y < level:
            break
    else:
        layer = 4
    if layer == 0:
        light = math.hypot(x - (dice[9] - 0.5), y + 0.55 - 0.2 * dice[10])
        return (2, 1.0) if light < 0.22 + 0.1 * dice[11] else (0, 0.75 + 0.3 * y)
    return 1, 0.85 - 0.2 * layer


def _circles(x: float, y: float, dice: Dice) -> tuple[int, float]:
    """Two discs that meet: romances."""
    gap, size = 0.25 + 0.25 * dice[1], 0.5 + 0.1 * dice[2]
    lean = (dice[3] - 0.5) * 0.6
    one = math.hypot(x + gap, y - lean) < size
    two = math.hypot(x - gap, y + lean) < size
    if one and two:
        return 2, 0.95
    return (1, 0.8 if one else 0.55) if one or two else (0, 0.3 - 0.15 * y)


def _blobs(x: float, y: float, dice: Dice) -> tuple[int, float]:
    """Bright dots of many sizes: animation, children."""
    for dot in range(6):
        away = math.hypot(x - 1.8 * (dice[dot * 3] - 0.5), y - 1.8 * (dice[dot * 3 + 1] - 0.5))
        if away < 0.2 + 0.25 * dice[dot * 3 + 2]:
            return (2 if dot % 2 else 1), 0.95 - 0.5 * away
    return 0, 0.55 - 0.15 * y


def _drips(x: float, y: float, dice: Dice) -> tuple[int, float]:
    """Something that runs down in the dark, and two lights: horror, mysteries."""
    column = int((x + 1) * 5)
    if y < -0.7 + 1.2 * dice[column] * dice[column + 11] + 0.08 * math.sin(x * 9):
        return 1, 0.7 - 0.25 * (y + 1)
    eye = min(math.hypot((x - side * (0.2 + 0.1 * dice[3])) * 1.1, (y - 0.35) * 2.2) for side in (-1, 1))
    return (2, 1.0) if eye < 0.16 else (0, 0.12 + 0.06 * y)


_MOTIFS: dict[str, Motif] = {
    "Action": _rays, "Adventure": _sunset, "Animation": _blobs, "Children": _blobs, "Children's": _blobs,
    "Comedy": _rays, "Crime": _skyline, "Documentary": _waves, "Drama": _waves, "Fantasy": _orbit,
    "Film-Noir": _skyline, "Horror": _drips, "Musical": _rays, "Mystery": _drips, "Romance": _circles,
    "Sci-Fi": _orbit, "Thriller": _skyline, "War": _sunset, "Western": _sunset,
}  # fmt: skip
_WEIGHT = ("Western", "Horror", "Sci-Fi", "Animation", "Musical", "Film-Noir", "War", "Fantasy", "Romance", "Crime")
"""Genres that say most about how a movie looks, strongest first; others count in the order they stand."""


def leading_genre(movie: Movie) -> str:
    """The genre that the poster shows."""
    return next((genre for genre in _WEIGHT if genre in movie.genres), movie.genres[0] if movie.genres else "Drama")


@lru_cache(maxsize=256)
def pixels(movie: Movie, width: int, height: int) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Rows of (layer, lightness 0..1)."""
    dice = Dice(movie.label)
    motif = _MOTIFS.get(leading_genre(movie), _waves)
    across, down = max(width - 1, 1), max(height - 1, 1)
    return tuple(tuple(motif(2 * x / across - 1, 2 * y / down - 1, dice) for x in range(width)) for y in range(height))


@lru_cache(maxsize=256)
def poster(movie: Movie, width: int, height: int, *, shaded: bool = False) -> Content:
    """The poster in colours of its own, or in shades of the theme's colours."""
    if shaded:
        return _in_shades(movie, width, height)
    paint = _painter(movie)
    rows = pixels(movie, width, height * 2)
    lines = []
    for top, bottom in zip(rows[::2], rows[1::2], strict=True):
        cells = ((paint(*upper), paint(*lower)) for upper, lower in zip(top, bottom, strict=True))
        runs = ((pair, len(list(same))) for pair, same in groupby(cells))
        lines.append(Content.assemble(*(("▀" * length, _style(*pair)) for pair, length in runs)))
    return Content("\n").join(lines)


def _style(upper: Rgb, lower: Rgb) -> Style:
    return Style(background=Color(*lower), foreground=Color(*upper))


_SHADES = (" ░", "▒▓", "██")
_SHADE_STYLES = ("$quiet", "", "$accent")
"""Of ground, figure and light: dark and bright."""


def _in_shades(movie: Movie, width: int, height: int) -> Content:
    rows = pixels(movie, width, height)
    lines = []
    for row in rows:
        parts = [(_SHADES[layer][min(1, int(light * 2))], _SHADE_STYLES[layer]) for layer, light in row]
        lines.append(Content.assemble(*parts))
    return Content("\n").join(lines)


def _painter(movie: Movie) -> Callable[[int, float], Rgb]:
    """Three hues: the genre's, a near one for the figure, and a warm light."""
    dice = Dice(movie.label)
    genre = leading_genre(movie)
    hue = (_HUES.get(genre, 222) + 40 * (dice[20] - 0.5)) % 360
    figure = (hue + (28 if dice[21] > 0.5 else -28) + 150 * (dice[22] > 0.75)) % 360
    light = 42 + 14 * (dice[23] - 0.5) if dice[24] > 0.3 else (hue + 180) % 360
    depth = 0.12 if genre in _GREY else 0.55 + 0.2 * dice[25]
    hues = (hue, figure, light)
    full = (depth, depth * 0.95, min(0.75, depth + 0.1))
    floor, reach = (0.06, 0.05, 0.45), (0.42, 0.55, 0.42)

    @lru_cache(maxsize=1024)
    def paint(layer: int, lightness: float) -> Rgb:
        level = floor[layer] + reach[layer] * max(0.0, min(1.0, round(lightness * _TONES) / _TONES))
        red, green, blue = colorsys.hls_to_rgb(hues[layer] / 360, level, full[layer])
        return round(red * 255), round(green * 255), round(blue * 255)

    return paint
