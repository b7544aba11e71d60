"""Programs that rate are killed at any moment; what they had acknowledged must be there."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from engine.store import DatabaseUrl, open_store
from engine.types import RatingEvent
from tests.faults.killing import go, killed
from tests.faults.outcomes import Outcomes, compare
from tests.store import databases, programs

MOVIES = 5
_MOST = 60
"""Ratings that a program acknowledges before it is killed, at most."""
_EACH = 1_000_000
"""More ratings than a program makes; the next one's times begin behind them."""
_LATE_S = 0.003
"""Anywhere within a transaction."""


def run(seed: int, count: int, engine: str = "sqlite") -> Outcomes:
    """Kill `count` programs, one after the other, that rate in a fresh store, and rate in between oneself."""
    moments = random.Random(seed)
    acknowledged: list[RatingEvent] = []
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as folder, databases.fresh(engine, Path(folder)) as url:
        with open_store(url) as store:
            store.add_user("Ana")
            for number in range(MOVIES):
                store.add_movie(f"movie {number}")
        slowest = Outcomes()
        for number in range(count):
            first = number * _EACH
            acknowledged += _rate_and_be_killed(url, first, moments)
            with slowest.within_time(f"seed {seed}, kill {number}"), open_store(url) as store:
                acknowledged.append(store.rate(1, 1, 5, rated_at=first + _EACH - 1))
        with open_store(url) as store:
            outcomes = compare(store, acknowledged, tries=count)
        outcomes.add(slowest)
        return outcomes


def _rate_and_be_killed(url: DatabaseUrl, first: int, moments: random.Random) -> list[RatingEvent]:
    """Start a program that rates without end, kill it after some ratings; returns what it had acknowledged."""
    with programs.running("rate", url, 1, MOVIES, _EACH, first) as process:
        go(process)
        said = killed(process, moments, (1, _MOST), _LATE_S)
    return [RatingEvent(*map(int, line.split())) for line in said]
