"""What the worker reports to the app: its status when it changed, and notices for the viewer."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from engine.service.messages import Explain, Notice, Ping, Pong, RequestFailed, RequestList, Shutdown, StatusChanged

if TYPE_CHECKING:
    from engine.service.child import Pipe
    from engine.service.messages import Request
    from engine.types import EngineStatus


_log = logging.getLogger("matinee.worker.reporter")
_LEVELS = {"information": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Reporter:
    """Sends through the pipe, and logs what went wrong. Used by the loop's thread alone."""

    def __init__(self, pipe: Pipe, status: EngineStatus) -> None:
        self._pipe = pipe
        self.current = status

    def status(self, **changes: Any) -> None:
        """Change some fields of the status; sent only if that makes a difference."""
        changed = replace(self.current, **changes)
        if changed != self.current:
            if changed.state == "failed" and changed.detail != self.current.detail:
                _log.error("%s", changed.detail)
            self.current = changed
            self._pipe.send(StatusChanged(changed))

    def notice(self, level: Literal["information", "warning", "error"], text: str) -> None:
        """Show the viewer a sentence."""
        _log.log(_LEVELS[level], "%s", text)
        self._pipe.send(Notice(level, text))

    def refuse(self, requests: list[Request], why: str) -> bool:
        """Answer requests while no store is open, with the reason; False when the app asks for the end."""
        for request in requests:
            if isinstance(request, Shutdown):
                return False
            if isinstance(request, Ping):
                self._pipe.send(Pong(request.request_id))
            elif isinstance(request, RequestList | Explain):
                self._pipe.send(RequestFailed(request.request_id, why))
        return True
