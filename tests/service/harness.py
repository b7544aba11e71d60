"""The worker in a thread of the test, behind a pipe made of queues; and a small store to work on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.service.messages import (
    Configure,
    ListReady,
    Notice,
    Reply,
    Request,
    RequestList,
    Shutdown,
    StatusChanged,
    Trained,
)
from engine.store import BulkWriter, NewEvents, NewMovie, NewUser, Store, open_store
from engine.types import EngineStatus, Recommendations, TrainingRecord

PATIENCE = 60.0
GENRES = ("Comedy", "Drama", "Horror", "Western")


def make_store(where: Path | str, users: int = 40, movies: int = 30, density: float = 0.5, seed: int = 0) -> None:
    """Viewers who like one of four genres, each with about half of the movies rated."""
    rng = np.random.default_rng(seed)
    url = where if isinstance(where, str) else f"sqlite:///{where}"
    with open_store(url) as store, BulkWriter(store, "test", f"small-{seed}") as bulk:
        titles = [NewMovie(f"Film {n}", 1950 + n, (GENRES[n % 4],), source_id=str(n)) for n in range(movies)]
        movie_ids = bulk.add_movies(titles)
        user_ids = bulk.add_users([NewUser(f"viewer {n}", str(n)) for n in range(users)])
        rated = [(u, m) for u in range(users) for m in range(movies) if rng.random() < density]
        rows = [(user_ids[str(u)], movie_ids[str(m)], _half_stars(u, m, rng), 1_600_000_000 + m) for u, m in rated]
        bulk.add_events(NewEvents(*np.array(rows).T))
        bulk.finish(n_users=users, n_movies=movies)


def _half_stars(user: int, movie: int, rng: np.random.Generator) -> int:
    liked = 9 if user % 4 == movie % 4 else 2
    return int(np.clip(liked + rng.integers(-1, 2), 1, 10))


class QueuePipe:
    """What the worker sees of the pipe."""

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self.outbox: queue.SimpleQueue[Reply | BaseException] = queue.SimpleQueue()

    def send(self, reply: Reply) -> None:
        self.outbox.put(reply)

    def take(self, timeout: float | None = 0.0) -> list[Request]:
        taken = []
        try:
            taken.append(self.inbox.get(timeout=timeout) if timeout != 0 else self.inbox.get_nowait())
            while True:
                taken.append(self.inbox.get_nowait())
        except queue.Empty:
            pass
        return [request for request in taken if request is not None]

    def wake(self) -> None:
        self.inbox.put(None)


class Engine:
    """A running worker. `replies` is all that it ever said, in order. `options` are fields of `WorkerOptions`."""

    def __init__(
        self,
        folder: Path,
        cache: Path | None = None,
        first: tuple[Request, ...] = (),
        options: dict[str, object] | None = None,
        **wanted: object,
    ) -> None:
        self.folder = folder
        self.cache = cache or folder / "cache"
        self.options = options or {}
        self.pipe = QueuePipe()
        self.replies: list[Reply] = []
        self.status = EngineStatus()
        configure = Configure(f"sqlite:///{folder}/m.db", cache_dir=str(self.cache), **wanted)  # type: ignore[arg-type]
        self._ids = 0
        self._thread = threading.Thread(target=self._run, args=(configure, list(first)), daemon=True)
        self._thread.start()

    def _run(self, configure: Configure, first: list[Request]) -> None:
        from engine.worker.options import WorkerOptions
        from engine.worker.start import run

        try:
            run(configure, self.pipe, first, WorkerOptions(**self.options))  # type: ignore[arg-type]
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.pipe.outbox.put(error)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.inbox.put(Shutdown())
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def send(self, request: Request) -> None:
        self.pipe.inbox.put(request)

    def until(self, wanted: Callable[[Reply], bool]) -> Reply:
        """Read on until a reply is wanted."""
        while True:
            reply = self.pipe.outbox.get(timeout=PATIENCE)
            if isinstance(reply, BaseException):
                raise reply
            self.replies.append(reply)
            if isinstance(reply, StatusChanged):
                self.status = reply.status
            if wanted(reply):
                return reply

    def until_status(self, wanted: Callable[[EngineStatus], bool]) -> EngineStatus:
        if not wanted(self.status):
            self.until(lambda reply: isinstance(reply, StatusChanged) and wanted(reply.status))
        return self.status

    def until_learned(self, seq: int) -> EngineStatus:
        """Until every event up to `seq` is in the weights and the engine rests."""
        return self.until_status(lambda s: s.state == "ready" and s.trained_seq >= seq and not s.ratings_behind)

    def list_of(self, user_id: int, n: int = 5) -> Recommendations:
        self._ids += 1
        number = self._ids
        self.send(RequestList(number, user_id, n))
        reply = self.until(lambda r: isinstance(r, ListReady) and r.recommendations.request_id == number)
        assert isinstance(reply, ListReady)
        return reply.recommendations

    def notices(self) -> list[str]:
        return [reply.text for reply in self.replies if isinstance(reply, Notice)]


def store_of(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder}/m.db", create=False)


def done(engine: Engine) -> list[TrainingRecord]:
    """The last records of the runs so far."""
    return [r.record for r in engine.replies if isinstance(r, Trained) and r.record.event == "done"]


def states(engine: Engine) -> list[str]:
    """The states in order, repeats removed."""
    seen = [reply.status.state for reply in engine.replies if isinstance(reply, StatusChanged)]
    return [state for at, state in enumerate(seen) if at == 0 or seen[at - 1] != state]


def checkpoints(engine: Engine) -> list[Path]:
    return sorted(engine.cache.glob("*/*.ckpt"))


def ended(reply: Reply) -> bool:
    """Whether a reply is the last record of a run."""
    return isinstance(reply, Trained) and reply.record.event == "done"


def rate(folder: Path, user_id: int, *ratings: tuple[int, float]) -> int:
    """Rate, as another program would; the last event's number."""
    with store_of(folder) as store:
        return [store.rate(user_id, movie_id, stars).seq for movie_id, stars in ratings][-1]


def unrated(folder: Path, user_id: int) -> list[int]:
    with store_of(folder) as store:
        rated = store.ratings_of(user_id)
        return [movie.movie_id for movie in store.movies() if movie.movie_id not in rated]
