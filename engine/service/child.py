"""The child process's entry: takes the pipe, gets out of the app's way, then loads the engine.

Light until the worker's module is imported, so that the pipe is read from the first moment. The process ends when the
pipe ends: an app that was killed leaves no engine behind.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, cast

from engine.errors import MatineeError
from engine.service import priority
from engine.service.messages import Configure, Notice, Shutdown, StatusChanged
from engine.text import PlainStream
from engine.types import EngineStatus

if TYPE_CHECKING:
    from engine.service.messages import Reply, Request

_LAST_SECONDS = 5.0
"""From the end of the pipe to the end of the process, if it is busy compiling."""


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
    loading = EngineStatus(state="loading", preset=first.preset, restarts=first.restarts, detail="loading the engine")
    try:
        pipe.send(StatusChanged(loading))
        with ThreadPoolExecutor(1, initializer=priority.lower) as loader:
            module = loader.submit(importlib.import_module, worker).result()
        module.run(first, pipe, others)
        with contextlib.suppress(OSError):  # a full disk keeps no log, which is no reason to fail
            sys.stderr.flush()
        os._exit(0)  # threads of a run that was given up may still compute: nobody waits for them
    except BrokenPipeError:
        return  # the app is gone
    except MatineeError as error:
        _last_words(pipe, str(error))
    except Exception as error:  # noqa: BLE001 - the process border: nothing above to raise to, and the app must hear it
        with contextlib.suppress(OSError):  # the disk may be full; the app must hear of the fault all the same
            traceback.print_exc()
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
    sys.stdout = sys.stderr = PlainStream(sys.stderr.buffer, errors="backslashreplace", line_buffering=True)
    return Pipe(os.fdopen(requests, "rb"), os.fdopen(replies, "wb"))
