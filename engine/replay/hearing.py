"""What the engine says, kept for whoever plays a script: lists with their predictions, and the ends of runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import EngineDied, EngineError
from engine.service.messages import Explained, ListReady, PredictionsReady, RequestFailed, Superseded, Trained

if TYPE_CHECKING:
    from engine.service.client import EngineClient
    from engine.service.messages import Reply
    from engine.types import Diversity, Predictions, Reason, Recommendations, TrainingRecord


@dataclass(frozen=True, slots=True)
class Made:
    """A list and the whole catalogue's predictions of the same moment."""

    recommendations: Recommendations
    predictions: Predictions

    def stars(self) -> dict[int, float]:
        """Predicted stars by movie."""
        known = self.predictions
        return {movie: tenths / 10 for movie, tenths in zip(known.movie_ids, known.stars_tenths, strict=True)}


class Ears:
    """Listens from its making until `close`."""

    def __init__(self, engine: EngineClient, timeout: float) -> None:
        self._engine = engine
        self._timeout = timeout
        self._changed = threading.Condition()
        self._open: ListReady | None = None
        self._made: dict[int, Made | RequestFailed | Superseded] = {}
        self.ended: list[TrainingRecord] = []
        """The last record of every run."""
        self.close = engine.subscribe(self._hear)

    def list_of(self, user_id: int, n: int, diversity: Diversity) -> Made:
        """Ask for a list and wait for it. EngineError when there is none, or no answer in time."""
        while True:
            request = self._engine.request_list(user_id, n, diversity)
            with self._changed:
                self._changed.wait_for(lambda: request in self._made or not self._engine.running, self._timeout)  # noqa: B023 - read at once
                answer = self._made.pop(request, None)
            if isinstance(answer, Made):
                return answer
            if isinstance(answer, RequestFailed):
                raise EngineError(answer.text)
            if answer is None:
                self._no_answer()

    def why(self, user_id: int, movie_id: int) -> tuple[Reason, ...]:
        """Which ratings speak for a movie. EngineError when there is no answer."""
        answer = self._engine.wait_reply(self._engine.explain(user_id, movie_id), self._timeout)
        if isinstance(answer, Explained):
            return answer.reasons
        raise EngineError(getattr(answer, "text", "the engine gave no reasons"))

    def still(self) -> None:
        """Wait until all that was asked is taken up and nothing trains. EngineError when it can't be had."""
        if not self._engine.wait_idle(self._timeout):
            self._no_answer()

    def taken_up(self) -> None:
        """Wait until all that was asked is taken up. EngineError when it can't be had."""
        if not self._engine.wait_acknowledged(self._timeout):
            self._no_answer()

    def _no_answer(self) -> None:
        detail = self._engine.status.detail
        if not self._engine.running:
            raise EngineDied(detail or "the engine is not running")
        raise EngineError(detail or f"the engine gave no answer within {self._timeout:g} s; see {self._engine.log}")

    def _hear(self, reply: Reply) -> None:
        with self._changed:
            if isinstance(reply, ListReady):
                self._open = reply
            elif isinstance(reply, PredictionsReady) and self._open:
                made = self._open.recommendations
                self._made[made.request_id] = Made(made, reply.predictions)
                self._open = None
            elif isinstance(reply, RequestFailed | Superseded):
                self._made[reply.request_id] = reply
            elif isinstance(reply, Trained) and reply.record.event == "done":
                self.ended.append(reply.record)
            self._changed.notify_all()
