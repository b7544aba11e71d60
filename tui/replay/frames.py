"""A session as frames: what stands on the screen after each step, so that any of them can be shown at any time."""

from __future__ import annotations

import threading
from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.replay.checking import listed
from engine.replay.steps import Note, Session
from engine.replay.writer import to_line
from engine.service.messages import Trained
from engine.types import Diversity, EngineStatus, Predictions
from tui.playback import Playback
from tui.predictions import PredictionTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.replay.hearing import Made
    from engine.replay.outcome import Outcome
    from engine.service.catalogue import Catalogue
    from engine.service.messages import Reply
    from engine.service.service import Service
    from engine.types import Movie, Recommendations, TrainingRecord, User

_WATCHED_IN = 8
"""Pictures of a playback."""
_STEP_S, _NOTE_S, _LETTER_S, _PLAYBACK_S = 1.6, 2.0, 0.04, 0.3
"""How long a step, a note, each letter of a note and each picture of a playback stay at speed 1."""

_RECORD_S = 0.2
"""Least time between two records of steps."""
_RECORDS = 20_000


@dataclass(frozen=True, slots=True)
class Packed:
    """Predictions in five bytes a movie, since a long evening has many frames."""

    user_id: int
    seen_seq: int
    movie_ids: bytes
    tenths: bytes

    @classmethod
    def of(cls, predictions: Predictions) -> Packed:
        """From the engine's message."""
        ids = array("i", predictions.movie_ids).tobytes()
        return cls(predictions.user_id, predictions.seen_seq, ids, predictions.stars_tenths)

    def unpacked(self) -> Predictions:
        """As the engine's message."""
        ids = array("i")
        ids.frombytes(self.movie_ids)
        return Predictions(self.user_id, self.seen_seq, tuple(ids), self.tenths)

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
    made: Recommendations | None
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
    def baseline(self) -> tuple[int, ...]:
        """The list that the arrows compare with."""
        return listed(self.outcome.before)

    @property
    def movie(self) -> Movie | None:
        """What the step was about, or the top of the list."""
        if self.outcome.movie or not self.made or not self.made.items:
            return self.outcome.movie
        return self.catalogue.by_id.get(self.made.items[0].movie_id)

    @property
    def words(self) -> str:
        """The step as people read it: a note's text, what was expected, or the script's line."""
        step = self.outcome.line.step
        if isinstance(step, Note):
            return " ".join(step.text.split())
        if isinstance(step, Session):
            return step.title
        return to_line(step).strip().removeprefix("- ")

    def moments(self) -> list[tuple[Frame, float]]:
        """The pictures of this frame, each with the seconds that it stays at speed 1."""
        step = self.outcome.line.step
        if self.playback:
            return [(replace(self, playback=at), _PLAYBACK_S) for at in _on_the_way(self.playback, self.outcome)]
        letters = len(self.words) if isinstance(step, Note | Session) else 0
        return [(self, (_NOTE_S if letters else _STEP_S) + _LETTER_S * letters)]


def _on_the_way(end: Playback, outcome: Outcome) -> list[Playback]:
    begin, to = float(outcome.facts["from"]), end.position
    shares = [place / (_WATCHED_IN - 1) for place in range(_WATCHED_IN)]
    playing = [replace(end, position=begin + (to - begin) * share, state="playing") for share in shares[:-1]]
    return [*playing, end]


class Reel:
    """Frames in the making: a player's thread adds, a screen's reads. Records of training are kept once for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: list[int] = []
        self._service: Service | None = None
        self.frames: list[Frame] = []
        self.records: list[TrainingRecord] = []
        self.failure: str | None = None
        """Why no further frame comes."""
        self.done = False
        """Whether the last frame of the script is there."""
        self.close: Callable[[], None] = lambda: None

    def listen(self, service: Service) -> None:
        """Frames are of this service from now on."""
        self.close()
        self._service = service
        self.close = service.engine.subscribe(self._hear)

    def add(self, outcome: Outcome, half_stars: Mapping[int, int] | None = None) -> Frame:
        """The frame of what has just happened; the viewer's ratings are read if they are not given."""
        assert self._service is not None
        if half_stars is None:
            half_stars = ratings_of(self._service, outcome.user) if outcome.user else {}
        frame = self._frame(outcome, self._service, half_stars)
        self.frames.append(frame)
        return frame

    def amend(self, made: Made) -> None:
        """The list that the newest step led to has come."""
        if self.frames:
            last = self.frames[-1]
            outcome = replace(last.outcome, made=made.recommendations)
            packed = Packed.of(made.predictions)
            self.frames[-1] = replace(last, outcome=outcome, made=made.recommendations, predictions=packed)

    def records_of(self, frame: Frame) -> tuple[TrainingRecord, ...]:
        """The training records up to a frame."""
        with self._lock:
            return tuple(self.records[: frame.records])

    def _frame(self, outcome: Outcome, service: Service, half_stars: Mapping[int, int]) -> Frame:
        shown = outcome.shown
        step = outcome.line.step
        with self._lock:
            if step.WORD in ("rate", "take_back"):
                self._marks.append(len(self.records))
            marks, records = tuple(self._marks), len(self.records)
        return Frame(
            replace(outcome, shown=None),
            service.catalogue,
            service.engine.status,
            dict(half_stars),
            shown.recommendations if shown else None,
            Packed.of(shown.predictions) if shown else None,
            marks,
            records,
            _playback(outcome),
        )

    def _hear(self, reply: Reply) -> None:
        if isinstance(reply, Trained):
            with self._lock:
                if self._is_worth_keeping(reply.record):
                    self.records.append(reply.record)

    def _is_worth_keeping(self, record: TrainingRecord) -> bool:
        """Of the many records of steps a few a second, and no more than an evening's curve can show."""
        if record.event != "step" or not self.records:
            return True
        last = self.records[-1]
        fresh = record.run != last.run or record.elapsed_s < last.elapsed_s or last.event == "done"
        return len(self.records) < _RECORDS and (fresh or record.elapsed_s - last.elapsed_s >= _RECORD_S)


def ratings_of(service: Service, user: User) -> dict[int, int]:
    """A viewer's half stars by movie."""
    rated = service.ratings(user.user_id)
    return {movie: event.half_stars for movie, event in rated.items() if event.half_stars}


def _playback(outcome: Outcome) -> Playback | None:
    if outcome.line.step.WORD != "watch" or outcome.movie is None or "to" not in outcome.facts:
        return None
    speed = getattr(outcome.line.step, "speed", 60)
    state = "finished" if outcome.facts["how"] == "finished" else "stopped"
    return Playback(outcome.movie, float(outcome.facts["to"]), speed, state)  # type: ignore[arg-type]
