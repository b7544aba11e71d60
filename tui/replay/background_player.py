"""The thread that plays a script into a track."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from engine.errors import MatineeError, ReplayFailed
from engine.replay.names import check_names
from engine.replay.paced import paced_service
from engine.replay.player import Player

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.replay.observed import ObservedService
    from engine.replay.outcome import Outcome
    from engine.replay.sandbox import Sandbox, Sandboxes
    from engine.replay.script import Script
    from tui.replay.track import Track

    NewService = Callable[[Sandbox], AbstractContextManager[ObservedService]]


def service_in(sandbox: Sandbox) -> AbstractContextManager[ObservedService]:
    """The service of a sandbox, not yet open."""
    return paced_service(sandbox.settings, clock=sandbox.clock)


class BackgroundPlayer(threading.Thread):
    """Plays a track's script in a sandbox, a frame a step.

    With `stay`, the service stays open until `end`, so that a viewer can go on with the track.
    """

    def __init__(
        self, track: Track, script: Script, sandboxes: Sandboxes, *, preset: str, seed: int, stay: bool,
        new_service: NewService,
    ) -> None:  # fmt: skip
        super().__init__(name=f"player-{track.name}", daemon=True)
        self._track = track
        self._script = script
        self._sandboxes = sandboxes
        self._preset, self._seed = preset, seed
        self._stay = stay
        self._new_service = new_service
        self._over = threading.Event()
        self._service: ObservedService | None = None

    def run(self) -> None:
        """In the thread."""
        try:
            sandbox = self._sandboxes.sandbox(self._track.name.replace(" ", "-"), self._preset, self._seed)
            self._sandboxes.stop_engine()
            self._track.doing = "starting the engine"
            if not self._over.is_set():
                self._play(sandbox)
        except MatineeError as error:
            if not self._over.is_set():
                self._fail(str(error), [str(error)], error.exit_code)
        finally:
            self._track.reel.done = True

    def end(self) -> None:
        """Stop, from another thread; returns when the service is closed."""
        self._over.set()
        if self._service:
            self._service.engine.stop()
        self.join()

    def _fail(self, shown: str, failures: list[str], exit_code: int) -> None:
        self._track.reel.failure = shown
        self._track.failures = failures
        self._track.exit_code = exit_code

    def _fail_at(self, outcome: Outcome) -> None:
        faults = [self._script.fault(outcome.line, fault) for fault in outcome.faults]
        self._fail("; ".join(outcome.faults), faults, ReplayFailed.exit_code)

    def _play(self, sandbox: Sandbox) -> None:
        with self._new_service(sandbox) as service:
            service.open()
            check_names(self._script, service)
            self._service = service
            service.engine.start()
            self._track.reel.listen(service)
            for outcome in Player(self._script, service).play():
                self._track.reel.add(outcome)
                self._track.doing = ""
                if self._over.is_set():
                    return
                if not outcome.passed:
                    self._fail_at(outcome)
                    return
            if self._stay:
                self._track.service = service
                self._track.reel.done = True
                self._over.wait()
                self._track.service = None
