"""Ratings that are tried without being stored, and what they would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.state.half_stars import stepped

if TYPE_CHECKING:
    from engine.snapshots import NetworkView
    from engine.types import Recommendations, Tried


@dataclass(slots=True)
class WhatIf:
    """What the viewer tries now. Nothing of it is in the store."""

    stars: dict[int, int] = field(default_factory=dict)
    """Half stars by movie; 0: as if it were not rated."""
    made: Recommendations | None = None
    network: NetworkView | None = None

    @property
    def tried(self) -> Tried:
        """As the engine is asked."""
        return tuple(sorted(self.stars.items()))

    def step(self, movie_id: int, step: int, stored: int | None) -> None:
        """Half a star up or down from what is tried, or else stored; back at what is stored nothing is tried."""
        now = self.stars.get(movie_id, stored or 0)
        self._set(movie_id, stepped(now or None, step) or 0, stored)

    def take_away(self, movie_id: int, stored: int | None) -> None:
        """Try as if the movie were not rated."""
        self._set(movie_id, 0, stored)

    def _set(self, movie_id: int, half_stars: int, stored: int | None) -> None:
        if half_stars == (stored or 0):
            self.stars.pop(movie_id, None)
        else:
            self.stars[movie_id] = half_stars

    def leave(self) -> None:
        """Try nothing any more."""
        self.stars.clear()
        self.made = self.network = None

    def take_list(self, made: Recommendations) -> None:
        """The list that would be; one for what was tried before is out of date."""
        if made.tried == self.tried:
            self.made = made

    def take_network(self, view: NetworkView) -> None:
        """The shares that would be."""
        if view.tried == self.tried:
            self.network = view
