"""The child process: its end of the pipe, its priority, and its entry, which loads the engine.

Light until the worker's module is imported, so that the pipe is read from the first moment. The process ends when the
pipe ends: an app that was killed leaves no engine behind.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import pickle
import queue
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, cast

from engine.errors import MatineeError
from engine.service import logs
from engine.service.messages import Configure, Notice, Shutdown, StatusChanged
from engine.types import EngineStatus

if TYPE_CHECKING:
    from engine.service.messages import Reply, Request

_log = logging.getLogger("matinee.service.child")
_LAST_SECONDS = 5.0
"""From the end of the pipe to the end of the process, if it is busy compiling."""
NICENESS = 10
"""Of threads that compute for nobody who waits."""


def lower_priority() -> None:
    """Let this thread, and all threads that it starts, give way to others.

    Linux keeps a niceness per thread, so that in the engine's process the thread that answers viewers keeps the app's
    own priority. Elsewhere the whole process gives way.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    elif hasattr(os, "nice"):
        os.nice(NICENESS - os.nice(0))


class Pipe:
    """The child's end. A reader thread fills a queue, so the app's writes never wait for a busy worker."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes]) -> None:
        self._requests = requests
        self._replies = replies
        self._inbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="pipe-reader", daemon=True).start()

    def send(self, reply: Reply) -> None:
        """Write a message; OSError when the app is gone. One thread only."""
        pickle.dump(reply, self._replies, protocol=pickle.HIGHEST_PROTOCOL)
        self._replies.flush()

    def take(self, timeout: float | None = 0.0) -> list[Request]:
        """All messages that wait; if there are none, the next one within `timeout` seconds (None: ever).

        Empty when the time is over, or when `wake` was called.
        """
        taken: list[Request | None] = []
        with contextlib.suppress(queue.Empty):
            taken.append(self._inbox.get(timeout=timeout) if timeout != 0 else self._inbox.get_nowait())
            while True:
                taken.append(self._inbox.get_nowait())
        return [request for request in taken if request is not None]

    def wake(self) -> None:
        """Make `take` return, from another thread."""
        self._inbox.put(None)

    def _read(self) -> None:
        """Queue what the app sends; the end of the pipe is a shutdown."""
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                self._inbox.put(cast("Request", pickle.load(self._requests)))
        self._inbox.put(Shutdown())
        time.sleep(_LAST_SECONDS)
        os._exit(0)


def main(worker: str) -> None:
    """Run `worker`, a module with `run(configure, pipe)`, until the app says `Shutdown` or is gone.

    The module is imported in a thread of low priority, which the threads that its libraries start then inherit.
    """
    pipe = _take_pipe()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in the terminal is the app's business
    first, *others = pipe.take(timeout=None)
    if not isinstance(first, Configure):
        return  # the app was gone before it said anything
    logs.set_up(logs.StandardError(), debug=first.debug)
    loading = EngineStatus(state="loading", preset=first.preset, restarts=first.restarts, detail="loading the engine")
    try:
        pipe.send(StatusChanged(loading))
        with ThreadPoolExecutor(1, initializer=lower_priority) as loader:
            module = loader.submit(importlib.import_module, worker).result()
        module.run(first, pipe, others)
        with contextlib.suppress(OSError):  # a full disk keeps no log, which is no reason to fail
            sys.stderr.flush()
        os._exit(0)  # threads of a run that was given up may still compute: nobody waits for them
    except BrokenPipeError:
        return  # the app is gone
    except MatineeError as error:
        _log.error("the engine stopped: %s", error)
        _last_words(pipe, str(error))
    except Exception as error:  # noqa: BLE001 - the process border: nothing above to raise to, and the app must know
        _log.exception("the engine stopped")
        _last_words(pipe, f"{type(error).__name__}: {error}")


def _last_words(pipe: Pipe, text: str) -> None:
    """Tell the app why, and end so that it starts another child."""
    with contextlib.suppress(OSError):
        pipe.send(Notice("error", f"The engine stopped: {text}"))
    sys.exit(1)


def _take_pipe() -> Pipe:
    """Move the pipe away from descriptors 0 and 1, so that no library's output can end up in it."""
    requests, replies = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr = logs.LogStream(sys.stderr.buffer, errors="backslashreplace", line_buffering=True)
    return Pipe(os.fdopen(requests, "rb"), os.fdopen(replies, "wb"))
