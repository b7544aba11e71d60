"""Runs the app on a real terminal and gives the terminal back, whatever broke.

Textual draws through `sys.__stderr__`, which is file descriptor 2; native libraries and forgotten warnings write to the
same descriptor and would spoil the screen. So while the app runs, Textual draws through a copy, and descriptor 2 leads
to a log.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

from engine import paths
from engine.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.service.service import Service
    from engine.service.settings import Settings
    from tui.app import MatineeApp
    from tui.replay.following import Following
    from tui.replay.tracks import Track


def run(settings: Settings, user: str | None, *, debug: bool, record: Path | None = None) -> int:
    """The whole life of the app; the exit code."""
    with uncollected():
        from tui.app import MatineeApp

        service = service_for(settings, record)
    evening = Evening(service)
    try:
        app = MatineeApp(service, user=user, opening=evening.begin)
        run_app(app)
        if app.wants_timeline and evening.track is not None:
            from tui.replay.travel import evening as show

            show(service, evening.track)
    except ScreenBroke as broke:
        if debug:
            raise broke.failure from None
        sys.stderr.write(f"matinee: {one_line(broke.failure)}\n")
        return 1
    finally:
        evening.close()
        service.close()
    return 0


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


def service_for(settings: Settings, record: Path | None) -> Service:
    """The service of an evening; with a file, one that writes down what is done."""
    if record is None:
        from engine.replay.observed import ObservedService

        return ObservedService(settings)
    from engine.replay.recorder import RecordedService

    return RecordedService(settings, record)


class Evening:
    """The evening's track, which whatever is done with the service is added to."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._following: Following | None = None
        self.track: Track | None = None
        """None before it begins, and where nothing can be followed."""

    def begin(self) -> None:
        """Follow from now on; no more than once. What that needs is loaded now, behind the first frame."""
        from engine.replay.observed import ObservedService
        from engine.replay.steps import Session
        from tui.replay.following import Following
        from tui.replay.tracks import Track

        if self._following is None and isinstance(self._service, ObservedService):
            self.track = Track("this evening", Session("This evening"), [])
            self._following = Following(self._service, self.track)

    def close(self) -> None:
        """Follow no more."""
        if self._following is not None:
            self._following.close()


class ScreenBroke(Exception):
    """A fault of the app itself."""

    def __init__(self, failure: BaseException) -> None:
        super().__init__(str(failure))
        self.failure = failure


def run_app(app: MatineeApp) -> None:
    """One app on the terminal, from its first frame to its last. ScreenBroke when it ended by a fault."""
    try:
        with guarded_stderr():
            _end_on_signals(app)
            app.run()
    finally:
        app.store_thread.shutdown(wait=True)
    if app.failure is not None:
        raise ScreenBroke(app.failure)


def one_line(error: BaseException) -> str:
    """What to say about a fault of the app itself."""
    text = " ".join(plain(str(error)).split()) or "no details"
    return f"the screen broke: {type(error).__name__}: {text} (your ratings are safe; --debug shows more)"


def _end_on_signals(app: MatineeApp) -> None:
    """A polite end on SIGTERM and SIGHUP too, so that the terminal is restored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: app.call_later(app.exit))


@contextlib.contextmanager
def guarded_stderr() -> Iterator[None]:
    """Descriptor 2 leads to a log; `sys.__stderr__` to the terminal. Nothing is done where there is no terminal."""
    stream = sys.__stderr__
    if stream is None or not stream.isatty():
        yield
        return
    folder = paths.state_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = os.open(folder / "screen.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError:
        log = os.open(os.devnull, os.O_WRONLY)
    stream.flush()
    screen = os.fdopen(os.dup(2), "w", encoding="utf-8")
    try:
        os.dup2(log, 2)
        sys.__stderr__ = screen  # type: ignore[misc]
        yield
    finally:
        screen.flush()
        os.dup2(screen.fileno(), 2)
        sys.__stderr__ = stream  # type: ignore[misc]
        os.close(log)
        screen.close()
