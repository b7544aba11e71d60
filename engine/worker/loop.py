"""The worker's loop: requests, news of the store and training runs meet in one thread, which never waits for a run.

A list request is answered from the serving model at once, whatever the trainer's thread is doing.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from engine.errors import MatineeError, StoreError
from engine.service.messages import (
    CatalogueChanged,
    Configure,
    Explain,
    Ping,
    Pong,
    RatingsChanged,
    RequestFailed,
    RequestList,
    Shutdown,
    Superseded,
    Train,
    Trained,
)
from engine.worker.checkpoints import Checkpoints
from engine.worker.data import RatingsLog
from engine.worker.drift import drift_words
from engine.worker.lists import answer_explain, answer_list, figures
from engine.worker.runs import SAVE_EVERY_S, Runs

if TYPE_CHECKING:
    from engine.service.child import Pipe
    from engine.service.messages import Request
    from engine.service.settings import Settings
    from engine.store import Store
    from engine.types import EngineState, RunKind, TrainingRecord
    from engine.worker.reporter import Reporter

_POLL_S = 2.0
"""How often the store is asked for other programs' news."""
_RECORD_S = 0.03
"""Least time between two records of steps on their way to the app."""
_LIST_FIRST_S = 0.05
"""Learning waits so long after a rating: the list that the rating asks for must not share the cores with it."""


Moved = tuple["Configure", list["Request"]]
"""Another store to take up, and what was asked of it so far."""


def moved_to(requests: list[Request]) -> Moved | None:
    """The first order to take up another store, with what was asked after it."""
    for at, request in enumerate(requests):
        if isinstance(request, Configure):
            return request, requests[at + 1 :]
    return None


