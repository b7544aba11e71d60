"""Requests without an answer: they are sent again to a new child when the old one died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.service.messages import (
    Explain,
    Look,
    Ping,
    RatingsChanged,
    RequestList,
    StopTraining,
    Train,
    Trained,
    answered,
)

if TYPE_CHECKING:
    from engine.service.messages import Reply, Request


class Pending:
    """Requests without an answer yet, in the order they were made. Not thread-safe: the client holds its lock."""

    def __init__(self) -> None:
        self._open: dict[int, RequestList | Explain | Look | Ping] = {}
        self._last_list: RequestList | None = None
        self._train: Train | None = None
        self.announced_seq = 0
        """The newest rating event that was announced to the engine."""

    def add(self, request: Request) -> None:
        """Note a request that is on its way."""
        if isinstance(request, RequestList | Explain | Look | Ping):
            self._open[request.request_id] = request
        if isinstance(request, RequestList) and not request.tried:
            self._last_list = request
        elif isinstance(request, StopTraining):
            self._train = None
        elif isinstance(request, Train):
            self._train = request
        elif isinstance(request, RatingsChanged):
            self.announced_seq = max(self.announced_seq, request.seq)

    def settle(self, reply: Reply) -> None:
        """Strike out what `reply` answers."""
        request_id = answered(reply)
        if request_id is not None:
            self._open.pop(request_id, None)
        elif isinstance(reply, Trained) and reply.record.event == "done" and self._train is not None:
            self._train = self._train if reply.record.run != self._train.run else None

    def repeat(self) -> list[Request]:
        """For a new child: what was announced, all open requests, and the last list request even if it was answered.

        The weights of a new child may differ from those that died, so the list on the screen may be out of date.
        """
        again: list[Request] = [RatingsChanged(self.announced_seq)] if self.announced_seq else []
        again += [self._train] if self._train else []
        requests = dict(self._open)
        if self._last_list:
            requests[self._last_list.request_id] = self._last_list
        return again + list(requests.values())
