"""Small programs that tests start as processes of their own: `python -m tests.store.programs NAME URL [ARGUMENT ...]`.

Each writes a line for what it has done, at once, so that the test knows what was acknowledged before it killed it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.store import BulkWriter, DatabaseUrl, NewEvents, NewMovie, NewUser, ensure_store, open_store

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(program: str, url: DatabaseUrl, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """The program, killed at the end if it still runs."""
    command = [sys.executable, "-m", "tests.store.programs", program, url.reveal(), *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def say(*words: object) -> None:
    """One line, at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def rate(url: str, user: str, movies: str, n: str, first: str = "0") -> None:
    """Rate `n` times, at the times from `first` on, beginning when a line comes in; say each event acknowledged."""
    with open_store(url) as store:
        say("ready")
        sys.stdin.readline()
        for step in range(int(n)):
            movie, stars = 1 + step % int(movies), 0.5 + (step % 10) / 2
            event = store.rate(int(user), movie, stars, rated_at=int(first) + step)
            say(event.seq, event.user_id, event.movie_id, event.half_stars, event.rated_at)


def first_start(url: str, folder: str) -> None:
    """Make the store from fixtures, and say how far it is, and its identity at the end."""
    with ensure_store(url, on_progress=lambda done, total, what: say(what, done), folder=Path(folder)) as store:
        say("uuid", store.uuid, store.counts().rating_events)


def bulk(url: str, batches: str, batch: str) -> None:
    """Import; say the batches that are committed (on a server) or written (in a file)."""
    with (
        open_store(url) as store,
        BulkWriter(store, "test", "f" * 64, lambda done, total, what: say(what, done), batch=int(batch)) as writer,
    ):
        n = int(batches) * int(batch)
        movies = writer.add_movies([NewMovie(f"Movie {i}", source_id=str(i)) for i in range(50)])
        users = writer.add_users([NewUser(str(i), str(i)) for i in range(n // 50)])
        writer.add_events(bulk_events(n, list(users.values()), list(movies.values())))
        writer.finish(n_users=len(users), n_movies=len(movies))
    say("done")


def bulk_events(n: int, users: list[int], movies: list[int]) -> NewEvents:
    """Every user rates every movie, the same way each time."""
    steps = np.arange(n)
    user_id, movie_id = np.array(users)[steps // len(movies)], np.array(movies)[steps % len(movies)]
    return NewEvents(user_id, movie_id, 1 + steps % 10, 1_000_000 + steps)


if __name__ == "__main__":
    {"rate": rate, "first_start": first_start, "bulk": bulk}[sys.argv[1]](*sys.argv[2:])
