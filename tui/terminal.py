"""Runs an app on a real terminal and gives the terminal back, whatever broke.

Textual draws through `sys.__stderr__`, which is file descriptor 2; native libraries and forgotten warnings write to the
same descriptor and would spoil the screen. So while the app runs, Textual draws through a copy, and descriptor 2 leads
to a log.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

from engine import paths
from engine.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.shell import Shell


class ScreenBroke(Exception):
    """A fault of the app itself."""

    def __init__(self, failure: BaseException) -> None:
        super().__init__(str(failure))
        self.failure = failure


def run_app(app: Shell) -> None:
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


def _end_on_signals(app: Shell) -> None:
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
