"""Tracks of time: a session's frames, made by a script that is played or by a viewer at the screen, and branches."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError, MatineeError
from engine.replay.names import check_names
from engine.replay.player import Player
from engine.replay.script import Line, Script
from engine.replay.steps import Session
from engine.replay.told import ToldService
from tui.replay.frames import Reel

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.replay.fresh import FreshStores, Place
    from engine.service.service import Service

    Changed = Callable[[], None]


@dataclass(slots=True)
class Track:
    """One course of events."""

    name: str
    about: Session
    lines: list[Line]
    """Its steps; those after the frames are still to come."""
    reel: Reel = field(default_factory=Reel)
    parent: Track | None = None
    leaves_at: int = 0
    """Steps that it shares with its parent."""
    service: Service | None = None
    """Where it can be gone on with; None when it can only be looked at."""
    doing: str = ""
    """What is being made ready, until the first frame comes."""
    path: Path = Path("session.yaml")
    """Of the script that it was made from; files to import lie beside it."""

    @property
    def ready(self) -> int:
        """Frames that can be shown."""
        return len(self.reel.frames)

    @property
    def of(self) -> int:
        """Steps in all."""
        return max(1, self.ready, len(self.lines))

    def script(self, upto: int) -> Script:
        """Its first steps as a script."""
        return Script(self.path, tuple(self.lines[:upto]), self.about)


class Making(threading.Thread):
    """Plays a track's script on a fresh database, in the background, a frame a step.

    Where the track is to be gone on with, its service stays open until `end`.
    """

    def __init__(
        self, track: Track, fresh: FreshStores, changed: Changed, *, script: Script, preset: str, seed: int, stay: bool
    ) -> None:
        super().__init__(name=f"making-{track.name}", daemon=True)
        self._track = track
        self._fresh = fresh
        self._changed = changed
        self._script = script
        self._preset, self._seed = preset, seed
        self._stay = stay
        self._over = threading.Event()
        self.service: ToldService | None = None

    def run(self) -> None:
        """In the thread."""
        try:
            place = self._fresh.place(self._track.name.replace(" ", "-"), self._preset, self._seed)
            self._fresh.rest()
            self._track.doing = "starting the engine"
            if not self._over.is_set():
                self._play(place)
        except MatineeError as error:
            self._track.reel.failure = None if self._over.is_set() else str(error)
        finally:
            self._track.reel.done = True
            self._changed()

    def end(self) -> None:
        """Stop, from another thread; returns when the service is closed."""
        self._over.set()
        if self.service:
            self.service.engine.stop()
        self.join()

    def _play(self, place: Place) -> None:
        with ToldService(place.settings) as service:
            service.clock = place.clock
            service.open()
            check_names(self._script, service)
            self.service = service
            service.engine.start()
            self._track.reel.listen(service)
            for outcome in Player(self._script, service).play():
                self._track.reel.add(outcome)
                self._changed()
                if self._over.is_set():
                    return
                if not outcome.passed:
                    raise EngineError(outcome.failure or "an expectation does not hold: see the step")
            if self._stay:
                self._track.service = service
                self._track.reel.done = True
                self._changed()
                self._over.wait()
                self._track.service = None
