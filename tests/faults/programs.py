"""Programs that are killed: `python -m tests.faults.programs NAME URL [ARGUMENT ...]`.

Each says `ready`, waits for a line, and then says what it has done, at once.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from tests.store.programs import say


def _begin() -> None:
    say("ready")
    sys.stdin.readline()


def make(url: str) -> None:
    """Make the tables."""
    from engine.store import open_store

    _begin()
    say("begun")
    open_store(url).close()
    say("made")


def first_start(url: str, folder: str) -> None:
    """Make a store with the catalogue in a folder."""
    from engine.store import ensure_store

    _begin()
    say("begun")
    ensure_store(url, on_progress=lambda done, total, what: say(what, done), folder=Path(folder)).close()
    say("made")


def import_(url: str, path: str, batch: str) -> None:
    """Import a data set in small batches."""
    from engine.importing.load import import_dataset

    _begin()
    say("begun")
    import_dataset(path, None, url, batch=int(batch), on_progress=lambda stage, done, total: say(stage, done))
    say("imported")


def save(url: str, cache: str) -> None:
    """Save the model of the newest checkpoint again and again."""
    from engine.service.settings import Settings
    from engine.store import open_store
    from engine.worker.checkpoints import Checkpoints

    with open_store(url, create=False) as store:
        checkpoints = Checkpoints(store, Settings(cache_dir=cache))
        found = checkpoints.load()
        assert found.model is not None
        _begin()
        for number in range(1_000_000):
            checkpoints.save(found.model, found.trained_seq, found.trained_seq, "full", 1.0)
            say("saved", number)


def write_all(url: str, folder: str, ratings: str, each: str, *, careless: bool = False) -> None:
    """Make a store, rate, and every so often write a file as checkpoints are written; says what is safe."""
    from engine import files
    from engine.store import open_store

    with open_store(url) as store:
        user = store.add_user("Ana").user_id
        movies = [store.add_movie(f"movie {number}").movie_id for number in range(5)]
        if careless:
            store.connection.read(lambda session: session.run("PRAGMA synchronous = OFF"))
        for number in range(int(ratings)):
            event = store.rate(user, movies[number % 5], 0.5 + (number % 10) / 2, rated_at=number)
            say("rated", event.seq, event.user_id, event.movie_id, event.half_stars, event.rated_at)
            if number % int(each) == 0:
                with files.replacing(Path(folder, "model.ckpt"), durable=not careless) as file:
                    file.write(f"{number:9d}".encode() * 2_000)
                say("written", number)


def watch_an_evening(url: str, folder: str, user: str, first: str) -> None:
    """Be the app without its screens: an engine, a list, and ratings without end."""
    from engine.service.messages import ListReady
    from engine.service.service import Service
    from engine.service.settings import Settings

    _begin()
    settings = Settings(url, cache_dir=f"{folder}/cache", state_dir=f"{folder}/state")
    with Service(settings, clock=iter(range(int(first), 10**9)).__next__) as service:
        service.open()
        service.engine.start()
        while service.engine.pid is None:
            pass
        say("engine", service.engine.pid)
        request = service.engine.request_list(int(user))
        for number in range(1_000_000):
            event = service.rate(int(user), 1 + number % 16, 0.5 + (number % 10) / 2)
            say("rated", event.seq, event.user_id, event.movie_id, event.half_stars, event.rated_at)
            if number == 4:
                assert isinstance(service.engine.wait_reply(request, 60), ListReady)
                say("list")


def rate_on(url: str, user: str, movies: str) -> None:
    """Rate whatever happens to the server; says each rating, or that it was refused, until a line comes in."""
    import threading
    import time

    from engine.errors import StoreError
    from engine.store import open_store

    with open_store(url) as store:
        _begin()
        ended = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.readline(), ended.set()), daemon=True).start()
        moment, slowest_s = 0, 0.0
        while not ended.is_set():
            moment, began = moment + 1, time.monotonic()
            try:
                event = store.rate(int(user), 1 + moment % int(movies), 0.5 + (moment % 10) / 2, rated_at=moment)
            except StoreError as error:
                say("refused", str(error))
            else:
                say("rated", event.seq, event.user_id, event.movie_id, event.half_stars, event.rated_at)
            slowest_s = max(slowest_s, time.monotonic() - began)
        say("slowest", slowest_s)


PROGRAMS = {
    "make": make,
    "first_start": first_start,
    "import": import_,
    "save": save,
    "write_all": write_all,
    "write_all_carelessly": partial(write_all, careless=True),
    "evening": watch_an_evening,
    "rate_on": rate_on,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
