"""A service that logs what is done with it, as the steps of a script: for recordings and for the app's timeline.

What reaches the service is all that matters to a list, so the screens need not log anything themselves. The wrapper
stands where the screens expect a service; a `Pace` decides when an action goes on, and logs it.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol

from engine.replay.names import MovieNames
from engine.replay.steps import AddMovie, Diversify, LensStep, Login, Open, Rate, Search, Step, TakeBack, Train, Watch
from engine.replay.values import clock
from engine.store import HistoryPoint, history_point
from engine.store.firststart import SOURCE as FIXTURES
from engine.store.users import APP_SOURCE
from engine.types import LENSES, MIDDLE, Diversity, WatchKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self, Unpack

    from engine.service.catalogue import Catalogue
    from engine.service.protocols import PlayerEngine
    from engine.service.service import Service
    from engine.store import Store
    from engine.types import Movie, MovieDetails, RatingEvent, RunKind, User, WatchEvent

    Observer = Callable[[Step], None]


class ActionLog:
    """Gives every step to its observers while it is open."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open
        self._observers: tuple[Observer, ...] = ()

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` with every step, on the thread that did it. The result ends that."""
        self._observers = (*self._observers, observer)

        def end() -> None:
            self._observers = tuple(known for known in self._observers if known is not observer)

        return end

    def add(self, step: Step) -> None:
        """Call the observers, if the log is open."""
        if self.is_open:
            for observer in self._observers:
                observer(step)


class Pace(Protocol):
    """Decides when an action goes on, and with which steps it is logged."""

    logs_waits: bool
    """Whether it logs a `wait` by itself when the model has learned."""

    def action(self, *, teaches: bool = False) -> contextlib.AbstractContextManager[None]:
        """A change and its logging, so that steps are logged in the order in which they happened.

        `teaches`: the model learns from it, and it comes from a thread that may wait for the engine.
        """

    def log_step(self, step: Step) -> None:
        """Log a step, inside its `action`."""

    def list_asked(self) -> None:
        """The list that an action leads to was asked for."""

    def train(self, run: RunKind, epochs: int | None) -> None:
        """A viewer starts a training run, beside what goes on."""

    def begin(self) -> None:
        """Log the steps from now on; before, a player may bring the service to where it begins."""

    def close(self) -> None:
        """End what the pace itself has started, and the engine if that has to end first."""


class Unpaced:
    """Nothing waits: the engine trains when it likes."""

    logs_waits = False

    def __init__(self, engine: PlayerEngine, log: ActionLog) -> None:
        self._engine = engine
        self._log = log
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def action(self, *, teaches: bool = False) -> Iterator[None]:
        """One action at a time."""
        del teaches
        with self._lock:
            yield

    def log_step(self, step: Step) -> None:
        """As it is."""
        self._log.add(step)

    def list_asked(self) -> None:
        """Nothing depends on it."""

    def train(self, run: RunKind, epochs: int | None) -> None:
        """At once."""
        with self.action():
            self._engine.train(run, epochs)
            self.log_step(Train(run, epochs, wait=False))

    def begin(self) -> None:
        """The log is open from the start."""

    def close(self) -> None:
        """Nothing was started."""


class ObservedService:
    """A service whose actions are logged as steps once they are done. Questions go to the service as they are."""

    def __init__(
        self,
        service: Service,
        pace: Callable[[PlayerEngine, ActionLog], Pace] = Unpaced,
        *,
        log: ActionLog | None = None,
        opened: Callable[[ObservedService], None] = lambda service: None,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._service = service
        self.log = log or ActionLog()
        self.pace = pace(service.engine, self.log)
        self._opened, self._closed = opened, closed
        self._viewer: int | None = None
        """The viewer of the last step."""
        self._known: set[int] = set()
        """The viewers whose first login is logged."""
        self._diversity: dict[int, Diversity] = {}
        self._lens: dict[int, int] = {}
        self.moment: HistoryPoint = {}
        """The last numbers given out when the store was opened: where this session begins."""
        self.settings, self.engine = service.settings, service.engine
        self.viewers, self.viewer, self.last_viewer = service.viewers, service.viewer, service.last_viewer
        self.ratings, self.rating_history, self.counts = service.ratings, service.rating_history, service.counts
        self.runs = service.runs
        self.watch_history, self.watch_position = service.watch_history, service.watch_position
        self.taste_start, self.searched, self.data_name = service.taste_start, service.searched, service.data_name
        self.import_dataset, self.movies_to_import = service.import_dataset, service.movies_to_import
        self.stop_training = service.stop_training
        service.on_search(self._log_search)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def catalogue(self) -> Catalogue:
        """The service's, as it is now."""
        return self._service.catalogue

    @property
    def store(self) -> Store:
        """The service's, when it is open."""
        return self._service.store

    def open(self, on_progress: Callable[[int, int, str], None] | None = None) -> None:
        """Open the service, and remember where this session begins; nothing happens when that was done."""
        if not self.moment:
            self._service.open(on_progress)
            self.moment = history_point(self.store)
            self._opened(self)

    def close(self) -> None:
        """Close the service."""
        self.pace.close()
        self._service.close()
        self._closed()

    # --------------------------------------------------------------------------------------------------------- viewers

    def new_viewer(self, name: str) -> User:
        """Make a viewer, who is at the screen from then on."""
        with self.pace.action():
            user = self._service.new_viewer(name)
            self._viewer = user.user_id
            self._known.add(user.user_id)
            self.pace.log_step(Login(user.name, new=True))
            return user

    def remember_viewer(self, user: User) -> None:
        """Remember who logged in; the screens call it when somebody does."""
        with self.pace.action():
            self._service.remember_viewer(user)
            self._log_in(user.user_id)

    def _log_in(self, user_id: int) -> None:
        """Log the login of the viewer who acts, unless that viewer acted last."""
        if self._viewer != user_id:
            self._viewer = user_id
            self.pace.log_step(self._login_of(self.store.user_by_id(user_id)))

    def _login_of(self, user: User) -> Login:
        """The login with the ratings that the viewer has and a replay's database lacks.

        A replay begins with the fixtures. Of viewers of another data set it can't know anything.
        """
        if user.user_id in self._known or user.source not in (APP_SOURCE, FIXTURES):
            return Login(user.name)
        self._known.add(user.user_id)
        imports = self.store.imports()
        shipped = imports[0].rows_done if imports and imports[0].source == FIXTURES else 0
        rated = self._service.ratings(user.user_id).values()
        own = {self._name(event.movie_id): event.stars for event in rated if event.seq > shipped and event.stars}
        return Login(user.name, new=user.source == APP_SOURCE and not own, began_with=own or None)

    # --------------------------------------------------------------------------------------------------------- actions

    def rate(self, user_id: int, movie_id: int, stars: float) -> RatingEvent:
        """Store a rating, and log `rate`."""
        with self.pace.action(teaches=True):
            self._log_in(user_id)
            event = self._service.rate(user_id, movie_id, stars)
            self.pace.log_step(Rate({self._name(movie_id): stars}))
            return event

    def take_back(self, user_id: int, movie_id: int) -> RatingEvent:
        """Take a rating back, and log `take_back`."""
        with self.pace.action(teaches=True):
            self._log_in(user_id)
            event = self._service.take_back(user_id, movie_id)
            self.pace.log_step(TakeBack((self._name(movie_id),)))
            return event

    def watch(self, user_id: int, movie_id: int, kind: WatchKind, seconds: int | None = None) -> WatchEvent:
        """Store what happened to a movie, and log `open`, or `watch` when a playback has ended."""
        with self.pace.action():
            self._log_in(user_id)
            event = self._service.watch(user_id, movie_id, kind, seconds)
            if kind is WatchKind.OPENED:
                self.pace.log_step(Open(self._name(movie_id)))
            elif kind in (WatchKind.FINISHED, WatchKind.ABANDONED):
                until = "end" if kind is WatchKind.FINISHED else clock(seconds or 0)
                self.pace.log_step(Watch(self._name(movie_id), until=until))
            return event

    def _log_search(self, text: str, genre: str | None) -> None:
        with self.pace.action():
            self.pace.log_step(Search(text, genre or None))

    def add_movie(self, title: str, **details: Unpack[MovieDetails]) -> Movie:
        """Add a movie, and log `add_movie`."""
        with self.pace.action(teaches=True):
            added = self._service.add_movie(title, **details)
            self.pace.log_step(
                AddMovie(
                    added.title, added.year, added.genres, added.runtime, added.director, added.country, added.synopsis
                )
            )
            return added

    def request_list(self, user_id: int, n: int = 5, diversity: Diversity | None = None, lens: int = MIDDLE) -> int:
        """Ask for a list; log `diversity` and `lens` when they are other ones than the last time."""
        self._see_diversity(user_id, diversity or Diversity())
        self._see_lens(user_id, lens)
        request_id = self._service.request_list(user_id, n, diversity, lens)
        self.pace.list_asked()
        return request_id

    def _see_diversity(self, user_id: int, wanted: Diversity) -> None:
        is_first, before = user_id not in self._diversity, self._diversity.get(user_id, Diversity())
        if wanted == before:
            return
        with self.pace.action():
            self._log_in(user_id)
            self._diversity[user_id] = wanted
            values = {name: getattr(wanted, name) for name in ("on", "strength", "method")}
            if not is_first:  # the first time in full: another version may have other defaults
                values = {name: value for name, value in values.items() if value != getattr(before, name)}
            self.pace.log_step(Diversify(**values))

    def _see_lens(self, user_id: int, wanted: int) -> None:
        if wanted == self._lens.get(user_id, MIDDLE):
            return
        with self.pace.action():
            self._log_in(user_id)
            self._lens[user_id] = wanted
            self.pace.log_step(LensStep(LENSES[wanted]))

    def train(self, run: RunKind = "full", epochs: int | None = None) -> None:
        """Start a training run beside what goes on, and log `train`."""
        self.pace.train(run, epochs)

    def _name(self, movie_id: int) -> str:
        return MovieNames.of(self.catalogue).name_of(movie_id)
