"""Programs that rate are killed (SIGKILL) at any moment; what they had acknowledged must be there."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from engine.store import DatabaseUrl, open_store
from engine.types import RatingEvent
from tests.faults.outcomes import Outcomes, compare
from tests.store import databases, programs

MOVIES = 5
_MOST = 60
"""Ratings that a program acknowledges before it is killed, at most."""
_EACH = 1_000_000
"""More ratings than a program makes; the next one's times begin behind them."""


def run(seed: int, count: int, engine: str = "sqlite") -> Outcomes:
    """Kill `count` programs, one after the other, that rate in a fresh store, and rate in between oneself."""
    moments = random.Random(seed)
    acknowledged: list[RatingEvent] = []
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as folder, databases.fresh(engine, Path(folder)) as url:
        with open_store(url) as store:
            store.add_user("Ana")
            for number in range(MOVIES):
                store.add_movie(f"movie {number}")
        for number in range(count):
            first = number * _EACH
            acknowledged += _rate_and_be_killed(url, first, moments)
            with open_store(url) as store:
                acknowledged.append(store.rate(1, 1, 5, rated_at=first + _EACH - 1))
        with open_store(url) as store:
            return compare(store, 1, acknowledged, faults=count)


def _rate_and_be_killed(url: DatabaseUrl, first: int, moments: random.Random) -> list[RatingEvent]:
    """Start a program that rates without end, kill it after some ratings; returns what it had acknowledged."""
    with programs.running("rate", url, 1, MOVIES, _EACH, first) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        said = [process.stdout.readline() for _ in range(moments.randint(1, _MOST))]
        time.sleep(moments.uniform(0, 0.003))  # anywhere within a transaction
        process.kill()
        said += process.stdout.readlines()  # what it said before it died
    whole = [line for line in said if line.endswith("\n")]
    return [RatingEvent(*map(int, line.split())) for line in whole]
