"""Predicted stars and order of the whole catalogue for one viewer, unpacked for look-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.types import Predictions


@dataclass(frozen=True, slots=True)
class PredictionTable:
    """Made on the engine's reader thread, so that the screen never unpacks sixty thousand movies."""

    user_id: int = 0
    seen_seq: int = 0
    place: Mapping[int, int] = field(default_factory=dict)
    """Of each movie, its place in the order for this viewer, best 0."""
    tenths: bytes = b""
    low_halves: bytes = b""
    high_halves: bytes = b""

    @classmethod
    def unpack(cls, predictions: Predictions) -> PredictionTable:
        """Unpack the engine's message."""
        place = {movie_id: index for index, movie_id in enumerate(predictions.movie_ids)}
        likely = predictions.low_halves, predictions.high_halves
        return cls(predictions.user_id, predictions.seen_seq, place, predictions.stars_tenths, *likely)

    def rank(self, movie_id: int, rated: Iterable[int]) -> int | None:
        """Its place (from 1) among the movies that are not `rated`; None for a rated or unknown one."""
        index = self.place.get(movie_id)
        before = set(rated)
        if index is None or movie_id in before:
            return None
        return 1 + index - sum(self.place.get(each, index) < index for each in before)

    def stars(self, movie_id: int) -> float | None:
        """Predicted stars; None for a movie that the model does not know yet."""
        index = self.place.get(movie_id)
        return None if index is None else self.tenths[index] / 10

    def likely(self, movie_id: int) -> tuple[int, int] | None:
        """The half stars from where to where four of five ratings lie; None where the model tells none."""
        index = self.place.get(movie_id)
        if index is None or not self.low_halves:
            return None
        return self.low_halves[index], self.high_halves[index]
