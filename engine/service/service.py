"""The service: what a viewer can do, over the store and the engine. The screens and the replays drive nothing else."""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING

from engine import config
from engine.errors import StoreError
from engine.service.catalogue import Catalogue
from engine.service.client import EngineClient
from engine.service.kept_runs import run_folder
from engine.service.viewers import last_viewer, remember_viewer, taste_start
from engine.types import MIDDLE, Movie

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self, Unpack

    from engine.importing import Reading
    from engine.runs import KeptRun, RunFolder
    from engine.service.settings import Settings
    from engine.store import Store
    from engine.types import Diversity, MovieDetails, RatingEvent, RunKind, StoreCounts, User, WatchEvent, WatchKind

    SearchListener = Callable[[str, str | None], None]

_IMPORTING = "engine.importing.load"
"""Named, not imported: it brings pandas, and the screens must start fast."""
_TASTE_SAMPLE = 50_000
"""Newest rating events from which the well-known movies are counted: bounded, whatever the size of the log."""


class Service:
    """Thread-safe. A write returns after COMMIT and is announced to the engine; no method waits for it.

    UnknownPreset when there is no such preset. Every method that reads or writes raises one of `engine.errors` and
    nothing else.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        auto_train: bool = True,
        engine: EngineClient | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        config.preset(settings.preset)
        self.settings = settings
        self.catalogue = Catalogue(())
        """Empty until `open`. A new movie makes a new catalogue."""
        self.engine = engine or EngineClient(settings, auto_train=auto_train)
        """Not running until `engine.start()`. One that was given is not stopped by `close()`."""
        self._borrowed = engine is not None
        self.clock = clock
        """Gives the epoch seconds of a rating; None: the time of day."""
        self._store: Store | None = None
        self._search_listeners: tuple[SearchListener, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self, on_progress: Callable[[int, int, str], None] | None = None) -> None:
        """Open the store, made from the fixtures if it does not exist, and load the catalogue; may take seconds.

        `on_progress(done, total, what)` is called as the database is made.
        """
        from engine.store import ensure_store

        self._store = ensure_store(self.settings.database, on_progress=on_progress)
        self.catalogue = Catalogue(self._store.movies())

    def close(self) -> None:
        """Stop the engine, then close the store."""
        if not self._borrowed:
            self.engine.stop()
        if self._store:
            self._store.close()
            self._store = None

    @property
    def store(self) -> Store:
        """The open store, for headless commands; the screens use the methods below."""
        if self._store is None:
            raise StoreError("the database is not open yet: call open() first")
        return self._store

    # --------------------------------------------------------------------------------------------------------- viewers

    def viewers(self, query: str = "", limit: int = 50) -> list[User]:
        """Viewers whose name holds `query`, with their number of ratings."""
        return self.store.users(query, limit)

    def viewer(self, name: str) -> User:
        """The viewer of that name; UnknownUser names the nearest."""
        return self.store.user(name)

    def new_viewer(self, name: str) -> User:
        """A new viewer; NameTaken when the name is taken, empty or too long."""
        viewer = self.store.add_user(name)
        self.engine.catalogue_changed()
        return viewer

    def last_viewer(self) -> User | None:
        """Who logged in last on this store and still exists."""
        name = last_viewer(self.settings.state_path, self.store.uuid)
        return next((user for user in self.store.users(name) if user.name == name), None) if name else None

    def remember_viewer(self, user: User) -> None:
        """Show `user` first on the log-in screen from now on, if the state folder can be written.

        Where it can't, the start of the engine warns of it, since the log lies there too.
        """
        with contextlib.suppress(OSError):
            remember_viewer(self.settings.state_path, self.store.uuid, user.name)

    def taste_start(self, n: int = 12) -> list[Movie]:
        """Movies to ask a new viewer about: those that tell the model most, well known ones among them.

        Before there is a model: well known, of different genres and decades.
        """
        asked = [self.catalogue.by_id[movie] for movie in self.engine.questions if movie in self.catalogue.by_id]
        if len(asked) >= n:
            return asked[:n]
        sample = self.store.events_after(max(0, self.store.last_seq() - _TASTE_SAMPLE))
        return taste_start(self.catalogue, sample.movie_id.tolist(), n)

    # --------------------------------------------------------------------------------------------------------- ratings

    def ratings(self, user_id: int) -> dict[int, RatingEvent]:
        """A viewer's current ratings by movie id."""
        return self.store.ratings_of(user_id)

    def rating_history(self, user_id: int, limit: int = 200) -> list[RatingEvent]:
        """Newest first, with re-ratings and those taken back."""
        return self.store.history(user_id, limit)

    def rate(self, user_id: int, movie_id: int, stars: float) -> RatingEvent:
        """Store a rating (0.5 to 5 in half steps); on return it is committed and announced to the engine."""
        return self._announced(self.store.rate(user_id, movie_id, stars, self._now()))

    def take_back(self, user_id: int, movie_id: int) -> RatingEvent:
        """Take a rating back; on return that is committed and announced to the engine."""
        return self._announced(self.store.take_back(user_id, movie_id, self._now()))

    def _now(self) -> int | None:
        return self.clock() if self.clock else None

    def _announced(self, event: RatingEvent) -> RatingEvent:
        self.engine.ratings_changed(event.seq)
        return event

    # ------------------------------------------------------------------------------------------------------ the engine

    def request_list(self, user_id: int, n: int = 5, diversity: Diversity | None = None, lens: int = MIDDLE) -> int:
        """Ask the engine for a viewer's list through a lens, 0 (familiar) to 4 (loved); returns its id at once."""
        return self.engine.request_list(user_id, n, diversity, lens=lens)

    def train(self, run: RunKind = "full", epochs: int | None = None) -> None:
        """Start a training run now, in place of the one in progress."""
        self.engine.train(run, epochs)

    def stop_training(self) -> None:
        """End the full run in progress, unless it is the first; the model that serves stays."""
        self.engine.stop_training()

    # -------------------------------------------------------------------------------------------------------- watching

    def watch(self, user_id: int, movie_id: int, kind: WatchKind, seconds: int | None = None) -> WatchEvent:
        """Store what happened to a movie on the viewer's screen; `seconds` is the position in the movie."""
        return self.store.watch(user_id, movie_id, kind, seconds)

    def watch_history(self, user_id: int, limit: int = 200) -> list[WatchEvent]:
        """Newest first."""
        return self.store.watch_history(user_id, limit)

    def watch_position(self, user_id: int, movie_id: int) -> int | None:
        """Where the viewer left the movie, in seconds; None when it was never started, or was finished."""
        return self.store.watch_position(user_id, movie_id)

    # --------------------------------------------------------------------------------------------------- the catalogue

    def searched(self, text: str, genre: str | None = None) -> None:
        """A viewer has settled on a search of the catalogue. Nothing is stored; the listeners hear of it."""
        for listener in self._search_listeners:
            listener(text, genre)

    def on_search(self, listener: SearchListener) -> None:
        """Call `listener` with the text and the genre of every search, on the thread of the search."""
        self._search_listeners = (*self._search_listeners, listener)

    def add_movie(self, title: str, **details: Unpack[MovieDetails]) -> Movie:
        """Add a movie that nobody rated yet; the catalogue and the engine know it from now on."""
        movie = self.store.add_movie(title, **details)
        self.catalogue = Catalogue((*self.catalogue.movies, movie))
        self.engine.catalogue_changed()
        return movie

    def import_dataset(self, path: str | Path, format: str | None = None) -> Reading:
        """Add a data set beside what the store holds, as `matinee import --merge` does; ImportFailed."""
        result = importlib.import_module(_IMPORTING).import_dataset(path, format, self.settings.database, merge=True)
        self.refresh()
        reading: Reading = result.reading
        return reading

    def movies_to_import(self, path: str | Path, format: str | None = None) -> tuple[Movie, ...]:
        """The movies that `import_dataset` would add, with the numbers that follow the catalogue's; nothing is written.

        None of a data set that is in the store already. ImportFailed.
        """
        importing = importlib.import_module(_IMPORTING)
        with importing.open_dataset(path, format) as found:
            mark = importing.fingerprint(found)
            if any(record.fingerprint == mark and record.done for record in self.store.imports()):
                return ()
            rows = [row.as_new() for row in importing.read_found(found).movie_rows]
        last = max((movie.movie_id for movie in self.catalogue.movies), default=0)
        return tuple(
            Movie(
                number, row.title, row.year, row.genres, row.runtime, row.director, row.country, row.synopsis,
                row.original_title,
            )
            for number, row in enumerate(rows, start=last + 1)
        )  # fmt: skip

    def refresh(self) -> None:
        """Read what another program wrote: movies, viewers and ratings."""
        self.catalogue = Catalogue(self.store.movies())
        self.engine.catalogue_changed()
        self.engine.ratings_changed(self.store.last_seq())

    def runs(self) -> list[KeptRun]:
        """The training runs that were kept, oldest first."""
        return self.run_folder.runs()

    @property
    def run_folder(self) -> RunFolder:
        """Where they are kept."""
        return run_folder(self.store.url, self.store.uuid)

    def counts(self) -> StoreCounts:
        """How much the store holds."""
        return self.store.counts()

    def data_name(self, last_seq: int | None = None) -> str:
        """What the store holds, or held up to a rating: the fixtures and nothing else, or its identity and log."""
        imports, last = self.store.imports(), self.store.last_seq() if last_seq is None else last_seq
        if len(imports) == 1 and imports[0].source == "fixtures" and imports[0].rows_done == last:
            return f"fixtures {imports[0].fingerprint[:16]}"
        return f"{self.store.uuid} up to rating {last}"
