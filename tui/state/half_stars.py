"""Arithmetic of half stars: what the keys make of a rating."""

from __future__ import annotations


def toggled_half(half_stars: int | None) -> int:
    """Half a star more on whole stars, its removal on halves; the first press gives half a star.

    >>> [toggled_half(h) for h in (None, 1, 8, 9, 10)]
    [1, 2, 9, 8, 9]
    """
    if half_stars is None:
        return 1
    if half_stars == 1:
        return 2
    if half_stars % 2:
        return half_stars - 1
    return half_stars + 1 if half_stars < 10 else 9


def stepped(half_stars: int | None, step: int) -> int:
    """Half a star up or down, from 0.5 to 5; from nothing, up begins at 0.5 and down at 5."""
    if half_stars is None:
        return 1 if step > 0 else 10
    return max(1, min(10, half_stars + step))
