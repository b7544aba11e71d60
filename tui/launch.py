"""The life of the app: its service, its evening's track, and the way to the timeline and back."""

from __future__ import annotations

import contextlib
import gc
import sys
from typing import TYPE_CHECKING

from tui.terminal import ScreenBroke, exit_code, one_line, run_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.service.protocols import ViewerService
    from engine.service.settings import Settings
    from tui.replay.live_track import LiveTrack
    from tui.replay.track import Track


def run(settings: Settings, user: str | None, *, debug: bool, record: Path | None = None) -> int:
    """The whole life of the app; the exit code."""
    with uncollected():
        from tui.app import MatineeApp

        service = service_for(settings, record)
    evening = Evening(service)
    try:
        app = MatineeApp(service, user=user, opening=evening.begin)
        run_app(app)
        ended_by = app.ended_by
        if app.wants_timeline and ended_by is None:
            ended_by = evening.show_timeline()
    except ScreenBroke as broke:
        if debug:
            raise broke.failure from None
        sys.stderr.write(f"matinee: {one_line(broke.failure)}\n")
        return 1
    finally:
        evening.close()
        service.close()
    return 0 if ended_by is None else exit_code(ended_by)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """No collector of garbage while modules are loaded, of which none becomes any: a twentieth of the start.

    What is loaded by then is left out of later collections too, which would hold up a frame.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def service_for(settings: Settings, record: Path | None) -> ViewerService:
    """The service of an evening; with a file, one that writes down what is done."""
    if record is None:
        from engine.replay.observed import ObservedService
        from engine.service.service import Service

        return ObservedService(Service(settings))
    from engine.replay.paced import recorded_service

    return recorded_service(settings, record)


class Evening:
    """The evening's track, to which a step is added for whatever is done with the service."""

    def __init__(self, service: ViewerService) -> None:
        self._service = service
        self._live: LiveTrack | None = None

    @property
    def track(self) -> Track | None:
        """None before the evening begins, and where the service is not observed."""
        return self._live.track if self._live else None

    def begin(self) -> None:
        """Follow the service from now on, if not yet. What that needs is loaded now, behind the first frame."""
        from engine.replay.observed import ObservedService
        from engine.replay.steps import About
        from tui.replay.live_track import LiveTrack
        from tui.replay.track import Track

        if self._live is None and isinstance(self._service, ObservedService):
            self._live = LiveTrack(self._service, Track("this evening", About("This evening"), []))

    def show_timeline(self) -> int | None:
        """Show the track, and go on with it as often as the viewer wants; the signal that ended it, if one did."""
        from tui.replay.travel import evening

        return evening(self._live.service, self._live.track) if self._live is not None else None

    def close(self) -> None:
        """Follow no more."""
        if self._live is not None:
            self._live.close()
