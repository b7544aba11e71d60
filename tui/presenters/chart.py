"""Curves in Braille: two columns and four rows of dots in every cell, drawn in plain Python in about a millisecond."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]

_BLANK = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bit of each dot, by column and row from the top."""


def columns(points: Sequence[Point], first: float, last: float, count: int) -> list[float | None]:
    """The mean of the points in each of `count` equal bins of [first, last]; gaps between points are bridged."""
    sums, hits = [0.0] * count, [0] * count
    span = max(last - first, 1e-9)
    for at, value in points:
        place = int((at - first) / span * count)
        if value == value and 0 <= place <= count:
            sums[min(place, count - 1)] += value
            hits[min(place, count - 1)] += 1
    return _bridged([total / hit if hit else None for total, hit in zip(sums, hits, strict=True)])


def _bridged(values: list[float | None]) -> list[float | None]:
    """Straight lines across gaps; the ends stay open."""
    filled = list(values)
    known = [place for place, value in enumerate(values) if value is not None]
    for left, right in pairwise(known):
        start, end = values[left], values[right]
        if start is None or end is None:
            continue
        for place in range(left + 1, right):
            filled[place] = start + (end - start) * (place - left) / (right - left)
    return filled


def bounds(values: Sequence[float | None], cut: float = 0.02) -> tuple[float, float]:
    """The range to draw: the share `cut` of highest values may leave it, so that a first spike flattens nothing."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return 0.0, 1.0
    low, high = known[0], known[min(len(known) - 1, int(len(known) * (1 - cut)))]
    return (low, high) if high - low > 1e-9 else (low - 0.5, high + 0.5)


def braille(values: Sequence[float | None], height: int, low: float, high: float) -> list[str]:
    """`height` rows of text, half as many cells wide as there are values; neighbours are joined."""
    rows = height * 4
    width = (len(values) + 1) // 2
    cells = [[0] * width for _ in range(height)]
    before: int | None = None
    for x, value in enumerate(values):
        if value is None:
            before = None
            continue
        y = _row(value, low, high, rows)
        for dot in _joined(before, y):
            cells[dot // 4][x // 2] |= _DOTS[x % 2][dot % 4]
        before = y
    return ["".join(chr(_BLANK + bits) for bits in row) for row in cells]


def _row(value: float, low: float, high: float, rows: int) -> int:
    share = (value - low) / (high - low) if high > low else 0.5
    return max(0, min(rows - 1, round((1 - share) * (rows - 1))))


def _joined(before: int | None, y: int) -> range:
    """The dots from beside the last one to `y`."""
    if before is None or abs(before - y) <= 1:
        return range(y, y + 1)
    return range(before + 1, y + 1) if before < y else range(y, before)


def marks(places: Sequence[float], first: float, last: float, width: int, sign: str = "▴") -> str:
    """A line that has `sign` under each place of [first, last]."""
    cells = [" "] * width
    span = max(last - first, 1e-9)
    for at in places:
        place = int((at - first) / span * width)
        if 0 <= place <= width:
            cells[min(place, width - 1)] = sign
    return "".join(cells)


def bar(share: float, width: int) -> str:
    """A bar of blocks, an eighth of a cell fine: `██▌░░░`."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, part = divmod(eighths, 8)
    drawn = "█" * full + (" ▏▎▍▌▋▊▉"[part] if part else "")
    return drawn + "░" * (width - len(drawn))


def track(share: float, width: int) -> tuple[str, str]:
    """A thin line: what is done and what is left, `━━━╸` and `────`."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    done = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return done, "─" * (width - len(done))
