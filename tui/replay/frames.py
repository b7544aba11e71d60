"""A frame: what stands on the screen after a step of a session, so that it can be shown at any time."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.replay.checks import listed
from engine.replay.script import to_line
from engine.replay.steps import About, Note, Watch
from engine.types import Diversity, EngineStatus, Predictions
from tui.state.playback import Playback, State
from tui.state.predictions import PredictionTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.replay.outcome import Outcome
    from engine.service.catalogue import Catalogue
    from engine.types import Movie, Recommendations, User

_WATCHED_IN = 8
"""Pictures of a playback."""
_STEP_S, _NOTE_S, _LETTER_S, _PLAYBACK_S = 1.6, 2.0, 0.04, 0.3
"""How long a step, a note, each letter of a note and each picture of a playback stay at speed 1."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Predictions in seven bytes a movie, since a long evening has many frames."""

    user_id: int
    seen_seq: int
    movie_ids: bytes
    tenths: bytes
    low_halves: bytes = b""
    high_halves: bytes = b""

    @classmethod
    def of(cls, predictions: Predictions) -> Packed:
        """From the engine's message."""
        ids = array("i", predictions.movie_ids).tobytes()
        likely = predictions.low_halves, predictions.high_halves
        return cls(predictions.user_id, predictions.seen_seq, ids, predictions.stars_tenths, *likely)

    def unpacked(self) -> Predictions:
        """As the engine's message."""
        ids = array("i")
        ids.frombytes(self.movie_ids)
        return Predictions(self.user_id, self.seen_seq, tuple(ids), self.tenths, self.low_halves, self.high_halves)

    def table(self) -> PredictionTable:
        """For look-ups."""
        return PredictionTable.unpack(self.unpacked())


@dataclass(frozen=True, slots=True)
class Frame:
    """What one step has led to."""

    outcome: Outcome
    catalogue: Catalogue
    status: EngineStatus
    half_stars: Mapping[int, int]
    """The viewer's ratings."""
    recommendations: Recommendations | None
    """The list that stands."""
    predictions: Packed | None
    """Those of the whole catalogue."""
    rated_at: tuple[int, ...]
    """Numbers of the records that were next when ratings were stored."""
    records: int
    """How many training records had come."""
    playback: Playback | None = None
    """A movie that was watched in this step."""

    def table(self) -> PredictionTable:
        """The predictions, unpacked."""
        return self.predictions.table() if self.predictions else PredictionTable()

    @property
    def number(self) -> int:
        """Of the step, from 1."""
        return self.outcome.line.number

    @property
    def user(self) -> User | None:
        """Who sits at the screen; None before the first login."""
        return self.outcome.user

    @property
    def diversity(self) -> Diversity:
        """The toggle."""
        return self.outcome.diversity

    @property
    def lens(self) -> int:
        """0 (familiar) to 4 (loved)."""
        return self.outcome.lens

    @property
    def baseline(self) -> tuple[int, ...]:
        """The list that the arrows compare with."""
        return listed(self.outcome.before)

    @property
    def movie(self) -> Movie | None:
        """What the step was about, or the top of the list."""
        if self.outcome.movie or not self.recommendations or not self.recommendations.items:
            return self.outcome.movie
        return self.catalogue.by_id.get(self.recommendations.items[0].movie_id)

    @property
    def words(self) -> str:
        """The step as people read it: a note's text, what was expected, or the script's line."""
        step = self.outcome.line.step
        if isinstance(step, Note):
            return " ".join(step.text.split())
        if isinstance(step, About):
            return step.title
        return to_line(step).strip().removeprefix("- ")

    def pictures(self) -> list[tuple[Frame, float]]:
        """The pictures of this frame, each with the seconds that it stays at speed 1."""
        step = self.outcome.line.step
        if self.playback:
            return [(replace(self, playback=at), _PLAYBACK_S) for at in _on_the_way(self.playback, self.outcome)]
        letters = len(self.words) if isinstance(step, Note | About) else 0
        return [(self, (_NOTE_S if letters else _STEP_S) + _LETTER_S * letters)]


def _on_the_way(end: Playback, outcome: Outcome) -> list[Playback]:
    begin, to = float(outcome.facts["from"]), end.position
    shares = [place / (_WATCHED_IN - 1) for place in range(_WATCHED_IN)]
    playing = [replace(end, position=begin + (to - begin) * share, state="playing") for share in shares[:-1]]
    return [*playing, end]


def playback_of(outcome: Outcome) -> Playback | None:
    """Where a movie stands that a step has watched; None for other steps."""
    step = outcome.line.step
    if not isinstance(step, Watch) or outcome.movie is None or "to" not in outcome.facts:
        return None
    state: State = "finished" if outcome.facts["how"] == "finished" else "stopped"
    return Playback(outcome.movie, float(outcome.facts["to"]), step.speed, state)
