"""A service and an engine in memory, for screen tests: no process, no store, no clock, no chance.

`FakeService(n_movies=12)` has the whole interface of `engine.service.service.Service` and is open from the start; its
`engine` is a `FakeEngine`. What it does:

* `rate`, `take_back`, `watch`, `new_viewer` and `add_movie` change dictionaries; errors are the real ones.
* `engine.start()` sends status `loading`, then `ready`. Nothing is sent before `start`.
* `request_list` answers at once **on the calling thread**: `ListReady`, then `PredictionsReady`. The score of a movie
  is its fame plus 0.5 for each star above 3 that the viewer gave to a movie of the same genre (minus for below), so
  the list moves with each rating, and a test can work it out by hand. Each notch of the lens from the middle on takes
  0.04 of each movie's place off its lack of fame: at `loved` the least known come first.
* A rating leaves `ratings_behind` at 1 or more, until `engine.learn()`, which sends a run of training records.
* `engine.train()` sends `epochs` epochs (5 by default) of records with falling loss, then `done`.
* With `engine.hold = True` answers wait until `engine.release()`; `engine.emit(reply)` sends anything;
  `engine.die()` does what a killed child does: status `failed`, a notice, and after `engine.revive()` ready again;
  with `engine.rests_s` set before, it rests for so long, until `engine.start()`.
* `engine.look` answers at once with the figures of `tests.service.made_up_views`, which add up.
* `engine.sent` is the list of the requests made, for assertions.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Unpack

from engine.errors import BadStars, NameTaken, UnknownMovie, UnknownUser
from engine.service.catalogue import Catalogue
from engine.service.client import EngineClient
from engine.service.messages import (
    CatalogueChanged,
    Explain,
    Explained,
    ListReady,
    Look,
    Looked,
    Notice,
    Ping,
    Pong,
    PredictionsReady,
    RatingsChanged,
    RequestList,
    StatusChanged,
    StopTraining,
    Train,
    Trained,
)
from engine.service.service import Service
from engine.service.settings import Settings
from engine.service.viewers import taste_start
from engine.snapshots import NetworkOf
from engine.types import (
    MIDDLE,
    EngineStatus,
    ListItem,
    ListStats,
    Movie,
    MovieDetails,
    Predictions,
    RatingEvent,
    Reason,
    Recommendations,
    StoreCounts,
    User,
    WatchEvent,
    WatchKind,
)
from tests.service.made_up import films, training_record
from tests.service.made_up_views import view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.runs import KeptRun
    from engine.service.messages import Reply, Request
    from engine.snapshots import View
    from engine.types import RunKind, Tried

NOW = 1_700_000_000
"""The moment of the first event; each further one is a second later."""

_EPOCHS = 5


class FakeEngine(EngineClient):
    """Answers at once on the calling thread; see the module."""

    def __init__(self, service: FakeService) -> None:
        super().__init__(service.settings)
        self._service = service
        self.sent: list[Request] = []
        self.hold = False
        self._held: list[Request] = []
        self._behind = 0
        self._alive = False
        self._restarts = 0
        self.rests_s: float | None = None

    def start(self) -> None:
        self._alive, self.rests_s = True, None
        self._state("loading", detail="reading the ratings")
        self._state("ready")

    def stop(self, timeout: float = 3.0) -> None:
        if self._alive:
            self._state("stopped")
            self._alive = False

    @property
    def pid(self) -> int | None:
        return 4242 if self._alive else None

    @property
    def running(self) -> bool:
        return self._alive

    @property
    def next_try_s(self) -> float | None:
        return self.rests_s

    def emit(self, reply: Reply) -> None:
        """Send anything to the subscribers."""
        self.on_reply(reply)

    def release(self) -> None:
        """Answer what was held back, and hold no more."""
        self.hold = False
        held, self._held = self._held, []
        for request in held:
            self._answer(request)

    def learn(self) -> None:
        """Carry the news into the weights: records of an incremental run, then status ready with nothing behind."""
        self._run("incremental", 1)

    def kill(self) -> None:
        """No process is ended: the number of this one is made up."""
        self.die()
        self.revive()

    def die(self) -> None:
        """What the screens see when the child is killed."""
        detail = "The engine ended by itself (killed by SIGKILL); your ratings are safe in the store."
        self._state("failed", detail=detail)
        self.emit(Notice("warning", detail))

    def revive(self) -> None:
        """The new child is there: ready, and the last list comes again."""
        self._restarts += 1
        self._state("ready")
        for request in self._pending.repeat():
            self._answer(request)

    def _send(self, request: Request) -> None:
        self.sent.append(request)
        self._pending.add(request)
        if not self._alive or self.hold:
            self._held.append(request)
        else:
            self._answer(request)

    def _answer(self, request: Request) -> None:
        if isinstance(request, RequestList):
            with self._service.would_be(request.user_id, request.tried):
                made = self._service.make_list(request)
            self.emit(ListReady(made))
            if request.with_predictions:
                self.emit(PredictionsReady(self._service.predictions(request.user_id, request.lens)))
        elif isinstance(request, Explain):
            self.emit(Explained(request.request_id, request.movie_id, self._service.reasons(request.user_id)))
        elif isinstance(request, Look):
            self.emit(Looked(request.request_id, self._service.view(request)))
        elif isinstance(request, RatingsChanged):
            self._behind += 1
            self._state("ready")
        elif isinstance(request, StopTraining):
            self._state("ready")
        elif isinstance(request, Train):
            self._run(request.run, request.epochs or _EPOCHS)
        elif isinstance(request, Ping):
            self.emit(Pong(request.request_id))
        elif isinstance(request, CatalogueChanged):
            self._state("ready")

    def _run(self, run: RunKind, epochs: int) -> None:
        self._state("training" if run == "full" else "learning")
        for epoch in range(1, epochs + 1):
            self.emit(Trained(training_record(epoch, epochs, run=run)))
        self.emit(Trained(replace(training_record(epochs, epochs, run=run), event="done")))
        self._behind = 0
        self._state("ready")

    def _state(self, state: str, detail: str = "") -> None:
        seq = self._service.seq
        status = EngineStatus(
            state=state,  # type: ignore[arg-type]
            device="cpu",
            preset=self._service.settings.preset,
            trained_seq=seq - self._behind,
            seen_seq=seq,
            ratings_behind=self._behind,
            n_users=len(self._service.people),
            n_movies=len(self._service.catalogue),
            n_ratings=sum(len(rated) for rated in self._service.rated.values()),
            drift=0.001,
            restarts=self._restarts,
            detail=detail,
        )
        self.emit(StatusChanged(status))


class FakeService(Service):
    """The service of one evening, in memory; see the module."""

    engine: FakeEngine

    def __init__(self, n_movies: int = 12, users: tuple[str, ...] = ("Ana", "Bruno", "Chloé")) -> None:
        super().__init__(Settings(database="sqlite:///nowhere.db"))
        self.catalogue = Catalogue(films(n_movies))
        self.people = {n: User(n, name, "matinee", NOW) for n, name in enumerate(users, start=1)}
        self.rated: dict[int, dict[int, RatingEvent]] = {}
        self.log: list[RatingEvent] = []
        self.watched: list[WatchEvent] = []
        self._seq = itertools.count(1)
        self.seq = 0
        self._remembered: User | None = None
        self.kept: list[KeptRun] = []
        """Training runs of earlier evenings."""
        self.network: Literal["study", "implicit"] = "implicit"
        """Which network the lab is shown."""
        self.engine = FakeEngine(self)

    def open(self, on_progress: Callable[..., None] | None = None) -> None:
        """Open from the start."""

    def close(self) -> None:
        self.engine.stop()

    def viewers(self, query: str = "", limit: int = 50) -> list[User]:
        found = [user for user in self.people.values() if query.casefold() in user.name.casefold()]
        return [replace(user, n_ratings=len(self.ratings(user.user_id))) for user in found][:limit]

    def viewer(self, name: str) -> User:
        for user in self.people.values():
            if user.name.casefold() == name.strip().casefold():
                return user
        raise UnknownUser(f"no viewer is called {name!r}; the nearest is 'Ana'")

    def new_viewer(self, name: str) -> User:
        if not name.strip() or any(user.name.casefold() == name.strip().casefold() for user in self.people.values()):
            raise NameTaken(f"the name {name!r} is taken: choose another")
        user = User(len(self.people) + 1, name.strip(), "matinee", NOW)
        self.people[user.user_id] = user
        return user

    def last_viewer(self) -> User | None:
        return self._remembered

    def remember_viewer(self, user: User) -> None:
        self._remembered = user

    def taste_start(self, n: int = 12) -> list[Movie]:
        return taste_start(self.catalogue, (), n)

    def ratings(self, user_id: int) -> dict[int, RatingEvent]:
        return dict(self.rated.get(user_id, {}))

    def rating_history(self, user_id: int, limit: int = 200) -> list[RatingEvent]:
        return [event for event in reversed(self.log) if event.user_id == user_id][:limit]

    def rate(self, user_id: int, movie_id: int, stars: float) -> RatingEvent:
        if stars * 2 not in range(1, 11):
            raise BadStars(f"{stars} stars: give 0.5 to 5 in half steps")
        event = self._append(user_id, movie_id, int(stars * 2))
        self.rated.setdefault(user_id, {})[movie_id] = event
        self.engine.ratings_changed(event.seq)
        return event

    def take_back(self, user_id: int, movie_id: int) -> RatingEvent:
        event = self._append(user_id, movie_id, None)
        self.rated.setdefault(user_id, {}).pop(movie_id, None)
        self.engine.ratings_changed(event.seq)
        return event

    def _append(self, user_id: int, movie_id: int, half_stars: int | None) -> RatingEvent:
        if movie_id not in self.catalogue.by_id:
            raise UnknownMovie(f"no movie has the id {movie_id}")
        self.seq = next(self._seq)
        self.log.append(RatingEvent(self.seq, user_id, movie_id, half_stars, NOW + self.seq))
        return self.log[-1]

    def watch(self, user_id: int, movie_id: int, kind: WatchKind, seconds: int | None = None) -> WatchEvent:
        number = len(self.watched) + 1
        self.watched.append(WatchEvent(number, user_id, movie_id, kind, seconds, NOW + number))
        return self.watched[-1]

    def watch_history(self, user_id: int, limit: int = 200) -> list[WatchEvent]:
        return [event for event in reversed(self.watched) if event.user_id == user_id][:limit]

    def watch_position(self, user_id: int, movie_id: int) -> int | None:
        for event in self.watch_history(user_id):
            if event.movie_id == movie_id and event.kind >= WatchKind.STARTED:
                return None if event.kind == WatchKind.FINISHED else event.seconds
        return None

    def add_movie(self, title: str, **details: Unpack[MovieDetails]) -> Movie:
        movie = Movie(len(self.catalogue) + 1, title, **details)
        self.catalogue = Catalogue((*self.catalogue.movies, movie))
        self.engine.catalogue_changed()
        return movie

    def data_name(self, last_seq: int | None = None) -> str:
        return "in memory"

    def counts(self) -> StoreCounts:
        ratings = sum(len(rated) for rated in self.rated.values())
        return StoreCounts(len(self.people), len(self.catalogue), ratings, len(self.log), len(self.watched))

    # ------------------------------------------------------------------------------------- what the fake model thinks

    def score(self, user_id: int, movie: Movie, lens: int = MIDDLE) -> float:
        """Fame plus half a point for each star above 3 given to a movie that shares a genre."""
        likes = 0.0
        for event in self.ratings(user_id).values():
            other = self.catalogue.by_id[event.movie_id]
            likes += 0.5 * ((event.stars or 3.0) - 3.0) * bool(set(other.genres) & set(movie.genres))
        return 3.0 - (0.05 - 0.04 * (lens - MIDDLE)) * movie.movie_id + likes

    def reasons(self, user_id: int) -> tuple[Reason, ...]:
        liked = [(event.stars, event.movie_id) for event in self.ratings(user_id).values() if event.stars]
        return tuple(
            Reason(movie_id, stars, share=0.5, stars_share=0.5) for stars, movie_id in sorted(liked, reverse=True)[:2]
        )

    def _would_be(self, user_id: int, tried: Tried) -> Iterator[None]:
        """The ratings as they would be, while the block runs."""
        kept = self.rated.get(user_id, {})
        changed = {movie: event for movie, event in kept.items() if movie not in dict(tried)}
        for movie, half_stars in tried:
            if half_stars:
                changed[movie] = RatingEvent(0, user_id, movie, half_stars, NOW)
        self.rated[user_id] = changed
        yield
        self.rated[user_id] = kept

    would_be = contextlib.contextmanager(_would_be)

    def make_list(self, request: RequestList) -> Recommendations:
        """The top n; with diversity on, the last place goes to the best movie of a genre the list lacks."""
        rated = self.ratings(request.user_id)
        unseen = [movie for movie in self.catalogue.movies if movie.movie_id not in rated]
        unseen.sort(key=lambda movie: -self.score(request.user_id, movie))
        middle = unseen[: request.n]
        unseen.sort(key=lambda movie: -self.score(request.user_id, movie, request.lens))
        plain, shown = unseen[: request.n], unseen[: request.n]
        if request.diversity.on and plain:
            known = {genre for movie in plain for genre in movie.genres}
            fresh = [movie for movie in unseen[request.n :] if not known & set(movie.genres)]
            shown = [*plain[:-1], fresh[0]] if fresh else plain
        return Recommendations(
            request_id=request.request_id,
            user_id=request.user_id,
            items=tuple(self._item(request.user_id, movie, movie not in plain) for movie in shown),
            seen_seq=self.seq,
            trained_seq=self.engine.status.trained_seq,
            diversity=request.diversity,
            plain=self._stats(request.user_id, plain),
            shown=self._stats(request.user_id, shown),
            brought_in=tuple(movie.movie_id for movie in shown if movie not in plain),
            pushed_out=tuple(movie.movie_id for movie in plain if movie not in shown),
            tried=request.tried,
            latency_ms=3.1,
            lens=request.lens,
            middle=self._stats(request.user_id, middle) if request.lens != MIDDLE else None,
            middle_movies=tuple(movie.movie_id for movie in middle) if request.lens != MIDDLE else (),
        )

    def _item(self, user_id: int, movie: Movie, for_variety: bool) -> ListItem:
        score = self.score(user_id, movie)  # predicted stars know no lens
        return ListItem(movie.movie_id, score, _stars(score), self.reasons(user_id), for_variety)

    def _stats(self, user_id: int, movies: list[Movie]) -> ListStats:
        genres = {genre for movie in movies for genre in movie.genres}
        size = max(1, len(movies))
        return ListStats(
            ild=len(genres) / (3 * size),
            genres=len(genres),
            mean_stars=sum(_stars(self.score(user_id, movie)) for movie in movies) / size,
            ratings=sum(800 - 30 * movie.movie_id for movie in movies) / size,
            known=sum(1 - movie.movie_id / len(self.catalogue) for movie in movies) / size,
        )

    def view(self, request: Look) -> View:
        """What the lab is shown; see `made_up_views`."""
        subject = request.subject
        tried = subject.tried if isinstance(subject, NetworkOf) else ()
        with self.would_be(request.user_id, tried):
            own = self.ratings(request.user_id)
        history = [event for event in reversed(self.log) if event.user_id == request.user_id]
        return view_of(request.user_id, request.subject, own, history, self.catalogue, self.network)

    def runs(self) -> list[KeptRun]:
        return list(self.kept)

    def predictions(self, user_id: int, lens: int = MIDDLE) -> Predictions:
        ranked = sorted(self.catalogue.movies, key=lambda movie: -self.score(user_id, movie, lens))
        tenths = bytes(round(10 * _stars(self.score(user_id, movie))) for movie in ranked)
        halves = (bytes(max(1, min(10, tenth // 5 + step)) for tenth in tenths) for step in (-1, 1))
        return Predictions(user_id, self.seq, tuple(movie.movie_id for movie in ranked), tenths, *halves)


def _stars(score: float) -> float:
    return min(5.0, max(0.5, score))
