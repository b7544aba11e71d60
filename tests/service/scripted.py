"""A worker without a model, for tests of the client: answers at once, and dies on request.

`Explain` with one of these movie ids does something else than explaining; a run of `FATAL_EPOCHS` kills the first child
in its middle.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.service.messages import (
    Configure,
    Explain,
    Explained,
    ListReady,
    Notice,
    Ping,
    Pong,
    RatingsChanged,
    Request,
    RequestFailed,
    RequestList,
    Shutdown,
    StatusChanged,
    Train,
    Trained,
)
from engine.types import EngineState, EngineStatus, ListStats, Recommendations
from tests.service.made_up import training_record

if TYPE_CHECKING:
    from engine.service.child import Pipe

EXIT, RAISE, NOISE, SILENCE, SLEEP, FLOOD, DEAF, RAISE_UNTIL_MENDED, LOG = range(-9, 0)
DETAIL = "a detail"
FATAL_EPOCHS = 13
_STATS = ListStats(0.0, 0, 0.0)


def run(configure: Configure, pipe: Pipe, requests: list[Request]) -> None:
    """The worker's entry."""
    seen = 0
    state: EngineState = "ready"
    while True:
        for request in requests:
            if isinstance(request, Shutdown):
                return
            if isinstance(request, RatingsChanged):
                seen = request.seq
            if isinstance(request, Train) and request.epochs == FATAL_EPOCHS and configure.restarts == 0:
                state = "learning"
                threading.Timer(0.2, os._exit, [3]).start()
            else:
                _answer(configure, pipe, request)
            status = EngineStatus(state=state, seen_seq=seen, trained_seq=seen, restarts=configure.restarts)
            pipe.send(StatusChanged(status))
        requests = pipe.take(timeout=None)


def _answer(configure: Configure, pipe: Pipe, request: Request) -> None:
    if isinstance(request, RequestList):
        plain = Recommendations(request.request_id, request.user_id, (), 0, 0, request.diversity, _STATS, _STATS)
        pipe.send(ListReady(plain))
    elif isinstance(request, Ping):
        pipe.send(Pong(request.request_id))
    elif isinstance(request, Train):
        pipe.send(Trained(training_record(1, 1)))
    elif isinstance(request, Explain):
        _misbehave(configure, pipe, request)


def _misbehave(configure: Configure, pipe: Pipe, request: Explain) -> None:
    if request.movie_id == EXIT and configure.restarts == 0:
        os._exit(3)
    if request.movie_id == RAISE:
        raise ValueError("a fault on purpose")
    if request.movie_id == RAISE_UNTIL_MENDED and not Path(configure.cache_dir).with_name("mended").exists():
        raise ValueError("a fault that can be mended")
    if request.movie_id == NOISE:
        sys.stdout.write("a library that talks\n")
        os.write(1, b"and one that writes to descriptor 1\n")
        sys.stdout.flush()
    if request.movie_id == LOG:
        hostile = "\x1b[31mmysql://ana:secret@host/films"
        logging.getLogger("matinee.scripted").debug(DETAIL)
        logging.getLogger("matinee.scripted").warning("can't open %s", hostile)
        sys.stdout.write(f"a library that shows {hostile}\n")
    if request.movie_id == SLEEP:
        time.sleep(60)
    if request.movie_id == FLOOD:
        for _ in range(5_000):
            pipe.send(Trained(training_record(1, 1)))
    if request.movie_id == DEAF:
        pipe.send(Notice("information", "deaf"))
        time.sleep(60)
    if request.movie_id == SILENCE:
        pipe.send(RequestFailed(request.request_id, "not today"))
    else:
        pipe.send(Explained(request.request_id, request.movie_id, ()))
