"""A service that tells what is done with it, as the steps of a script: for the recorder and for the app's timeline.

What reaches the service is all that matters to a list, so nothing has to be told by the screens themselves.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from engine.replay.kinds import Epochs, Genre, MovieName, Place, Stars
from engine.replay.names import Movies
from engine.replay.steps import AddMovie, Diversify, Login, Open, Rate, Search, Step, TakeBack, Train, Watch
from engine.service.client import EngineClient
from engine.service.service import Service
from engine.store import HistoryPoint, history_point
from engine.types import Diversity, WatchKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.service.settings import Settings
    from engine.types import Movie, RatingEvent, RunKind, User, WatchEvent

    Observer = Callable[[Step], None]


class ObservedEngine(EngineClient):
    """Tells of lists asked for with another diversity, and of training that a viewer started."""

    def __init__(self, settings: Settings, owner: ObservedService, *, by_itself: bool) -> None:
        super().__init__(settings, by_itself=by_itself)
        self._owner = owner

    def request_list(
        self, user_id: int, n: int = 5, diversity: Diversity | None = None, with_predictions: bool = True
    ) -> int:
        """As the client does."""
        self._owner.asked_for(user_id, diversity or Diversity())
        request_id = super().request_list(user_id, n, diversity, with_predictions)
        self._owner.has_asked()
        return request_id

    def train(self, run: RunKind = "full", epochs: int | None = None) -> None:
        """As the client does."""
        self._owner.trains(run, epochs)

    def train_untold(self, run: RunKind, epochs: int | None = None) -> None:
        """Train without telling anybody."""
        super().train(run, epochs)


class ObservedService(Service):
    """The service, with observers that hear of every step once it is done."""

    engine: ObservedEngine

    def __init__(self, settings: Settings, *, by_itself: bool = True) -> None:
        super().__init__(settings, engine=ObservedEngine(settings, self, by_itself=by_itself))
        self._borrowed = False
        self._telling = threading.RLock()
        self.telling = True
        """Whether observers hear of anything."""
        self._observers: tuple[Observer, ...] = ()
        self._viewer: int | None = None
        self._diversity: dict[int, Diversity] = {}
        self.moment: HistoryPoint = {}
        """The last numbers given out when the store was opened: where this session begins."""

    def open(self, on_progress: Callable[[int, int, str], None] | None = None) -> None:
        """As the service does."""
        super().open(on_progress)
        self.moment = history_point(self.store)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` with every step, on the thread that did it. The result ends that."""
        self._observers = (*self._observers, observer)

        def end() -> None:
            self._observers = tuple(known for known in self._observers if known is not observer)

        return end

    @contextlib.contextmanager
    def deed(self, *, teaches: bool = False) -> Iterator[None]:
        """A change and its telling, so that steps are told in the order in which they happened.

        `teaches`: the model learns from it, and it comes from a thread that may wait for the engine.
        """
        del teaches  # here nobody waits
        with self._telling:
            yield

    def tell(self, step: Step) -> None:
        """Let the observers hear of a step."""
        if self.telling:
            for observer in self._observers:
                observer(step)

    # ------------------------------------------------------------------------------------------------------- viewers

    def new_viewer(self, name: str) -> User:
        """As the service does."""
        with self.deed():
            user = super().new_viewer(name)
            self._viewer = user.user_id
            self.tell(Login(user.name, new=True))
            return user

    def remember_viewer(self, user: User) -> None:
        """As the service does; the screens call it when somebody logs in."""
        with self.deed():
            super().remember_viewer(user)
            self._is_there(user.user_id)

    def _is_there(self, user_id: int) -> None:
        """See that the viewer whom a step is about was told of."""
        if self._viewer != user_id:
            self._viewer = user_id
            self.tell(Login(self.store.user_by_id(user_id).name))

    # --------------------------------------------------------------------------------------------------------- deeds

    def rate(self, user_id: int, movie_id: int, stars: float) -> RatingEvent:
        """As the service does."""
        with self.deed(teaches=True):
            self._is_there(user_id)
            event = super().rate(user_id, movie_id, stars)
            self.tell(Rate({self._name(movie_id): Stars(stars)}))
            return event

    def take_back(self, user_id: int, movie_id: int) -> RatingEvent:
        """As the service does."""
        with self.deed(teaches=True):
            self._is_there(user_id)
            event = super().take_back(user_id, movie_id)
            self.tell(TakeBack((self._name(movie_id),)))
            return event

    def watch(self, user_id: int, movie_id: int, kind: WatchKind, seconds: int | None = None) -> WatchEvent:
        """As the service does. A playback is told of when it ends."""
        with self.deed():
            self._is_there(user_id)
            event = super().watch(user_id, movie_id, kind, seconds)
            if kind is WatchKind.OPENED:
                self.tell(Open(self._name(movie_id)))
            elif kind in (WatchKind.FINISHED, WatchKind.ABANDONED):
                until = Place("end") if kind is WatchKind.FINISHED else _clock(seconds)
                self.tell(Watch(self._name(movie_id), until=until))
            return event

    def searched(self, text: str, genre: str | None = None) -> None:
        """As the service does."""
        with self.deed():
            super().searched(text, genre)
            self.tell(Search(text, Genre(genre) if genre else None))

    def add_movie(self, title: str, *facts: Any, **more: Any) -> Movie:
        """As the service does."""
        with self.deed(teaches=True):
            movie = super().add_movie(title, *facts, **more)
            genres = tuple(Genre(genre) for genre in movie.genres)
            self.tell(
                AddMovie(movie.title, movie.year, genres, movie.runtime, movie.director, movie.country, movie.synopsis)
            )
            return movie

    def asked_for(self, user_id: int, wanted: Diversity) -> None:
        """A list was asked for: the toggle may have changed since the last one."""
        first, before = user_id not in self._diversity, self._diversity.get(user_id, Diversity())
        if wanted == before:
            return
        with self.deed():
            self._is_there(user_id)
            self._diversity[user_id] = wanted
            fields = ("on", "strength", "method")
            changed = {name: getattr(wanted, name) for name in fields if getattr(wanted, name) != getattr(before, name)}
            if first:  # in full: another version may have other defaults
                changed = {name: getattr(wanted, name) for name in fields}
            self.tell(Diversify(**changed))

    def has_asked(self) -> None:
        """A list was asked for."""

    def trains(self, run: RunKind, epochs: int | None) -> None:
        """A viewer wants the model to be trained, beside what goes on."""
        with self.deed():
            self.engine.train_untold(run, epochs)
            self.tell(Train(run, Epochs(epochs) if epochs else None, wait=False))

    def _name(self, movie_id: int) -> MovieName:
        return MovieName(Movies.of(self.catalogue).name_of(movie_id))


def _clock(seconds: int | None) -> Place:
    hours, rest = divmod(seconds or 0, 3600)
    return Place(f"{hours}:{rest // 60:02}:{rest % 60:02}")
