"""What moved in the list, against the list before the viewer's last action."""

from __future__ import annotations

from collections.abc import Sequence

Move = int | None
"""Places up (positive) or down; None for a movie that was not in the list before."""


def moves(before: Sequence[int], now: Sequence[int]) -> tuple[Move, ...]:
    """One for each movie of the list `now`."""
    places = {movie_id: place for place, movie_id in enumerate(before)}
    return tuple(places[movie_id] - place if movie_id in places else None for place, movie_id in enumerate(now))
