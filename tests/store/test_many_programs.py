"""Several programs on one database: nothing is lost, nothing doubled, and a reader by sequence misses nothing."""

from __future__ import annotations

import time
from contextlib import ExitStack
from subprocess import Popen

import numpy as np

from engine.store import DatabaseUrl, open_store
from tests.store import programs

WRITERS, EACH, MOVIES = 4, 200, 37


def start(process: Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def lines(process: Popen[str]) -> list[tuple[int | None, ...]]:
    """What the program says it wrote: seq, viewer, movie, half stars, time."""
    out, _ = process.communicate()
    assert process.returncode == 0
    return [tuple(None if word == "None" else int(word) for word in line.split()) for line in out.splitlines()]


def test_four_programs_rate_and_a_reader_misses_nothing(url: DatabaseUrl) -> None:
    with open_store(url) as store, ExitStack() as stack:
        for number in range(WRITERS):
            store.add_user(f"viewer {number}")
        for number in range(MOVIES):
            store.add_movie(f"movie {number}")
        writers = [
            stack.enter_context(programs.running("rate", url, number + 1, MOVIES, EACH)) for number in range(WRITERS)
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            start(writer)
        news, seen = [], 0
        deadline = time.monotonic() + 120
        while seen < WRITERS * EACH and time.monotonic() < deadline:
            events = store.events_after(seen)
            if len(events.seq):
                news.append(events)
                seen = int(events.seq[-1])
        acknowledged = sorted(line for writer in writers for line in lines(writer))

        table = np.column_stack([np.concatenate(column) for column in zip(*news, strict=True)])
        assert table[:, 0].tolist() == list(range(1, WRITERS * EACH + 1)), "no hole, nothing late, nothing twice"
        assert [tuple(row) for row in table.tolist()] == acknowledged
        assert len(news) > WRITERS, "the reader read while they wrote"
        assert {user: len(store.ratings_of(user)) for user in range(1, WRITERS + 1)} == dict.fromkeys(
            range(1, 5), MOVIES
        )
