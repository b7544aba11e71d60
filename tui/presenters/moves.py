"""What moved in the list, against the list before the viewer's last deed."""

from __future__ import annotations

from collections.abc import Sequence

Move = int | None
"""Places up (positive) or down; None for a movie that was not in the list before."""


def moves(before: Sequence[int], now: Sequence[int]) -> tuple[Move, ...]:
    """One for each movie of the list `now`."""
    places = {movie_id: place for place, movie_id in enumerate(before)}
    return tuple(places[movie_id] - place if movie_id in places else None for place, movie_id in enumerate(now))


def move_word(move: Move) -> str:
    """Three cells: `▲2`, `▼1`, `new`, ` =`."""
    if move is None:
        return "new"
    if move == 0:
        return " = "
    return f"{'▲' if move > 0 else '▼'}{abs(move):<2}"


def left_out(before: Sequence[int], now: Sequence[int]) -> tuple[int, ...]:
    """The movies that the list lost, in their old order."""
    return tuple(movie_id for movie_id in before if movie_id not in now)
