"""The app's side of the engine: requests go out, replies come in on a reader thread, a dead child is replaced."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import threading
import time
from collections import OrderedDict, deque
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.errors import EngineDied, EngineError
from engine.service import logs
from engine.service.messages import (
    CatalogueChanged,
    Configure,
    Explain,
    Look,
    Notice,
    Ping,
    QuestionsReady,
    RatingsChanged,
    RequestList,
    StatusChanged,
    StopTraining,
    Train,
    Trained,
    answered,
)
from engine.service.pending import Pending
from engine.service.process import WORKER
from engine.service.supervisor import AT_ONCE, Supervisor, pause_s
from engine.store import resolve_url
from engine.types import MIDDLE, Diversity, EngineStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.service.messages import Reply, Request
    from engine.service.settings import Settings
    from engine.snapshots import Subject
    from engine.types import Order, RunKind, TrainingRecord, Tried

    Subscriber = Callable[[Reply], None]

_RECORDS = 4096
"""Training records kept for the curves."""
_ANSWERS = 256
"""Answers kept for callers of `wait_reply` that ask late."""


class EngineClient:
    """Thread-safe. Replies reach the subscribers on the reader thread, in the order the engine sent them."""

    def __init__(
        self,
        settings: Settings,
        *,
        auto_train: bool = True,
        worker: str = WORKER,
        pause: Callable[[int], float] = pause_s,
    ) -> None:
        self._settings = settings
        self._auto_train = auto_train
        self._worker = worker
        self._pause = pause
        self._changed = threading.Condition()
        self._status = EngineStatus(state="stopped", preset=settings.preset)
        self._records: deque[TrainingRecord] = deque(maxlen=_RECORDS)
        self._answers: OrderedDict[int, Reply] = OrderedDict()
        self._subscribers: tuple[Subscriber, ...] = ()
        self._pending = Pending()
        self._ids = itertools.count(1)
        self._supervisor: Supervisor | None = None
        self._url = ""
        self._restarts = 0
        """How often the child was started again."""
        self._questions: tuple[int, ...] = ()
        self._restarts_before = 0
        """How many of them before the last `reconfigure`."""

    # ------------------------------------------------------------------------------------------------------ life

    def start(self) -> None:
        """Start the child process; does nothing while one runs, and does not let a broken engine rest any longer.

        BadUrl when the database's URL can't be read.
        """
        url = resolve_url(self._settings.database).reveal()
        with self._changed:
            if self.running:
                return
            self._url = url
            if self._supervisor and self._supervisor.hurry():
                self.on_reply(StatusChanged(replace(self._status, state="starting", detail="")))
                return
            self._status = EngineStatus(preset=self._settings.preset)
            self._restarts = self._restarts_before = 0
            self._supervisor = Supervisor(self, self._changed, self.log, self._worker, self._pause)
            self._supervisor.start()

    def stop(self, timeout: float = 3.0) -> None:
        """Ask the child to save and end; kill it after `timeout` seconds."""
        if self._supervisor:
            self._supervisor.stop(timeout)

    def kill(self) -> None:
        """End the child at once, as a crash would: it is started again, and nothing that was asked for is lost."""
        pid = self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):  # it has just died by itself
                os.kill(pid, signal.SIGKILL)

    def reconfigure(self, settings: Settings) -> None:
        """Work on another database or with another model from now on, in the same child: a start costs seconds.

        Open requests are forgotten. The status is of the new database after `wait_acknowledged`. BadUrl.
        """
        url = resolve_url(settings.database).reveal()
        with self._changed:
            self._settings, self._url = settings, url
            self._pending = Pending()
            self._records.clear()
            self._answers.clear()
            self._questions = ()
            self._restarts_before = self._restarts
            if self._supervisor:
                self._supervisor.send(self._configure())

    # -------------------------------------------------------------------------------------------------- what it says

    @property
    def status(self) -> EngineStatus:
        """What the engine is doing, as of its last message."""
        return self._status

    @property
    def questions(self) -> tuple[int, ...]:
        """Movies to ask a new viewer about, most telling first; empty before there is a trained model."""
        return self._questions

    @property
    def records(self) -> tuple[TrainingRecord, ...]:
        """The newest training records, oldest first."""
        with self._changed:
            return tuple(self._records)

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._supervisor.pid if self._supervisor else None

    @property
    def running(self) -> bool:
        """Whether a child lives or is started at once; False before `start`, after `stop`, and while `next_try_s`."""
        return self._supervisor is not None and self._supervisor.running

    @property
    def next_try_s(self) -> float | None:
        """Seconds until an engine that died again and again is tried again; None while it does not rest."""
        next_start = self._supervisor.next_start if self._supervisor else None
        return None if next_start is None else _left(next_start)

    @property
    def caught_up(self) -> bool:
        """Whether, by its last status, the engine has learned every rating that was announced to it."""
        status = self._status
        return status.state == "ready" and not status.ratings_behind and status.seen_seq >= self._pending.announced_seq

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call `callback` with every reply, on the reader thread; it must be quick. The result unsubscribes."""
        with self._changed:
            self._subscribers = (*self._subscribers, callback)

        def unsubscribe() -> None:
            with self._changed:
                self._subscribers = tuple(known for known in self._subscribers if known is not callback)

        return unsubscribe

    # ------------------------------------------------------------------------------------------------------ requests

    def request_list(
        self, user_id: int, n: int = 5, diversity: Diversity | None = None, with_predictions: bool = True,
        order: Order = "relevance", lens: int = MIDDLE,
    ) -> int:  # fmt: skip
        """Ask for a viewer's list; returns the request's id at once. `ListReady` comes, then `PredictionsReady`."""
        request_id = next(self._ids)
        self._send(RequestList(request_id, user_id, n, diversity or Diversity(), with_predictions, order, lens))
        return request_id

    def try_list(
        self, user_id: int, tried: Tried, n: int = 5, diversity: Diversity | None = None,
        with_predictions: bool = False, lens: int = MIDDLE,
    ) -> int:  # fmt: skip
        """Ask for the list that ratings would make which nobody stores; as `request_list` does."""
        request_id = next(self._ids)
        wanted = diversity or Diversity()
        self._send(RequestList(request_id, user_id, n, wanted, with_predictions, lens=lens, tried=tried))
        return request_id

    def explain(self, user_id: int, movie_id: int, lens: int = MIDDLE) -> int:
        """Ask which rated movies speak for one movie; `Explained` comes."""
        request_id = next(self._ids)
        self._send(Explain(request_id, user_id, movie_id, lens))
        return request_id

    def look(self, user_id: int, subject: Subject) -> int:
        """Ask to be shown something of the model; `Looked` comes."""
        request_id = next(self._ids)
        self._send(Look(request_id, user_id, subject))
        return request_id

    def train(self, run: RunKind = "full", epochs: int | None = None, *, take_over: bool = True) -> None:
        """Start a run now, in place of the one in progress; `Trained` records come, the last with event `done`.

        Without `take_over` a model that is worse on held-out ratings than the serving one is dropped, with a notice.
        """
        self._send(Train(run, epochs, take_over))

    def stop_training(self) -> None:
        """End the full run in progress, unless it is the first; the model that serves stays."""
        self._send(StopTraining())

    def ratings_changed(self, seq: int) -> None:
        """Announce that the store holds rating events up to `seq`."""
        self._send(RatingsChanged(seq))

    def catalogue_changed(self) -> None:
        """Announce that the store holds new movies or viewers."""
        self._send(CatalogueChanged())

    # ------------------------------------------------------------------------------------------- for headless callers

    def wait_reply(self, request_id: int, timeout: float) -> Reply:
        """The answer to a request: `ListReady`, `Explained`, `Looked`, `Superseded` or `RequestFailed`.

        EngineDied when the engine dies again and again, EngineError when no answer came within `timeout` seconds.
        """
        with self._changed:
            self._changed.wait_for(lambda: request_id in self._answers or not self.running, timeout)
            if request_id in self._answers:
                return self._answers[request_id]
        if not self.running:
            raise EngineDied(self._status.detail or "the engine is not running")
        raise EngineError(f"the engine gave no answer within {timeout:g} s; see {self.log}")

    def wait_acknowledged(self, timeout: float) -> bool:
        """Wait until the engine has read every request made so far; a run that was asked for has read its ratings then.

        False when that did not happen within `timeout` seconds, or the engine failed.
        """
        return self._wait_until(lambda: True, timeout)

    def wait_idle(self, timeout: float) -> bool:
        """Wait as `wait_acknowledged` does, then until no run is in progress. Ratings may wait to be learned.

        State `loading` then means that there is no model.
        """
        return self._wait_until(lambda: self._status.state in ("ready", "loading"), timeout)

    def wait_caught_up(self, timeout: float) -> bool:
        """Wait as `wait_acknowledged` does, then until every rating that was announced is in the weights."""
        return self._wait_until(lambda: self.caught_up, timeout)

    def _wait_until(self, reached: Callable[[], bool], timeout: float) -> bool:
        """Wait for a ping's answer, then for `reached`; begun again where the child dies in between."""
        deadline = time.monotonic() + timeout
        while True:
            answer = self._wait_on_one_child(reached, deadline)
            if answer is not None:
                return answer

    def _wait_on_one_child(self, reached: Callable[[], bool], deadline: float) -> bool | None:
        """Whether it was reached; None when the child has died meanwhile, and another one is on its way."""
        ping = next(self._ids)
        self._send(Ping(ping))
        with self._changed:
            self._changed.wait_for(lambda: ping in self._answers or not self.running, _left(deadline))
            pid = self.pid
            self._changed.wait_for(lambda: reached() or self._failed() or self.pid != pid, _left(deadline))
            if self.pid != pid and self.running and _left(deadline):
                return None
            return reached() and ping in self._answers

    @property
    def log(self) -> Path:
        """The log of the child process."""
        return self._settings.log_path

    # -------------------------------------------------------------------------------------- for the supervisor alone

    def first_requests(self, restarts: int) -> list[Request]:
        """How to work, and every open request."""
        self._restarts = restarts
        return [self._configure(), *self._pending.repeat()]

    def _configure(self) -> Configure:
        wanted = self._settings
        return Configure(
            database_url=self._url,
            preset=wanted.preset,
            device=wanted.device,
            seed=wanted.seed,
            cache_dir=str(wanted.cache_path),
            restarts=self._restarts - self._restarts_before,
            auto_train=self._auto_train,
            debug=logs.is_debugging(),
        )

    def on_reply(self, reply: Reply) -> None:
        """Keep what a reply says and pass it to the subscribers."""
        with self._changed:
            self._note(reply)
            subscribers = self._subscribers
            self._changed.notify_all()
        for subscriber in subscribers:
            subscriber(reply)

    def on_death(self, how: str, deaths: int) -> None:
        """Tell the subscribers that the child has died and that no rating is lost."""
        times = f" {deaths} times in a row" if deaths > AT_ONCE else ""
        detail = f"The engine ended by itself{times} ({how}); your ratings are safe in the store."
        self.on_reply(StatusChanged(replace(self._status, state="failed", detail=detail)))
        self.on_reply(Notice("warning", detail))
        if deaths == AT_ONCE + 1:
            self.on_reply(Notice("error", f"The engine keeps failing; see {self.log}"))

    def on_end(self) -> None:
        """Tell the subscribers, unless the last status is a failure."""
        if self._status.state == "failed":
            with self._changed:
                self._changed.notify_all()
        else:
            self.on_reply(StatusChanged(replace(self._status, state="stopped", detail="")))

    # ------------------------------------------------------------------------------------------------------- private

    def _failed(self) -> bool:
        return not self.running or (self._status.state == "failed" and self.pid is not None)

    def _send(self, request: Request) -> None:
        with self._changed:
            self._pending.add(request)
            if self._supervisor:
                self._supervisor.send(request)

    def _note(self, reply: Reply) -> None:
        if isinstance(reply, StatusChanged):
            self._status = reply.status
        elif isinstance(reply, Trained):
            self._records.append(reply.record)
        elif isinstance(reply, QuestionsReady):
            self._questions = reply.movie_ids
        self._pending.settle(reply)
        request_id = answered(reply)
        if request_id is not None:
            self._answers[request_id] = reply
            while len(self._answers) > _ANSWERS:
                self._answers.popitem(last=False)


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
