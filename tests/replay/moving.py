"""A worker without a model that can take up another store: its lists, and its models, tell the seed it was given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.service.messages import (
    Configure,
    ListReady,
    Ping,
    Pong,
    Request,
    RequestList,
    Shutdown,
    StatusChanged,
    Train,
)
from engine.types import Diversity, EngineStatus, ListStats, Recommendations

if TYPE_CHECKING:
    from engine.service.child import Pipe

_STATS = ListStats(0.0, 0, 0.0)


def run(configure: Configure, pipe: Pipe, requests: list[Request]) -> None:
    """The worker's entry."""
    while True:
        pipe.send(StatusChanged(EngineStatus("ready", preset=configure.preset, restarts=configure.restarts)))
        for request in requests:
            if isinstance(request, Shutdown):
                return
            if isinstance(request, Configure):
                configure = request
            elif isinstance(request, Ping):
                pipe.send(StatusChanged(EngineStatus("ready", preset=configure.preset, restarts=configure.restarts)))
                pipe.send(Pong(request.request_id))
            elif isinstance(request, Train):
                Path(configure.cache_dir, "weights").write_text(str(configure.seed), encoding="utf-8")
            elif isinstance(request, RequestList):
                made = Recommendations(request.request_id, 1, (), configure.seed, 0, Diversity(), _STATS, _STATS)
                pipe.send(ListReady(made))
        requests = pipe.take(timeout=None)
