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
import termios
import threading
from typing import TYPE_CHECKING

from engine import paths
from engine.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.shell import Shell

_PATIENCE_S = 5.0
"""From the signal to end to the end, if the app can't do it by itself: it may wait for a terminal that nobody reads."""
_LOOK_S = 1.0
"""Between two looks whether the terminal is still there."""


class ScreenBroke(Exception):
    """A fault of the app itself."""

    def __init__(self, failure: BaseException) -> None:
        super().__init__(str(failure))
        self.failure = failure


def run_app(app: Shell) -> None:
    """One app on the terminal, from its first frame to its last. ScreenBroke when it ended by a fault."""
    ending = Ending(app)
    try:
        with guarded_stderr(), ending:
            app.run()
    except (OSError, termios.error):
        if app.ended_by is None:
            raise
        # the terminal is gone, and can't be restored
    finally:
        app.store_thread.shutdown(wait=True)
    if app.failure is not None and app.ended_by is None:
        raise ScreenBroke(app.failure)


def one_line(error: BaseException) -> str:
    """What to say about a fault of the app itself."""
    text = " ".join(plain(str(error)).split()) or "no details"
    return f"the screen broke: {type(error).__name__}: {text} (your ratings are safe; --debug shows more)"


class Ending:
    """A polite end on SIGTERM and SIGHUP, and when the terminal is gone: all is saved, and the terminal restored.

    A program that holds the terminal beside the app keeps SIGHUP from coming when the terminal's window is closed.
    """

    def __init__(self, app: Shell) -> None:
        self._app = app
        self._over = threading.Event()

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: self.end(number))
        threading.Thread(target=self._watch, name="terminal-watch", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def end(self, number: int) -> None:
        """End the app as that signal asks; at once if it can't end by itself."""
        if self._app.ended_by is None:
            self._app.ended_by = number
            threading.Thread(target=self._insist, args=(number,), name="insist", daemon=True).start()
            self._app.call_later(self._app.exit)

    def _insist(self, number: int) -> None:
        if not self._over.wait(_PATIENCE_S):
            os._exit(exit_code(number))  # the engine's process ends with its pipe, and the ratings are in the store

    def _watch(self) -> None:
        stream = sys.__stdin__
        while stream is not None and not self._over.wait(_LOOK_S):
            try:
                termios.tcgetattr(stream.fileno())
            except (termios.error, ValueError, OSError):
                self.end(signal.SIGHUP)
                return


def exit_code(number: int) -> int:
    """What a shell says of a program that a signal has ended."""
    return 128 + number


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
