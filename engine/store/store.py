"""The store: viewers, movies, ratings and viewing, in a file or on a server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from engine.store import checkpoints, events, imports, movies, schema, users
from engine.store.users import APP_SOURCE
from engine.types import StoreCounts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from engine.store.checkpoints import Checkpoint
    from engine.store.connection import Connection
    from engine.store.events import EventColumns
    from engine.store.imports import ImportRecord
    from engine.store.movies import MovieOrigin
    from engine.store.url import DatabaseUrl
    from engine.store.users import UserOrigin
    from engine.types import Movie, RatingEvent, User, WatchEvent, WatchKind

# The view `ratings` asks for each event whether there is a later one. A server whose statistics are older than the rows
# may answer that with the wrong index (15 s for 120,000 ratings), so all pairs are counted, less those taken back.
_PAIRS = "SELECT COUNT(*) FROM (SELECT user_id, movie_id FROM rating_events GROUP BY user_id, movie_id) pairs"
_TAKEN_BACK = (
    "SELECT COUNT(*) FROM rating_events e WHERE e.half_stars IS NULL AND e.seq = "
    "(SELECT MAX(l.seq) FROM rating_events l WHERE l.user_id = e.user_id AND l.movie_id = e.movie_id)"
)
_COUNTS = (
    f"SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM movies), ({_PAIRS}) - ({_TAKEN_BACK}), "
    "(SELECT last_used FROM counters WHERE name = 'rating_events'), (SELECT COUNT(*) FROM watch_events)"
)


class Store:
    """An open store; made by `open_store` or `ensure_store`, closed by `close()` or the end of a `with`.

    Any thread may call any method: one lock lets one of them at the connection at a time. What writes returns only
    after COMMIT. Every failure is one of engine.errors.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        """For the modules of this package only."""
        self.lock = threading.RLock()
        """Held around every use of the connection."""
        self.uuid = schema.uuid_of(connection)
        """The identity of this database: caches and checkpoints are tied to it."""

    @property
    def url(self) -> DatabaseUrl:
        """Where the store lies; shown with the password as ***."""
        return self.connection.url

    # ---------------------------------------------------------------------------------------------------- viewers

    def users(self, query: str = "", limit: int = 50) -> list[User]:
        """Viewers whose name holds `query`, with their rating counts; for "" the app's newest first, then by name."""
        with self.lock:
            return users.find(self.connection, query, limit)

    def user(self, name: str) -> User:
        """The viewer of that name (capitals aside); UnknownUser names the nearest."""
        with self.lock:
            return users.by_name(self.connection, name)

    def user_by_id(self, user_id: int) -> User:
        """The viewer of that number, or UnknownUser."""
        with self.lock:
            return users.by_id(self.connection, user_id)

    def add_user(self, name: str, source: str = APP_SOURCE) -> User:
        """A new viewer; NameTaken when the name is another's, empty or too long."""
        with self.lock:
            return users.add(self.connection, name, source)

    # ------------------------------------------------------------------------------------------------------ movies

    def movies(self) -> list[Movie]:
        """The catalogue by number."""
        with self.lock:
            return movies.all_movies(self.connection)

    def add_movie(
        self,
        title: str,
        year: int | None = None,
        genres: Sequence[str] = (),
        runtime: int | None = None,
        director: str | None = None,
        country: str | None = None,
        synopsis: str | None = None,
        original_title: str | None = None,
        source: str = APP_SOURCE,
    ) -> Movie:
        """A new movie; BadMovie for what the store can't hold."""
        new = movies.NewMovie(title, year, genres, runtime, director, country, synopsis, original_title)
        with self.lock:
            return movies.add(self.connection, new, source)

    # ----------------------------------------------------------------------------------------------------- ratings

    def rate(self, user_id: int, movie_id: int, stars: float, rated_at: int | None = None) -> RatingEvent:
        """Rate, or rate again; BadStars, UnknownUser, UnknownMovie. `rated_at` is now when not given."""
        half_stars = events.half_stars_of(stars)
        with self.lock:
            return events.append_rating(self.connection, user_id, movie_id, half_stars, rated_at)

    def take_back(self, user_id: int, movie_id: int, rated_at: int | None = None) -> RatingEvent:
        """Take a rating back; the history keeps it."""
        with self.lock:
            return events.append_rating(self.connection, user_id, movie_id, None, rated_at)

    def ratings_of(self, user_id: int) -> dict[int, RatingEvent]:
        """A viewer's current ratings by movie."""
        with self.lock:
            return events.current_ratings(self.connection, user_id)

    def history(self, user_id: int, limit: int = 200) -> list[RatingEvent]:
        """What a viewer rated, rated again and took back, newest first."""
        with self.lock:
            return events.rating_history(self.connection, user_id, limit)

    def stars_before(self, event: RatingEvent) -> int | None:
        """Half stars of that viewer and movie before an event; None where there were none."""
        with self.lock:
            return events.half_stars_before(self.connection, event)

    def last_seq(self) -> int:
        """The number of the newest rating event; 0 when there is none."""
        with self.lock:
            return events.last_seq(self.connection)

    def events_after(self, seq: int, limit: int | None = None) -> EventColumns:
        """The rating log after `seq`, in order, without holes, as numpy columns."""
        with self.lock:
            return events.ratings_after(self.connection, seq, limit)

    # ---------------------------------------------------------------------------------------------------- watching

    def watch(self, user_id: int, movie_id: int, kind: WatchKind, seconds: int | None = None) -> WatchEvent:
        """Record what happened to a movie on a viewer's screen."""
        with self.lock:
            return events.append_watch(self.connection, user_id, movie_id, kind, seconds)

    def watch_history(self, user_id: int, limit: int = 200) -> list[WatchEvent]:
        """A viewer's watch events, newest first."""
        with self.lock:
            return events.watch_history(self.connection, user_id, limit)

    def watch_position(self, user_id: int, movie_id: int) -> int | None:
        """Where a viewer left a movie, in seconds; None when never started, or finished."""
        with self.lock:
            return events.watch_position(self.connection, user_id, movie_id)

    # ------------------------------------------------------------------------------------------------------- facts

    def counts(self) -> StoreCounts:
        """How much the store holds; about a second for a million ratings."""
        with self.lock, self.connection.patient():
            [row] = self.connection.read(lambda session: session.rows(_COUNTS))
        return StoreCounts(*(int(value) for value in row))

    def imports(self) -> list[ImportRecord]:
        """What was imported, oldest first; the fixtures count as one."""
        with self.lock:
            return imports.all_imports(self.connection)

    def user_origins(self) -> list[UserOrigin]:
        """All viewers by number, with where they came from."""
        with self.lock:
            return users.origins(self.connection)

    def movie_origins(self) -> list[MovieOrigin]:
        """Where all movies came from, by number."""
        with self.lock:
            return movies.origins(self.connection)

    def add_checkpoint(self, checkpoint: Checkpoint) -> Checkpoint:
        """Record a trained model; returns it with its number and time."""
        with self.lock:
            return checkpoints.add(self.connection, checkpoint)

    def checkpoints(self) -> list[Checkpoint]:
        """Trained models, newest first."""
        with self.lock:
            return checkpoints.newest_first(self.connection)

    def cautions(self) -> list[str]:
        """What the settings of the database put at risk, in sentences with the remedy; empty when nothing is."""
        with self.lock:
            return self.connection.cautions()

    def close(self) -> None:
        """Close the connection; twice is once."""
        with self.lock:
            self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
