"""The app's end of the engine's child process: start it, write to it, read from it, end it.

The child is a plain `subprocess` that speaks pickles over its standard input and output. `multiprocessing` was left
out on purpose: its spawn runs the app's main module again in the child, starts a third process (the resource
tracker), and fails under Textual, whose replaced `sys.stderr` has no file descriptor.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING, cast

from engine.service import logs
from engine.service.messages import Shutdown

if TYPE_CHECKING:
    from pathlib import Path

    from engine.service.messages import Reply, Request

WORKER = "engine.worker.start"
"""The module that the child runs: `run(configure, pipe, requests)`. It brings jax, so only the child imports it."""
_BOOT = "import sys; _, worker, *sys.path[:] = sys.argv; from engine.service.child import main; main(worker)"
"""The child imports from where the app does, whatever lies in its working folder."""
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""Unless the user says otherwise. OpenBLAS's threads spin while they wait for each other: on two cores that train as
well, a viewer's ranking scores (a product of 0.05 ms) took 20 ms."""
_LOG_LIMIT = 1_000_000
"""Bytes over which the log starts anew."""


class EngineProcess:
    """One child process with its pipes. `send` never blocks: a thread of its own does the writing."""

    def __init__(self, log: Path, worker: str = WORKER) -> None:
        self._outbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._echo: threading.Thread | None = None
        self.unlogged = ""
        """Why there is no log; empty where there is one."""
        with self._open_log(log) as log_file:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, worker, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if logs.is_on_standard_error() else log_file,
                env=_ENVIRONMENT | os.environ,
            )
        if self._process.stderr:
            self._echo = _start_echo(self._process.stderr, self._open_log(log))
        self.pid = self._process.pid
        self._to_child = cast("IO[bytes]", self._process.stdin)
        self._from_child = cast("IO[bytes]", self._process.stdout)
        self._writer = threading.Thread(target=self._write, name="engine-writer", daemon=True)
        self._writer.start()

    def send(self, request: Request) -> None:
        """Queue a message; one to a dead child is dropped."""
        self._outbox.put(request)

    def receive(self) -> Reply:
        """The next message; blocks. EOFError when the child has ended or writes what is no message."""
        try:
            return cast("Reply", pickle.load(self._from_child))
        except (pickle.UnpicklingError, OSError, ValueError) as error:
            raise EOFError(str(error)) from error

    def end(self, patience: float) -> str:
        """Wait `patience` seconds for the child's end, then kill it; how it ended, in words."""
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._outbox.put(None)
        self._writer.join()
        self._from_child.close()
        if self._echo:
            self._echo.join(patience)
        return _in_words(code)

    def kill(self) -> None:
        """End the child at once; `receive` then raises EOFError."""
        self._process.kill()

    def _open_log(self, log: Path) -> IO[bytes]:
        """The log, or nothing's file: a child that can't be followed is better than none."""
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            if log.exists() and log.stat().st_size > _LOG_LIMIT:
                os.truncate(log, 0)
            return log.open("ab")  # the app's process appends as well
        except OSError as error:
            self.unlogged = error.strerror or str(error)
            return open(os.devnull, "wb")

    def _write(self) -> None:
        """Write what is queued until the child has ended. The reader notices that end."""
        with contextlib.suppress(OSError):
            while (request := self._outbox.get()) is not None:
                pickle.dump(request, self._to_child, protocol=pickle.HIGHEST_PROTOCOL)
                self._to_child.flush()
                if isinstance(request, Shutdown):
                    break
        _close_quietly(self._to_child)


def _start_echo(errors: IO[bytes], log_file: IO[bytes]) -> threading.Thread:
    """Copy what the child writes to its standard error into the log and to our own standard error."""

    def copy() -> None:
        with errors, log_file:
            for line in errors:
                with contextlib.suppress(OSError):  # a full disk keeps no log
                    log_file.write(line)
                    log_file.flush()
                sys.stderr.write(logs.cleaned(line.decode(errors="backslashreplace")))
                sys.stderr.flush()

    thread = threading.Thread(target=copy, name="engine-echo", daemon=True)
    thread.start()
    return thread


def _close_quietly(stream: IO[bytes]) -> None:
    """Close a pipe whose reader may be gone, with bytes still unwritten."""
    with contextlib.suppress(OSError):
        stream.close()


def _in_words(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
