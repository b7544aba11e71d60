"""Keeps one child process alive: starts it, reads what it says, and replaces it when it dies.

A child that dies again and again is started ever more rarely, but never given up for good: somebody may mend the cause
meanwhile, and `hurry` starts the next child at once then.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import TYPE_CHECKING, Protocol

from engine.service.messages import Notice, Shutdown
from engine.service.process import EngineProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.service.messages import Reply, Request

_log = logging.getLogger("matinee.service.supervisor")
AT_ONCE = 3
"""Deaths in a row after which the next child is started at once; after more the engine is broken, not unlucky."""
_STEADY_S = 60.0
"""A child that lived so long was well: its death has nothing to do with those before."""
_FIRST_PAUSE_S, _FIRST_REST_S, _LONGEST_REST_S = 0.2, 5.0, 300.0
_END_PATIENCE_S = 2.0
"""From the end of a child's pipe to its kill."""


def pause_s(deaths: int) -> float:
    """Seconds before the next start after `deaths` in a row: doubled each time, and much longer from the fourth on."""
    if deaths <= AT_ONCE:
        return math.ldexp(_FIRST_PAUSE_S, deaths - 1)
    return min(_LONGEST_REST_S, math.ldexp(_FIRST_REST_S, min(deaths - AT_ONCE - 1, 9)))


def in_a_row(deaths: int, lived_s: float) -> int:
    """The number of deaths in a row after one more, of a child that lived for `lived_s` seconds."""
    return 1 if lived_s >= _STEADY_S else deaths + 1


class Owner(Protocol):
    """What the supervisor calls, on its own thread."""

    def first_requests(self, restarts: int) -> list[Request]:
        """The first requests to a new child. Called with the lock held."""

    def on_reply(self, reply: Reply) -> None:
        """The child sent a reply."""

    def on_death(self, how: str, deaths: int) -> None:
        """The child ended by itself, the last of so many in a row."""

    def on_end(self) -> None:
        """No child runs any more, and none will be started."""


class Supervisor:
    """One thread that reads; `send` and `stop` may be called from any thread."""

    def __init__(
        self,
        owner: Owner,
        lock: threading.Condition,
        log: Path,
        worker: str,
        pause: Callable[[int], float] = pause_s,
    ) -> None:
        self._owner = owner
        self._lock = lock
        self._log = log
        self._worker = worker
        self._pause = pause
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self._process: EngineProcess | None = None
        self._restarts = 0
        self._deaths = 0
        self._warned_unlogged = False
        self._thread = threading.Thread(target=self._run, name="engine-reader", daemon=True)
        self.running = True
        """Whether a child lives or is started at once; False while a broken engine rests, and after the end."""
        self.next_start: float | None = None
        """When (monotonic) a resting engine is tried again; None while it does not rest."""

    def start(self) -> None:
        """Start the thread and with it the first child."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Ask the child to save and end; kill it after `timeout` seconds. Returns when it is gone."""
        with self._lock:
            process = self._process
            self._stopping.set()
            self._hurry.set()
            if process:
                process.send(Shutdown())
        if self._thread is threading.current_thread():
            return
        self._thread.join(timeout)
        if self._thread.is_alive() and process:
            process.kill()
            self._thread.join()

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        process = self._process
        return process.pid if process else None

    def send(self, request: Request) -> None:
        """Pass a request on. Without a child it is dropped: the next one's greeting holds it. Lock held."""
        if self._process:
            self._process.send(request)

    def hurry(self) -> bool:
        """Start the next child now if the engine rests; False if it does not. Lock held.

        The caller may have mended the cause, so the count of deaths starts anew.
        """
        if self.next_start is None:
            return False
        self.next_start, self.running, self._deaths = None, True, 0
        self._hurry.set()
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            how = self._one_child()
            if not self._stopping.is_set():
                self._deaths = in_a_row(self._deaths, time.monotonic() - began)
                self._wait(how)
        with self._lock:
            self.running, self.next_start = False, None
        self._owner.on_end()

    def _wait(self, how: str) -> None:
        """Say that the child has died, and wait before the next one."""
        pause = self._pause(self._deaths)
        with self._lock:
            if not self._stopping.is_set():
                self._hurry.clear()
            self.next_start = time.monotonic() + pause if self._deaths > AT_ONCE else None
        _log.warning("the engine's process died (%s), %d in a row; next start in %.1f s", how, self._deaths, pause)
        self._owner.on_death(how, self._deaths)
        with self._lock:  # after `on_death`: a caller that waits gives up on `running`, and reads the reason then
            self.running = self.next_start is None
            self._lock.notify_all()
        self._hurry.wait(pause)
        with self._lock:
            self.running, self.next_start = True, None
            self._restarts += 1

    def _one_child(self) -> str:
        """Start a child and pass on what it says until it ends; how it ended."""
        try:
            process = EngineProcess(self._log, self._worker)
        except OSError as error:
            return f"its process could not be started: {error}"
        if process.unlogged and not self._warned_unlogged:
            self._warned_unlogged = True
            why = f"{self._log.parent} can't be written ({process.unlogged})"
            self._owner.on_reply(
                Notice("warning", f"{why}: the engine keeps no log, and the last viewer is forgotten.")
            )
        _log.info("engine's process %d started, restarts %d", process.pid, self._restarts)
        with self._lock:
            self._process = process
            for request in self._owner.first_requests(self._restarts):
                process.send(request)
            if self._stopping.is_set():
                process.send(Shutdown())
        self._listen(process)
        with self._lock:
            self._process = None
        how = process.end(_END_PATIENCE_S)
        _log.info("engine's process %d ended (%s)", process.pid, how)
        return how

    def _listen(self, process: EngineProcess) -> None:
        while True:
            try:
                reply = process.receive()
            except EOFError:
                return
            self._owner.on_reply(reply)
