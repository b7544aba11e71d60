"""The pace of a session that can be replayed: the model learns between two actions, or beside them, which is logged.

What is shown then depends on the actions alone, and a replay of them gives the same lists. A rating that comes while
the model learns waits for its end, some 100 ms. Where that takes longer (the first run of a process compiles), or where
the screen itself would have to wait, the action goes on: then the script says that the run began before it and that
nobody waited, so that a replay does the same, however fast its machine is.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from engine.replay.observed import ActionLog, ObservedService
from engine.replay.script import ScriptFile, title_of
from engine.replay.steps import About, Open, Rate, Search, Step, TakeBack, Train, Wait, Watch
from engine.service.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from engine.service.protocols import PlayerEngine
    from engine.service.settings import Settings
    from engine.types import RunKind

_QUIET_S = 0.3
"""Time without an action after which the model learns."""
_ASKED_S = 5.0
"""The same while nobody has asked for the list that a rating leads to: a busy screen may be late."""
_START_S = 60.0
"""Longest time for which a rating waits for an engine that starts: until it has read the ratings, nobody can say which
it learns first."""
_RUN_S = 86_400.0
"""Longest run."""
_NO_LIST = (Search, Open, Watch)
"""Steps that neither teach the model nor ask for a list: it is the same whether they come before a run or beside it."""


class Paced:
    """Trains the model in a thread while the viewer rests, and logs a `wait` at the end of each run.

    Until `begin` is called the engine trains only when it is asked, and nothing is logged: a player may first bring the
    service to where the session begins.
    """

    logs_waits = True

    def __init__(self, engine: PlayerEngine, log: ActionLog, *, patience: float = 3.0) -> None:
        """`patience`: longest time for which a rating waits for a run, which must not keep a viewer from rating."""
        self._engine = engine
        self._log = log
        self._patience = patience
        self._turn = threading.Condition(threading.RLock())
        """Held from a change to its logging."""
        self._stopping = threading.Event()
        self._acted_at = time.monotonic()
        self._list_is_due = False
        """Whether stars have changed and no list was asked for since."""
        self._is_learning = False
        """Whether a run on new ratings is in progress that is not in the log yet."""
        self._is_starting = False
        """Whether it is not known yet which ratings the next run reads."""
        self._run_is_open = False
        """Whether the log has the beginning of a run, and not its end."""
        self._threads = [threading.Thread(target=self._learn_between_actions, name="paced-learning", daemon=True)]

    def begin(self) -> None:
        """Train the first model if there is none, and then the new ratings, whenever the viewer rests."""
        self._log.is_open = True
        if not self._threads[0].is_alive():
            self._is_starting = True
            self._threads[0].start()

    def close(self) -> None:
        """Stop the engine, since a thread may wait for it, and then the threads."""
        self._stopping.set()
        self._engine.stop()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    @contextlib.contextmanager
    def action(self, *, teaches: bool = False) -> Iterator[None]:
        """One action at a time; one that the model learns from waits for a run, up to a point."""
        with self._turn:
            if teaches:
                self._turn.wait_for(lambda: not self._is_starting, _START_S)
                self._turn.wait_for(lambda: not self._is_learning, self._patience)
            yield

    def log_step(self, step: Step) -> None:
        """Log a step, and before it the run that it goes on beside."""
        self._acted_at = time.monotonic()
        self._list_is_due = self._list_is_due or isinstance(step, Rate | TakeBack)
        if self._is_learning and not isinstance(step, _NO_LIST):
            # When the log has the beginning of a run, the `wait` for it learns the new ratings too.
            self._log.add(Wait() if self._run_is_open else Train("incremental", wait=False))
            self._is_learning, self._run_is_open = False, True
        self._log.add(step)

    def list_asked(self) -> None:
        """The model may learn as soon as the viewer rests."""
        self._list_is_due = False

    # -------------------------------------------------------------------------------------------------------- training

    def train(self, run: RunKind, epochs: int | None) -> None:
        """A run that a viewer starts: nothing is rated until it has read its ratings."""
        if not self._log.is_open:
            self._engine.train(run, epochs)
            return
        thread = threading.Thread(target=self._train_on_its_own, args=(run, epochs), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _train_on_its_own(self, run: RunKind, epochs: int | None) -> None:
        with self.action(teaches=True):
            self._is_starting = True
            self._engine.train(run, epochs)
        self._engine.wait_acknowledged(_START_S)
        with self._turn:
            if not self._stopping.is_set():
                self.log_step(Train(run, epochs or None, wait=False))
                self._run_is_open = True
            self._has_started()

    def _has_started(self) -> None:
        with self._turn:
            self._is_starting = False
            self._turn.notify_all()

    def _learn_between_actions(self) -> None:
        engine, known = self._engine, None
        while not self._stopping.wait(_QUIET_S / 3):
            if engine.pid != known and engine.wait_acknowledged(_START_S):
                known = engine.pid
                if engine.status.state == "loading":
                    engine.train("full")
                    engine.wait_acknowledged(_START_S)
                self._has_started()
            elif engine.status.state == "failed" and not engine.running:
                self._has_started()  # as far as it ever will
            elif self._has_to_wait() and self._viewer_rests():
                self._learn()
        self._has_started()  # nobody waits for it any more

    def _viewer_rests(self) -> bool:
        return time.monotonic() - self._acted_at >= (_ASKED_S if self._list_is_due else _QUIET_S)

    def _has_to_wait(self) -> bool:
        """Whether there are new ratings to learn, or a logged run has ended: a replay must wait for it there."""
        status = self._engine.status
        return status.state == "ready" and (status.ratings_behind > 0 or self._run_is_open)

    def _learn(self) -> None:
        """Learn the new ratings, and log a `wait` at the end unless an action has gone on meanwhile."""
        with self._turn:
            if self._is_starting or not self._has_to_wait():  # a viewer has started a run meanwhile
                return
            if self._engine.status.ratings_behind:
                self._engine.train("incremental")
            self._is_learning = True
        ended = self._engine.wait_idle(_RUN_S)
        with self._turn:
            if self._is_learning and ended and not self._stopping.is_set():
                self._is_learning = self._run_is_open = False
                self.log_step(Wait())
            self._is_learning = False
            self._turn.notify_all()


def paced_service(
    settings: Settings,
    *,
    clock: Callable[[], int] | None = None,
    opened: Callable[[ObservedService], None] = lambda service: None,
    closed: Callable[[], None] = lambda: None,
) -> ObservedService:
    """A service whose engine trains when the pace says so."""
    service = Service(settings, auto_train=False, clock=clock)
    return ObservedService(service, Paced, log=ActionLog(is_open=False), opened=opened, closed=closed)


def recorded_service(settings: Settings, path: Path) -> ObservedService:
    """The service of a session that is recorded; the first line of the script tells of the model and the data.

    What the model has not learned when the service is closed, it learns at the end of a replay.
    """
    file = ScriptFile(path)

    def begin(service: ObservedService) -> None:
        title = title_of(path) or "a session"
        file.append(About(title, preset=settings.preset, seed=settings.seed, data=service.data_name()))
        service.pace.begin()

    service = paced_service(settings, opened=begin, closed=file.close)
    service.log.observe(file.append)
    return service