class Worker:
    """One store's engine."""

    def __init__(self, configure: Configure, settings: Settings, store: Store, pipe: Pipe, reporter: Reporter) -> None:
        self._auto_train = configure.auto_train
        self._store = store
        self._pipe = pipe
        self._reporter = reporter
        self._lists: dict[int, RequestList] = {}
        self._explains: list[Explain] = []
        self._told_seq = 0
        self._told_at = -math.inf
        self._polled_at = 0.0
        self._sent_at = 0.0
        self._trouble = ""
        self._refusal = ""
        reporter.status(device=settings.device, detail="reading the ratings")
        checkpoints = Checkpoints(store, settings)
        self._log = RatingsLog(store, checkpoints.folder)
        save_every_s = SAVE_EVERY_S if configure.auto_train else 0.0
        self._runs = Runs(self._log, store.movies, checkpoints, settings, pipe.wake, save_every_s)

    def run(self, requests: list[Request]) -> Moved | None:
        """Answer, learn and report until `Shutdown`, or until another store is to be taken up."""
        self._runs.restore()
        while self._take(requests):
            self._answer()
            self._follow()
            self._answer()  # what waited for the first model, which may be there now
            self._read_news()
            self._start_due()
            self._report()
            requests = self._pipe.take(self._patience())
        moved = moved_to(requests)
        self._runs.end(wait=moved is not None)  # the end of the process ends a full run as well
        self._runs.save()
        return moved

    # ------------------------------------------------------------------------------------------------------ requests

    def _take(self, requests: list[Request]) -> bool:
        """Note what is asked for, the newest list request of each viewer; False when the end is asked for."""
        pings = []
        for request in requests:
            if isinstance(request, Shutdown | Configure):
                return False
            if isinstance(request, RequestList):
                self._supersede(request)
            elif isinstance(request, Explain):
                self._explains.append(request)
            elif isinstance(request, RatingsChanged):
                self._told_seq = max(self._told_seq, request.seq)
                self._told_at = time.monotonic()
            elif isinstance(request, CatalogueChanged):
                self._runs.catalogue_changed()
            elif isinstance(request, Train):
                self._train(request)
            elif isinstance(request, Ping):
                pings.append(request)
        if pings:
            self._told_at = -math.inf  # who asks whether all is done has no list on its way
            self._read_news()
            self._start_due()
            self._report()
        for ping in pings:
            self._pipe.send(Pong(ping.request_id))
        return True

    def _supersede(self, request: RequestList) -> None:
        older = self._lists.pop(request.user_id, None)
        if older and older.request_id != request.request_id:
            self._pipe.send(Superseded(older.request_id))
        self._lists[request.user_id] = request

    def _train(self, request: Train) -> None:
        self._read_news(at_once=True)
        self._refusal = ""
        self._runs.start(request.run, request.epochs)

    def _answer(self) -> None:
        """Answer what waits, once there is a model."""
        model = self._runs.model
        if model is None:
            return
        waiting: list[RequestList | Explain] = [*self._lists.values(), *self._explains]
        self._lists, self._explains = {}, []
        for request in waiting:
            try:
                if isinstance(request, RequestList):
                    answer_list(model, self._store, request, self._runs.trained_seq, self._pipe.send)
                else:
                    self._pipe.send(answer_explain(model, self._store, request))
            except MatineeError as error:
                self._pipe.send(RequestFailed(request.request_id, str(error)))

    # ---------------------------------------------------------------------------------------------- news and learning

    def _follow(self) -> None:
        """Pass on the records of the run in progress; at its end say what went wrong, if anything did."""
        try:
            for record in self._runs.follow():
                self._pass_on(record)
        except MatineeError as error:
            self._refusal = str(error)
            self._reporter.notice("warning", f"Training ended early: {error}")
        while self._runs.problems:
            self._reporter.notice("warning", self._runs.problems.pop())

    def _pass_on(self, record: TrainingRecord) -> None:
        """Send a record, unless it is one of many: a screen draws a few times a second."""
        now = time.monotonic()
        if record.event != "step" or now - self._sent_at >= _RECORD_S:
            self._sent_at = now
            self._pipe.send(Trained(record))

    def _read_news(self, *, at_once: bool = False) -> None:
        """Read the rating log's news, told of or not, and see that the model knows new movies."""
        now = time.monotonic()
        due = self._told_seq > self._log.seq or self._runs.wants_movies or now - self._polled_at >= _POLL_S
        if due or at_once:
            self._polled_at = now
            try:
                self._runs.take_news(self._log.read_news())
                self._trouble = ""
            except StoreError as error:
                self._trouble = str(error)

    def _start_due(self) -> None:
        kind = self._due()
        if kind and self._held_s() <= 0:
            self._refusal = ""
            by_drift = kind == "full" and not self._runs.behind and self._runs.drifted
            if by_drift:
                self._reporter.notice("information", drift_words(self._runs.drift))
            self._runs.start(kind, by_drift=by_drift)

    def _due(self) -> RunKind | None:
        return self._runs.due() if self._auto_train and self._runs.active is None else None

    def _held_s(self) -> float:
        """How long learning still waits for the list that the newest rating will ask for."""
        return self._told_at + _LIST_FIRST_S - time.monotonic()

    def _patience(self) -> float:
        """How long the loop may sleep when nothing comes."""
        return max(self._held_s(), 0.0) if self._due() else _POLL_S

    def _report(self) -> None:
        runs, model = self._runs, self._runs.model
        self._reporter.status(
            state=self._state(),
            seen_seq=self._log.seq,
            trained_seq=runs.trained_seq,
            ratings_behind=runs.behind,
            drift=runs.drift,
            detail=self._trouble or self._refusal or self._cause(),
            **(figures(model) if model else {}),
        )

    def _cause(self) -> str:
        """Why a run is under way, if that is not plain."""
        active = self._runs.active
        return "full training because of drift" if active and active.by_drift else ""

    def _state(self) -> EngineState:
        active = self._runs.active
        if active:
            return "training" if active.kind == "full" else "learning"
        return "ready" if self._runs.model else "loading"
