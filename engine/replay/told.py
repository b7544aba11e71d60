"""A service whose engine learns when it is told: between two deeds, or beside them and told so.

What is shown then depends on the deeds alone, and a replay of them gives the same lists. A rating that comes while the
model learns waits for its end, some 100 ms. Where that takes longer (the first run of a process compiles), or where the
screen itself would have to wait, the deed goes on: then the script says that the run began before it and that nobody
waited, so that a replay does the same, however fast its machine is.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from engine.replay.kinds import Epochs
from engine.replay.observed import ObservedService
from engine.replay.steps import Open, Rate, Search, Step, TakeBack, Train, Wait, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.service.settings import Settings
    from engine.types import RunKind

_QUIET_S = 0.3
"""Time without a deed after which the model learns."""
_ASKED_S = 5.0
"""The same while nobody has asked for the list that a rating leads to: a busy screen may be late."""
_PATIENCE_S = 3.0
"""Longest time for which a rating waits for a run: one that takes long must not keep a viewer from rating."""
_START_S = 60.0
"""The same for an engine that starts: until it has read the ratings, nobody can say which it learns first."""
_RUN_S = 86_400.0
"""Longest run."""
_NO_LIST = (Search, Open, Watch)
"""Steps that neither teach the model nor ask for a list: it is the same whether they come before a run or beside it."""


class ToldService(ObservedService):
    """Observed, and taught by a thread that waits for a quiet moment; each time it tells a `wait`.

    Until `teach` is called it does as it is told alone, and tells nothing: so a player can bring it to a place first.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, auto_train=False)
        self.telling = False
        self._turn = threading.Condition(threading.RLock())
        """Held from a change to its telling."""
        self._stopping = threading.Event()
        self._deed_at = time.monotonic()
        self._list_is_due = False
        """Whether stars have changed and no list was asked for since."""
        self._is_learning = False
        """Whether a run on the news is in progress that nothing was told of yet."""
        self._is_starting = False
        """Whether it is not known yet which ratings the next run reads."""
        self._run_is_open = False
        """Whether a run was told of whose end was not."""
        self._threads = [threading.Thread(target=self._learn_between_deeds, name="told-learning", daemon=True)]

    def teach(self) -> None:
        """Begin: the first model if there is none, and then the news, whenever the viewer rests for a moment."""
        self.telling = True
        if not self._threads[0].is_alive():
            self._is_starting = True
            self._threads[0].start()

    def close(self) -> None:
        """As the service does."""
        self._stopping.set()
        super().close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    @contextlib.contextmanager
    def deed(self, *, teaches: bool = False) -> Iterator[None]:
        """As an observed service does; what the model learns from waits for a run, up to a point."""
        with self._turn:
            if teaches:
                self._turn.wait_for(lambda: not self._is_starting, _START_S)
                self._turn.wait_for(lambda: not self._is_learning, _PATIENCE_S)
            yield

    def tell(self, step: Step) -> None:
        """As an observed service does; of the run that the step goes on beside, first."""
        self._deed_at = time.monotonic()
        self._list_is_due = self._list_is_due or isinstance(step, Rate | TakeBack)
        if self._is_learning and not isinstance(step, _NO_LIST):
            # After a run that was told of, the news are learned by the `wait` for it.
            super().tell(Wait() if self._run_is_open else Train("incremental", wait=False))
            self._is_learning, self._run_is_open = False, True
        super().tell(step)

    def has_asked(self) -> None:
        """As an observed service does."""
        self._list_is_due = False

    # --------------------------------------------------------------------------------------------------------- learning

    def trains(self, run: RunKind, epochs: int | None) -> None:
        """A run that a viewer started: nothing is rated until it has read its ratings."""
        if not self.telling:
            self.engine.train_untold(run, epochs)
            return
        thread = threading.Thread(target=self._train_on_its_own, args=(run, epochs), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _train_on_its_own(self, run: RunKind, epochs: int | None) -> None:
        with self.deed(teaches=True):
            self._is_starting = True
            self.engine.train_untold(run, epochs)
        self.engine.wait_acknowledged(_START_S)
        with self._turn:
            if not self._stopping.is_set():
                self.tell(Train(run, Epochs(epochs) if epochs else None, wait=False))
                self._run_is_open = True
            self._has_started()

    def _has_started(self) -> None:
        with self._turn:
            self._is_starting = False
            self._turn.notify_all()

    def _learn_between_deeds(self) -> None:
        engine, known = self.engine, None
        while not self._stopping.wait(_QUIET_S / 3):
            if engine.pid != known and engine.wait_acknowledged(_START_S):
                known = engine.pid
                if engine.status.state == "loading":
                    engine.train_untold("full")
                    engine.wait_acknowledged(_START_S)
                self._has_started()
            elif engine.status.state == "failed" and not engine.running:
                self._has_started()  # as far as it ever will
            elif self._has_to_tell() and self._viewer_rests():
                self._learn()
        self._has_started()  # nobody waits for it any more

    def _viewer_rests(self) -> bool:
        return time.monotonic() - self._deed_at >= (_ASKED_S if self._list_is_due else _QUIET_S)

    def _has_to_tell(self) -> bool:
        """Whether there are news to learn, or a run that was told of has ended: a replay must wait for it there."""
        status = self.engine.status
        return status.state == "ready" and (status.ratings_behind > 0 or self._run_is_open)

    def _learn(self) -> None:
        """Learn the news, and tell a `wait` at the end unless a deed has gone on meanwhile."""
        with self._turn:
            if self._is_starting or not self._has_to_tell():  # a viewer has started a run meanwhile
                return
            if self.engine.status.ratings_behind:
                self.engine.train_untold("incremental")
            self._is_learning = True
        ended = self.engine.wait_idle(_RUN_S)
        with self._turn:
            if self._is_learning and ended and not self._stopping.is_set():
                self._is_learning = self._run_is_open = False
                self.tell(Wait())
            self._is_learning = False
            self._turn.notify_all()
