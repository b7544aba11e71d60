"""The simulated playback of one movie: a clock that runs faster than life. Pure: time comes in as seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.types import Movie

SPEEDS = (1, 10, 60, 300, 1200, 3600)
"""Seconds of the movie a second."""
_UNKNOWN_RUNTIME = 100
"""Minutes, for a movie whose runtime nobody entered."""

State = Literal["playing", "paused", "finished", "stopped"]


@dataclass(frozen=True, slots=True)
class Playback:
    """Where a movie is and how fast it runs; every change is a new one."""

    movie: Movie
    position: float = 0.0
    """Seconds of the movie."""
    speed: int = 60
    state: State = "playing"

    @property
    def length(self) -> int:
        """Seconds of the whole movie."""
        return (self.movie.runtime or _UNKNOWN_RUNTIME) * 60

    @property
    def share(self) -> float:
        """How much of it was seen, 0 to 1."""
        return min(1.0, self.position / self.length)

    @property
    def running(self) -> bool:
        """True while it plays or is paused."""
        return self.state in ("playing", "paused")

    def tick(self, seconds: float) -> Playback:
        """After so many seconds of the viewer's life."""
        if self.state != "playing":
            return self
        position = self.position + seconds * self.speed
        if position >= self.length:
            return replace(self, position=float(self.length), state="finished")
        return replace(self, position=position)

    def toggled(self) -> Playback:
        """The playback paused, or going on."""
        swapped: dict[State, State] = {"playing": "paused", "paused": "playing"}
        return replace(self, state=swapped.get(self.state, self.state))

    def stopped(self) -> Playback:
        """The playback left where it is."""
        return replace(self, state="stopped") if self.running else self

    def faster(self, steps: int = 1) -> Playback:
        """The speed so many steps up (or down) the ladder."""
        nearest = min(range(len(SPEEDS)), key=lambda place: abs(SPEEDS[place] - self.speed))
        return replace(self, speed=SPEEDS[max(0, min(len(SPEEDS) - 1, nearest + steps))])
