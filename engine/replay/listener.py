"""What the engine says, kept for a player of scripts: lists with their predictions, and the ends of runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import EngineDied, EngineError
from engine.service.messages import Explained, ListReady, PredictionsReady, RequestFailed, Superseded, Trained
from engine.types import MIDDLE

if TYPE_CHECKING:
    from engine.service.messages import Reply
    from engine.service.protocols import PlayerService
    from engine.types import Diversity, Predictions, Reason, Recommendations, TrainingRecord


@dataclass(frozen=True, slots=True)
class ListWithPredictions:
    """A list, and the predictions that the same weights gave for the whole catalogue."""

    recommendations: Recommendations
    predictions: Predictions

    def stars(self) -> dict[int, float]:
        """Predicted stars by movie."""
        known = self.predictions
        return {movie: tenths / 10 for movie, tenths in zip(known.movie_ids, known.stars_tenths, strict=True)}


class EngineListener:
    """Listens to the engine until `close`."""

    def __init__(self, service: PlayerService, timeout: float) -> None:
        self._service = service
        self._engine = service.engine
        self._timeout = timeout
        self._changed = threading.Condition()
        self._list: ListReady | None = None
        """A list whose predictions have not come yet."""
        self._answers: dict[int, ListWithPredictions | RequestFailed | Superseded] = {}
        self.ended: list[TrainingRecord] = []
        """The last record of every run."""
        self.close = self._engine.subscribe(self._hear)

    def list_of(self, user_id: int, n: int, diversity: Diversity, lens: int = MIDDLE) -> ListWithPredictions:
        """Ask for a list and wait for it. EngineError when there is none, or no answer in time."""
        while True:
            request = self._service.request_list(user_id, n, diversity, lens)
            with self._changed:
                self._changed.wait_for(lambda: request in self._answers or not self._engine.running, self._timeout)  # noqa: B023 - read at once
                answer = self._answers.pop(request, None)
            if isinstance(answer, ListWithPredictions):
                return answer
            if isinstance(answer, RequestFailed):
                raise EngineError(answer.text)
            if answer is None:
                self._no_answer()

    def why(self, user_id: int, movie_id: int, lens: int = MIDDLE) -> tuple[Reason, ...]:
        """Which ratings speak for a movie. EngineError when there is no answer."""
        answer = self._engine.wait_reply(self._engine.explain(user_id, movie_id, lens), self._timeout)
        if isinstance(answer, Explained):
            return answer.reasons
        raise EngineError(getattr(answer, "text", "the engine gave no reasons"))

    def wait_idle(self) -> None:
        """Wait until the engine has read all requests and nothing trains. EngineError when it fails, or takes long."""
        if not self._engine.wait_idle(self._timeout):
            self._no_answer()

    def wait_acknowledged(self) -> None:
        """Wait until the engine has read all requests. EngineError when it fails, or takes long."""
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
                self._list = reply
            elif isinstance(reply, PredictionsReady) and self._list:
                made = self._list.recommendations
                self._answers[made.request_id] = ListWithPredictions(made, reply.predictions)
                self._list = None
            elif isinstance(reply, RequestFailed | Superseded):
                self._answers[reply.request_id] = reply
            elif isinstance(reply, Trained) and reply.record.event == "done":
                self.ended.append(reply.record)
            self._changed.notify_all()
