"""The plain data that crosses module and process borders: frozen, picklable, free of numpy, pandas and jax.

The screens, the service, the worker and the command line all speak in these types, so this module imports nothing but
the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, get_args

# --------------------------------------------------------------------------------------------------------------- store


@dataclass(frozen=True, slots=True)
class User:
    """A viewer: a person who rates."""

    user_id: int
    name: str
    """Display name, stripped; unique when casefolded."""
    source: str
    """Where the viewer came from: `matinee` (the screen), `fixtures`, or the name of an imported data set."""
    created_at: int
    """Epoch seconds, UTC."""
    n_ratings: int = 0
    """Current ratings, where the query counted them; 0 otherwise."""


@dataclass(frozen=True, slots=True)
class Movie:
    """An item of the catalogue."""

    movie_id: int
    title: str
    """Display title: year removed, a trailing article moved to the front."""
    year: int | None = None
    genres: tuple[str, ...] = ()
    """Genre names in alphabetical order; empty when none are known."""
    runtime: int | None = None
    """Minutes."""
    director: str | None = None
    country: str | None = None
    synopsis: str | None = None
    original_title: str | None = None
    """The title in its own language where it differs."""

    @property
    def label(self) -> str:
        """Title with the release year, as people write it."""
        return f"{self.title} ({self.year})" if self.year else self.title


@dataclass(frozen=True, slots=True)
class RatingEvent:
    """One line of the append-only log: a rating, a re-rating, or (`half_stars` None) a rating taken back."""

    seq: int
    user_id: int
    movie_id: int
    half_stars: int | None
    """1 to 10 (0.5 to 5 stars), or None when the rating was taken back."""
    rated_at: int
    """Epoch seconds, UTC."""

    @property
    def stars(self) -> float | None:
        """The rating in stars, 0.5 to 5, or None when it was taken back."""
        return None if self.half_stars is None else self.half_stars / 2


class WatchKind(IntEnum):
    """What happened to a movie on a viewer's screen."""

    SHOWN = 1
    OPENED = 2
    STARTED = 3
    PROGRESS = 4
    FINISHED = 5
    ABANDONED = 6


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One line of the append-only viewing log."""

    seq: int
    user_id: int
    movie_id: int
    kind: WatchKind
    seconds: int | None
    """Position in the movie, in seconds of the movie."""
    happened_at: int
    """Epoch seconds, UTC."""


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """How much a store holds."""

    users: int
    movies: int
    ratings: int
    rating_events: int
    watch_events: int


# -------------------------------------------------------------------------------------------------------------- engine

DiversityMethod = Literal["calibrated", "mmr", "dpp"]
DEFAULT_METHOD: DiversityMethod = "dpp"
DEFAULT_STRENGTH = 0.3
"""Method and strength with the highest ILD of five movies for at most 5 % of their NDCG@5, on two data sets.

Chosen on validation ratings by `matinee evaluate --diversity`: on MovieLens 100K (--seeds 0,1,2) ILD rises from .793 to
.874 for 3.7 %, on MovieLens 1M (--viewers 6000) from .717 to .832 for 3.7 %. At .4 it would be .891 for 4.9 % and .854
for 5.1 %; within the price on both MMR comes to .876 and .821, calibration stays below .84 and .80.
"""


Order = Literal["relevance", "choice", "stars"]
Lens = Literal["familiar", "mostly-familiar", "middle", "mostly-loved", "loved"]
LENSES: tuple[Lens, ...] = get_args(Lens)
"""From lists of what people choose to lists of what they love: see `engine.inference.relevance`."""
MIDDLE = 2


@dataclass(frozen=True, slots=True)
class Diversity:
    """The genre-diversity toggle: whether the list is re-ranked, how strongly, and by which method."""

    on: bool = False
    strength: float = DEFAULT_STRENGTH
    """0 (the list as scored) to 1 (variety alone). Applied only while `on`."""
    method: DiversityMethod = DEFAULT_METHOD


@dataclass(frozen=True, slots=True)
class Reason:
    """A movie the viewer rated that speaks for a recommended one."""

    movie_id: int
    stars: float
    share: float
    """Its part of the recommended movie's score; shares of one item need not sum to 1."""
    stars_share: float = 0.0
    """What of it comes from rating alike; the rest comes from watching alike."""

    @property
    def by_rating(self) -> bool:
        """Whether more of it comes from rating alike than from watching alike."""
        return 2 * self.stars_share > self.share


@dataclass(frozen=True, slots=True)
class ListItem:
    """One line of the list."""

    movie_id: int
    score: float
    """Ranking score: orders the list, has no unit."""
    stars: float
    """Predicted stars, 0.5 to 5: what the viewer would give it, who did not choose it."""
    reasons: tuple[Reason, ...] = ()
    for_variety: bool = False
    """True when diversity brought it in: the plain top n does not hold it."""
    interval: tuple[float, float] | None = None
    """Stars from where to where four of five ratings lie; None where nobody asked the model."""
    familiar: bool = False
    """True when movies further down have far more predicted stars: it stands here as a likely choice."""


