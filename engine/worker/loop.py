"""The worker's loop: one thread takes requests, reads new ratings and polls the training run, and never waits for one.

A list request is answered from the serving model at once, whatever the trainer's thread is doing.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.errors import MatineeError, StoreError
from engine.lab.map import MapMaker
from engine.service.kept_runs import run_folder
from engine.service.messages import (
    CatalogueChanged,
    Configure,
    Explain,
    Look,
    Ping,
    Pong,
    QuestionsReady,
    RatingsChanged,
    RequestFailed,
    RequestList,
    Shutdown,
    StopTraining,
    Superseded,
    Train,
    Trained,
)
from engine.snapshots import MapOf, NetworkOf
from engine.store import resolve_url
from engine.worker.checkpoints import Checkpoints
from engine.worker.data import RatingsLog
from engine.worker.diary import Diary
from engine.worker.drift import drift_words
from engine.worker.lists import answer_explain, answer_list, figures
from engine.worker.looks import answer_look
from engine.worker.runs import Runs

if TYPE_CHECKING:
    from engine.recommender import Recommender
    from engine.service.child import Pipe
    from engine.service.messages import Request
    from engine.service.settings import Settings
    from engine.store import Store
    from engine.types import EngineState, RunKind, TrainingRecord
    from engine.worker.options import WorkerOptions
    from engine.worker.reporter import Reporter

_log = logging.getLogger("matinee.worker.loop")

Reconfiguration = tuple["Configure", list["Request"]]
"""The order to work on another store, and the requests that followed it."""


def reconfiguration_in(requests: list[Request]) -> Reconfiguration | None:
    """The first order to work on another store, with the requests after it; None if there is none."""
    for at, request in enumerate(requests):
        if isinstance(request, Configure):
            return request, requests[at + 1 :]
    return None


class Worker:
    """One store's engine."""

    def __init__(
        self, configure: Configure, settings: Settings, store: Store, pipe: Pipe, reporter: Reporter,
        options: WorkerOptions,
    ) -> None:  # fmt: skip
        self._auto_train = configure.auto_train
        self._store = store
        self._pipe = pipe
        self._reporter = reporter
        self._options = options if configure.auto_train else replace(options, save_every_s=0.0)
        self._lists: dict[tuple[int, bool], RequestList] = {}
        """The newest of each viewer, and the newest of those that only try ratings."""
        self._explains: list[Explain] = []
        self._maps = MapMaker()
        self._looks: dict[tuple[int, object], Look] = {}
        self._announced_seq = 0
        self._announced_at = -math.inf
        self._read_at = 0.0
        self._sent_at = 0.0
        self._store_trouble = ""
        self._run_trouble = ""
        self._questions: tuple[int, ...] = ()
        reporter.status(device=settings.device, detail="reading the ratings")
        checkpoints = Checkpoints(store, settings)
        self._ratings = RatingsLog(store, checkpoints.folder, options.least_saved)
        diary = Diary(run_folder(resolve_url(settings.database), store.uuid), store.uuid)
        self._runs = Runs(self._ratings, store.movies, checkpoints, settings, pipe.wake, self._options, diary)

    def run(self, requests: list[Request]) -> Reconfiguration | None:
        """Answer, learn and report until `Shutdown` or the order to work on another store, which is returned."""
        self._runs.restore()
        while self._take(requests):
            self._answer()
            self._poll_run()
            self._answer()  # requests that waited for the first model, which may be there now
            self._read_new_events()
            self._start_due()
            self._report()
            requests = self._pipe.take(self._patience())
        wanted = reconfiguration_in(requests)
        self._runs.end(wait=wanted is not None)  # the end of the process ends a full run as well
        self._runs.save()
        return wanted

    # ------------------------------------------------------------------------------------------------------ requests

    def _take(self, requests: list[Request]) -> bool:
        """Note the requests, of each viewer's list requests the newest; False when the work on this store is to end."""
        pings = []
        for request in requests:
            if isinstance(request, Shutdown | Configure):
                return False
            if isinstance(request, RequestList):
                self._supersede(request)
            elif isinstance(request, Explain):
                self._explains.append(request)
            elif isinstance(request, Look):
                self._supersede_look(request)
            elif isinstance(request, RatingsChanged):
                self._announced_seq = max(self._announced_seq, request.seq)
                self._announced_at = time.monotonic()
            elif isinstance(request, CatalogueChanged):
                self._runs.catalogue_changed()
            elif isinstance(request, Train):
                self._train(request)
            elif isinstance(request, StopTraining):
                self._runs.stop_full()
            elif isinstance(request, Ping):
                pings.append(request)
        if pings:
            self._acknowledge(pings)
        return True

    def _acknowledge(self, pings: list[Ping]) -> None:
        """Bring the status up to date with all earlier requests, then answer the pings.

        A caller that pings waits for the engine and requests no list meanwhile, so learning need not wait for one.
        """
        self._announced_at = -math.inf
        self._read_new_events()
        self._start_due()
        self._report()
        for ping in pings:
            self._pipe.send(Pong(ping.request_id))

    def _supersede(self, request: RequestList) -> None:
        key = request.user_id, bool(request.tried)
        older = self._lists.pop(key, None)
        if older and older.request_id != request.request_id:
            self._pipe.send(Superseded(older.request_id))
        self._lists[key] = request

    def _supersede_look(self, request: Look) -> None:
        """Keep the newest of a viewer and a kind: the lab's cursor moves faster than some of them are answered."""
        subject = request.subject
        key = request.user_id, (type(subject), isinstance(subject, NetworkOf) and bool(subject.tried))
        older = self._looks.pop(key, None)
        if older and older.request_id != request.request_id:
            self._pipe.send(Superseded(older.request_id))
        self._looks[key] = request

    def _train(self, request: Train) -> None:
        self._read_new_events(now=True)
        self._run_trouble = ""
        self._runs.start(request.run, request.epochs, take_over=request.take_over)

    def _answer(self) -> None:
        """Answer the open requests, once there is a model."""
        model = self._runs.model
        if model is None:
            return
        waiting: list[RequestList | Explain | Look] = [
            *self._lists.values(), *self._explains, *self._looks.values()
        ]  # fmt: skip
        self._lists, self._explains, self._looks = {}, [], {}
        for request in waiting:
            try:
                if isinstance(request, RequestList):
                    self._log_list(answer_list(model, self._store, request, self._runs.trained_seq, self._pipe.send))
                elif isinstance(request, Look):
                    self._pipe.send(answer_look(self._looked_at(request) or model, self._store, request, self._maps))
                else:
                    self._pipe.send(answer_explain(model, self._store, request))
            except MatineeError as error:
                _log.warning("request %d failed: %s", request.request_id, error)
                self._pipe.send(RequestFailed(request.request_id, str(error)))

    def _looked_at(self, request: Look) -> Recommender | None:
        """The model that a full run trains, for the map, which moves with it; None for all else."""
        return self._runs.in_training if isinstance(request.subject, MapOf) else None

    def _log_list(self, latency_ms: float) -> None:
        slow = latency_ms > self._options.slow_list_ms
        _log.log(logging.WARNING if slow else logging.DEBUG, "a list took %.1f ms", latency_ms)

    # ---------------------------------------------------------------------------------------------- ratings and runs

    def _poll_run(self) -> None:
        """Pass on the records of the run in progress; send notices of what went wrong."""
        try:
            for record in self._runs.poll():
                self._pass_on(record)
        except MatineeError as error:
            self._run_trouble = str(error)
            self._reporter.notice("warning", f"Training ended early: {error}")
        while self._runs.problems:
            self._reporter.notice("warning", self._runs.problems.pop())

    def _pass_on(self, record: TrainingRecord) -> None:
        """Send a record; of those of steps only some, since a screen draws a few times a second."""
        now = time.monotonic()
        if record.event != "step" or now - self._sent_at >= self._options.record_s:
            self._sent_at = now
            self._pipe.send(Trained(record))

    def _read_new_events(self, *, now: bool = False) -> None:
        """Read new rating events where some were announced, and else from time to time, or `now` in any case."""
        if not (now or self._reading_is_due()):
            return
        self._read_at = time.monotonic()
        try:
            self._runs.note_new_events(self._ratings.read_new_events())
            self._store_trouble = ""
        except StoreError as error:
            if str(error) != self._store_trouble:
                _log.warning("new ratings could not be read: %s", error)
            self._store_trouble = str(error)

    def _reading_is_due(self) -> bool:
        announced = self._announced_seq > self._ratings.seq or self._runs.wants_movies
        return announced or time.monotonic() - self._read_at >= self._options.poll_s

    def _start_due(self) -> None:
        kind = self._due()
        if kind and self._held_s() <= 0:
            self._run_trouble = ""
            by_drift = kind == "full" and not self._runs.behind and self._runs.drifted
            if by_drift:
                self._reporter.notice("information", drift_words(self._runs.drift))
            self._runs.start(kind, by_drift=by_drift)

    def _due(self) -> RunKind | None:
        return self._runs.due() if self._auto_train and self._runs.active is None else None

    def _held_s(self) -> float:
        """How long learning still waits for the list request that follows the newest rating."""
        return self._announced_at + self._options.list_first_s - time.monotonic()

    def _patience(self) -> float:
        """How long the loop may sleep when nothing comes."""
        return max(self._held_s(), 0.0) if self._due() else self._options.poll_s

    def _report(self) -> None:
        runs, model = self._runs, self._runs.model
        self._reporter.status(
            state=self._state(),
            seen_seq=self._ratings.seq,
            trained_seq=runs.trained_seq,
            ratings_behind=runs.behind,
            drift=runs.drift,
            detail=self._store_trouble or self._run_trouble or self._cause(),
            **(figures(model) if model else {}),
        )
        self._send_questions()

    def _send_questions(self) -> None:
        """Send what to ask a new viewer about, where it is not what was sent before."""
        found = self._runs.questions
        if found and found != self._questions:
            self._questions = found
            self._pipe.send(QuestionsReady(found))

    def _cause(self) -> str:
        """Why a run is in progress, where the viewer could not know."""
        active = self._runs.active
        return "full training because of drift" if active and active.by_drift else ""

    def _state(self) -> EngineState:
        active = self._runs.active
        if active:
            return "training" if active.kind == "full" else "learning"
        return "ready" if self._runs.model else "loading"
