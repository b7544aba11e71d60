"""From a rating to its new list, as the app sees it, while the engine trains at full speed.

    python -m engine.bench.latency sqlite:///copy-of-a-store.db [RATINGS]

Rates movies as a new viewer (so give it a copy) a few times a second during a full training that is started again
whenever it ends, and prints the percentiles of three times in milliseconds: the commit of the rating, the list
(request to reply in the app's process), and the part of it that the engine's process took.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

import click

from engine.bench.timing import Times
from engine.service.messages import ListReady
from engine.service.service import Service
from engine.service.settings import Settings

_PAUSE_S = 0.15
"""Between two ratings: a viewer in a great hurry."""
_PATIENCE_S = 300.0
_EPOCHS = 10_000
"""More than any measuring takes."""


@dataclass(frozen=True, slots=True)
class Rated:
    """Milliseconds of one rating."""

    commit: float
    reply: float
    engine: float
    training: bool
    """Whether the engine was in a full run when the list came."""


def measure(service: Service, ratings: int) -> list[Rated]:
    """Rate and wait for the list, `ratings` times."""
    user_id = service.new_viewer(f"latency {time.time_ns()}").user_id
    engine = service.engine
    taken = []
    for movie in service.catalogue.movies[:ratings]:
        time.sleep(_PAUSE_S)
        if engine.status.state == "ready":
            engine.train("full", _EPOCHS)
        began = time.perf_counter()
        service.rate(user_id, movie.movie_id, 4.0)
        committed = time.perf_counter()
        reply = engine.wait_reply(engine.request_list(user_id), _PATIENCE_S)
        ended = time.perf_counter()
        if isinstance(reply, ListReady):
            inside = reply.recommendations.latency_ms
            training = engine.status.state == "training"
            taken.append(Rated(1e3 * (committed - began), 1e3 * (ended - committed), inside, training))
    return taken


def percentiles(milliseconds: Iterable[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest."""
    times = Times(tuple(milliseconds))
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(times.quantile(q), 1) for name, q in at.items()}


def main(url: str, ratings: int) -> None:
    """Measure and print."""
    with Service(Settings(database=url)) as service:
        service.open()
        service.engine.start()
        service.engine.wait_caught_up(_PATIENCE_S)
        service.engine.train("full", _EPOCHS)
        time.sleep(_PAUSE_S)
        taken = [each for each in measure(service, ratings) if each.training]
        counts = service.counts()
    figures: dict[str, object] = {"movies": counts.movies, "ratings": counts.ratings, "lists": len(taken)}
    for name in ("commit", "reply", "engine"):
        figures[name] = percentiles(getattr(each, name) for each in taken)
    click.echo(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200)