@dataclass(frozen=True, slots=True)
class ListStats:
    """Figures of one list."""

    ild: float
    """Intra-list diversity: mean pairwise genre distance, 0 to 1."""
    genres: int
    """Distinct genres in the list."""
    mean_stars: float
    """Mean predicted stars of the list."""
    ratings: float = 0.0
    """Mean number of ratings that the model has learned of a movie of the list."""
    known: float = 0.0
    """How well known its movies are: mean share of the catalogue's movies that have fewer ratings, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Recommendations:
    """A viewer's list, with what diversity did to it and how it was made."""

    request_id: int
    """The request that this answers."""
    user_id: int
    items: tuple[ListItem, ...]
    seen_seq: int
    """The last rating event that the viewer's history held."""
    trained_seq: int
    """The last rating event that the weights have learned from."""
    diversity: Diversity
    plain: ListStats
    """Figures of the list without diversity."""
    shown: ListStats
    """Figures of the list as shown."""
    brought_in: tuple[int, ...] = ()
    """By diversity, into the plain list."""
    pushed_out: tuple[int, ...] = ()
    """By diversity, out of the plain list."""
    latency_ms: float = 0.0
    """Time in the engine, from reading the request to the finished list."""
    order: Order = "relevance"
    """What has ordered the list: a lens changes relevance alone."""
    lens: int = MIDDLE
    """0 (familiar) to 4 (loved)."""
    middle: ListStats | None = None
    """Figures of the plain list at the middle of the lens; None where that is the plain list."""
    middle_movies: tuple[int, ...] = ()
    """That list; empty where it is the plain list."""

    @property
    def entered(self) -> tuple[int, ...]:
        """Movies that lens and diversity brought into the list, in its order."""
        usual = self._usual
        return tuple(item.movie_id for item in self.items if item.movie_id not in usual)

    @property
    def left(self) -> tuple[int, ...]:
        """Movies that they pushed out of it, best first."""
        listed = {item.movie_id for item in self.items}
        return tuple(movie_id for movie_id in self._usual if movie_id not in listed)

    @property
    def usual(self) -> ListStats:
        """Figures of the list with the lens at its middle and without diversity."""
        return self.middle or self.plain

    @property
    def _usual(self) -> tuple[int, ...]:
        if self.middle_movies:
            return self.middle_movies
        kept = (item.movie_id for item in self.items if item.movie_id not in self.brought_in)
        return (*kept, *self.pushed_out)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predicted stars and order of the whole catalogue for one viewer, small enough to send after every rating."""

    user_id: int
    seen_seq: int
    movie_ids: tuple[int, ...]
    """Every movie known to the model, best ranking score first, rated ones included."""
    stars_tenths: bytes
    """Predicted stars times ten, one byte a movie, in the order of `movie_ids`.

    Of a movie that the viewer did not rate as they would give them who did not choose it.
    """
    low_halves: bytes = b""
    high_halves: bytes = b""
    """The lowest and highest half stars that the intervals hold, one byte a movie: see `engine.stars.half_stars_in`."""


RunKind = Literal["full", "incremental"]
RecordEvent = Literal["compiled", "step", "epoch", "done"]


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """One record of the live metrics stream."""

    event: RecordEvent
    run: RunKind
    preset: str
    device: str
    epoch: int
    epochs: int
    """Planned epochs; early stopping may end before."""
    step: int
    """Optimiser steps since the run began."""
    steps: int
    """Planned steps of the run."""
    loss: float | None
    """Training loss of the last chunk of steps."""
    val_rmse: float | None = None
    """RMSE in stars on the held-out ratings; only on `epoch` and `done`.

    On an `epoch` of a full training that of the epoch's network alone, over a sample of the viewers; on its `done` that
    of the best epoch before the finish, over all viewers, the neighbours' corrections included. On the `done` of an
    incremental run that of the ratings by which it is accepted.
    """
    val_ndcg10: float | None = None
    """NDCG@10 of the lists' order on held-out ratings of four stars and more; only on `epoch` and `done` of a full run.

    By relevance from the first epoch's network and the choice model there was, on `done` from the best epoch's network
    and the fitted choice model; where the network alone makes the order, of the best epoch so far.
    """
    ratings_per_s: float = 0.0
    ms_per_step: float = 0.0
    compile_s: float = 0.0
    memory_mb: float = 0.0
    elapsed_s: float = 0.0
    rollbacks: int = 0
    """Updates undone so far because a loss was not finite."""
    drift: float | None = None
    """See `EngineStatus.drift`; only on `epoch` and `done`."""


EngineState = Literal["starting", "loading", "training", "learning", "ready", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the engine is doing, as the screens show it."""

    state: EngineState = "starting"
    device: str = ""
    preset: str = ""
    trained_seq: int = 0
    """The last rating event in the weights."""
    seen_seq: int = 0
    """The last rating event the engine has read."""
    ratings_behind: int = 0
    """Rating events read but not yet in the weights."""
    n_users: int = 0
    n_movies: int = 0
    n_ratings: int = 0
    drift: float | None = None
    """Held-out RMSE of the serving weights minus that of the last full training; None before there is one.

    On the ratings by which every incremental run is accepted, of the network alone: without neighbours and cold start.
    """
    rollbacks: int = 0
    """Updates undone because a loss was not finite."""
    restarts: int = 0
    """How often the child process was started again."""
    detail: str = ""
    """One sentence for people: what is loading, or why it failed and what to do."""
