"""The thread that plays a script into a track."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from engine.errors import MatineeError, ReplayFailed
from engine.replay.names import check_names
from engine.replay.player import Player
from engine.replay.told import ToldService

if TYPE_CHECKING:
    from engine.replay.fresh import FreshStores, Place
    from engine.replay.lines import Script
    from engine.replay.outcome import Outcome
    from tui.replay.tracks import Track


class Making(threading.Thread):
    """Plays a track's script on a fresh database, in the background, a frame a step.

    Where the track is to be gone on with, its service stays open until `end`.
    """

    def __init__(self, track: Track, fresh: FreshStores, *, script: Script, preset: str, seed: int, stay: bool) -> None:
        super().__init__(name=f"making-{track.name}", daemon=True)
        self._track = track
        self._fresh = fresh
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
            if not self._over.is_set():
                self._fail(str(error), [str(error)], error.exit_code)
        finally:
            self._track.reel.done = True

    def end(self) -> None:
        """Stop, from another thread; returns when the service is closed."""
        self._over.set()
        if self.service:
            self.service.engine.stop()
        self.join()

    def _fail(self, shown: str, failures: list[str], exit_code: int) -> None:
        self._track.reel.failure = shown
        self._track.failures = failures
        self._track.exit_code = exit_code

    def _not_passed(self, outcome: Outcome) -> None:
        places = [self._script.fault(outcome.line, fault) for fault in outcome.faults]
        self._fail("; ".join(outcome.faults), places, ReplayFailed.exit_code)

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
                self._track.doing = ""
                if self._over.is_set():
                    return
                if not outcome.passed:
                    self._not_passed(outcome)
                    return
            if self._stay:
                self._track.service = service
                self._track.reel.done = True
                self._over.wait()
                self._track.service = None
