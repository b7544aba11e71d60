"""kill -9 at any moment loses nothing that was acknowledged."""

from __future__ import annotations

import random

import pytest

from engine.store import DatabaseUrl, open_store
from engine.types import RatingEvent
from tests.store import programs
from tests.store.test_many_programs import start

ROUNDS = 5


def rate_and_be_killed(url: DatabaseUrl, after: int) -> list[RatingEvent]:
    """Start a program that rates without end, kill it after so many ratings; returns what it had acknowledged."""
    with programs.running("rate", url, 1, 5, 1_000_000) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        start(process)
        said = [process.stdout.readline() for _ in range(after)]
        process.kill()
        said += process.stdout.readlines()  # what it said before it died
    whole = [line for line in said if line.endswith("\n")]
    return [RatingEvent(*map(int, line.split())) for line in whole]


@pytest.mark.parametrize("seed", [0])
def test_what_was_acknowledged_is_there(url: DatabaseUrl, seed: int) -> None:
    moments = random.Random(seed)
    with open_store(url) as store:
        store.add_user("Ana")
        for number in range(5):
            store.add_movie(f"movie {number}")
    acknowledged: list[RatingEvent] = []
    for _ in range(ROUNDS):
        acknowledged += rate_and_be_killed(url, after=moments.randint(1, 60))
        with open_store(url) as store:
            kept = {event.seq: event for event in store.history(1, limit=1_000_000)}
            assert [event for event in acknowledged if kept.get(event.seq) != event] == []
            assert sorted(kept) == list(range(1, len(kept) + 1)), "no hole"
            assert len(kept) <= len(acknowledged) + ROUNDS, "at most the one that was under way"
            acknowledged.append(store.rate(1, 1, 5))
