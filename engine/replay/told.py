"""A service whose engine learns when it is told: between two deeds and never beside one.

What is shown then depends on the deeds alone, and a replay of them gives the same lists. What is rated while the model
learns waits for its end, some 100 ms; only during a full training everything goes on, as it takes long.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from engine.replay.kinds import Epochs
from engine.replay.observed import ObservedService
from engine.replay.steps import Step, Train, Wait

if TYPE_CHECKING:
    from engine.service.settings import Settings
    from engine.types import RunKind

_QUIET_S = 0.3
"""Time without a deed after which the model learns."""
_PATIENCE_S = 3.0
"""Longest time for which a deed waits for the engine: one that has died must not keep a viewer from rating."""


class ToldService(ObservedService):
    """Observed, and taught by a thread that waits for a quiet moment; each time it tells a `wait`.

    Until `teach` is called it does as it is told alone, and tells nothing: so a player can bring it to a place first.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, by_itself=False)
        self.telling = False
        self._stopping = threading.Event()
        self._deed_at = time.monotonic()
        self._run_is_open = False
        """Whether a run was told of whose end was not."""
        self._learner = threading.Thread(target=self._learn_between_deeds, name="told-learning", daemon=True)

    def teach(self) -> None:
        """Begin: the first model if there is none, and then the news, whenever the viewer rests for a moment."""
        self.telling = True
        if not self._learner.is_alive():
            self._learner.start()

    def close(self) -> None:
        """As the service does."""
        self._stopping.set()
        super().close()
        if self._learner.is_alive():
            self._learner.join()

    def tell(self, step: Step) -> None:
        """As an observed service does."""
        self._deed_at = time.monotonic()
        super().tell(step)

    def trains(self, run: RunKind, epochs: int | None) -> None:
        """A run that a viewer started: nothing is rated until it has read its ratings."""
        if not self.telling:
            self.engine.train_untold(run, epochs)
            return
        threading.Thread(target=self._train_on_its_own, args=(run, epochs), daemon=True).start()

    def _train_on_its_own(self, run: RunKind, epochs: int | None) -> None:
        with self.deed:
            self.engine.train_untold(run, epochs)
            self.engine.wait_taken_up(_PATIENCE_S)
            self.tell(Train(run, Epochs(epochs) if epochs else None, wait=False))
            self._run_is_open = True

    def _learn_between_deeds(self) -> None:
        engine, known = self.engine, None
        while not self._stopping.wait(_QUIET_S / 3):
            if engine.pid != known and engine.wait_taken_up(_PATIENCE_S):
                known = engine.pid
                if engine.status.state == "loading":
                    engine.train_untold("full")
            elif self._has_to_tell():
                self._learn()

    def _has_to_tell(self) -> bool:
        """Whether there are news to learn, or a run that was told of has ended: a replay must wait for it there."""
        status = self.engine.status
        return status.state == "ready" and (status.ratings_behind > 0 or self._run_is_open)

    def _learn(self) -> None:
        if time.monotonic() - self._deed_at < _QUIET_S:
            return
        with self.deed:
            if not self._has_to_tell():  # a viewer has started a run meanwhile
                return
            if self.engine.status.ratings_behind:
                self.engine.train_untold("incremental")
            if self.engine.wait_still(_PATIENCE_S) and not self._stopping.is_set():
                self._run_is_open = False
                self.tell(Wait())
