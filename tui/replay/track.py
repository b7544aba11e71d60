"""A track: the steps and frames of one course of events, made by a script that is played or by a viewer."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.replay.script import Script, ScriptLine
from engine.replay.steps import About, Rate, TakeBack
from engine.service.messages import Trained
from tui.replay.frames import Frame, Packed, playback_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.replay.listener import ListWithPredictions
    from engine.replay.observed import ObservedService
    from engine.replay.outcome import Outcome
    from engine.replay.steps import Step
    from engine.service.messages import Reply
    from engine.service.protocols import PlayerService
    from engine.types import TrainingRecord, User


_RECORD_S = 0.2
"""Least time between two records of steps."""
_RECORDS = 20_000


class Reel:
    """The frames of a track: a player's thread adds, a screen's reads. Training records are kept once for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rated_at: list[int] = []
        """Numbers of the records that were next when ratings were stored."""
        self._service: PlayerService | None = None
        self.frames: list[Frame] = []
        self.records: list[TrainingRecord] = []
        self.failure: str | None = None
        """Why no further frame comes."""
        self.done = False
        """Whether the last frame of the script is there."""
        self.close: Callable[[], None] = lambda: None

    def listen(self, service: PlayerService) -> None:
        """From now on the frames show this service."""
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

    def amend(self, made: ListWithPredictions) -> None:
        """Put the list into the newest frame, whose step led to it."""
        if self.frames:
            last = self.frames[-1]
            outcome = replace(last.outcome, new_list=made.recommendations)
            packed = Packed.of(made.predictions)
            self.frames[-1] = replace(last, outcome=outcome, recommendations=made.recommendations, predictions=packed)

    def records_of(self, frame: Frame) -> tuple[TrainingRecord, ...]:
        """The training records up to a frame."""
        with self._lock:
            return tuple(self.records[: frame.records])

    def _frame(self, outcome: Outcome, service: PlayerService, half_stars: Mapping[int, int]) -> Frame:
        shown = outcome.shown
        step = outcome.line.step
        with self._lock:
            if isinstance(step, Rate | TakeBack):
                self._rated_at.append(len(self.records))
            rated_at, records = tuple(self._rated_at), len(self.records)
        return Frame(
            replace(outcome, shown=None),
            service.catalogue,
            service.engine.status,
            dict(half_stars),
            shown.recommendations if shown else None,
            Packed.of(shown.predictions) if shown else None,
            rated_at,
            records,
            playback_of(outcome),
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
        is_new_run = record.run != last.run or record.elapsed_s < last.elapsed_s or last.event == "done"
        return len(self.records) < _RECORDS and (is_new_run or record.elapsed_s - last.elapsed_s >= _RECORD_S)


@dataclass(slots=True)
class Track:
    """One course of events."""

    name: str
    about: About
    lines: list[ScriptLine]
    """Its steps; those after the frames are still to come."""
    reel: Reel = field(default_factory=Reel)
    parent: Track | None = None
    service: ObservedService | None = None
    """Where a viewer can go on with it; None when it can only be looked at."""
    doing: str = ""
    """What is being made ready, until the first frame comes."""
    failures: list[str] = field(default_factory=list)
    """What did not come true in its script, a line each, with file and line."""
    exit_code: int = 0
    """Of the program, when the replay has ended so."""
    path: Path = Path("session.yaml")
    """The script that it was made from; files to import lie beside it."""

    @property
    def ready(self) -> int:
        """Frames that can be shown."""
        return len(self.reel.frames)

    @property
    def of(self) -> int:
        """Steps in all."""
        return max(1, self.ready, len(self.lines))

    @property
    def steps(self) -> list[Step]:
        """As a script has them: first what it is about."""
        steps = [line.step for line in self.lines]
        return steps if steps and isinstance(steps[0], About) else [self.about, *steps]

    def script(self, upto: int) -> Script:
        """Its first steps as a script."""
        return Script(self.path, tuple(self.lines[:upto]), self.about)


def ratings_of(service: PlayerService, user: User) -> dict[int, int]:
    """A viewer's half stars by movie."""
    rated = service.ratings(user.user_id)
    return {movie: event.half_stars for movie, event in rated.items() if event.half_stars}
