"""Keeps one child process alive: starts it, reads what it says, and replaces it when it dies."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

from engine.service.messages import Notice, Shutdown
from engine.service.process import EngineProcess

if TYPE_CHECKING:
    from pathlib import Path

    from engine.service.messages import Reply, Request

_RESTARTS = 3
_RESTART_WINDOW_S = 60.0
"""At most so many restarts in this time; a child that dies more often is broken, not unlucky."""
_BACKOFF_S = 0.2
"""Wait before the first restart; doubled for each further one in the window."""
_END_PATIENCE_S = 2.0
"""From the end of a child's pipe to its kill."""


class Owner(Protocol):
    """Whom the supervisor serves."""

    def greeting(self, restarts: int) -> list[Request]:
        """What a new child must hear first. Called with the lock held."""

    def heard(self, reply: Reply) -> None:
        """A reply came."""

    def died(self, how: str) -> None:
        """The child ended by itself."""

    def ended(self) -> None:
        """No child runs any more, and none will be started."""


class Supervisor:
    """One thread that reads; `send` and `stop` may be called from any thread."""

    def __init__(self, owner: Owner, lock: threading.Condition, log: Path, worker: str) -> None:
        self._owner = owner
        self._lock = lock
        self._log = log
        self._worker = worker
        self._stopping = threading.Event()
        self._process: EngineProcess | None = None
        self._restarts = 0
        self._thread = threading.Thread(target=self._run, name="engine-reader", daemon=True)
        self.running = True
        """Whether a child lives or is about to be started again."""

    def start(self) -> None:
        """Start the thread and with it the first child."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Ask the child to save and end; kill it after `timeout` seconds. Returns when it is gone."""
        with self._lock:
            process = self._process
            self._stopping.set()
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

    def _run(self) -> None:
        deaths: deque[float] = deque(maxlen=_RESTARTS + 1)
        while not self._stopping.is_set():
            how = self._one_child()
            if self._stopping.is_set():
                break
            self._owner.died(how)
            deaths.append(time.monotonic())
            recent = sum(deaths[-1] - death < _RESTART_WINDOW_S for death in deaths)
            if recent > _RESTARTS:
                self._owner.heard(Notice("error", f"The engine keeps failing and was given up; see {self._log}"))
                break
            self._stopping.wait(_BACKOFF_S * 2 ** (recent - 1))
            self._restarts += 1
        with self._lock:
            self.running = False
        self._owner.ended()

    def _one_child(self) -> str:
        """Start a child and pass on what it says until it ends; how it ended."""
        try:
            process = EngineProcess(self._log, self._worker)
        except OSError as error:
            return f"its process could not be started: {error}"
        with self._lock:
            self._process = process
            for request in self._owner.greeting(self._restarts):
                process.send(request)
            if self._stopping.is_set():
                process.send(Shutdown())
        self._listen(process)
        with self._lock:
            self._process = None
        return process.end(_END_PATIENCE_S)

    def _listen(self, process: EngineProcess) -> None:
        while True:
            try:
                reply = process.receive()
            except EOFError:
                return
            self._owner.heard(reply)
