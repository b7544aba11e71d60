"""What a script can expect: of the list, of stars, of figures, of the screen, and that a step fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.replay.kinds import AnyStep, Genre, MovieName, Place, Stars


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number must be. A number alone is `exactly`."""

    SHORT: ClassVar[str] = "exactly"

    exactly: float | None = None
    """This number."""
    at_least: float | None = None
    """This number or more."""
    at_most: float | None = None
    """This number or less."""
    than_before: Literal["more", "less", "same"] | None = None
    """Compared with the same figure of the list before."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of the last training run."""

    loss: Bounds | None = None
    """Training loss at its end."""
    val_rmse: Bounds | None = None
    """RMSE in stars on the held-out ratings."""
    val_ndcg10: Bounds | None = None
    """NDCG@10 on the held-out ratings."""
    epochs: Bounds | None = None
    """Epochs that were run."""


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """Figures of the engine's process."""

    restarts: Bounds | None = None
    """How often it was started again."""
    behind: Bounds | None = None
    """Ratings that are not in the weights yet."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be true now, or a step that must fail. Everything named must hold."""

    WORD: ClassVar[str] = "expect"

    contains: tuple[MovieName, ...] = ()
    """Movies that the list holds."""
    absent: tuple[MovieName, ...] = ()
    """Movies that the list does not hold."""
    first: MovieName | None = None
    """The movie at the top of the list."""
    moved_up: tuple[MovieName, ...] = ()
    """Movies of the list that stand higher than in the list before, or were not in it."""
    moved_down: tuple[MovieName, ...] = ()
    """Movies of the list before that stand lower now, or are gone."""
    overlap: Bounds | None = None
    """How many movies of the list were in the list before too."""
    size: Bounds | None = None
    """How many movies the list holds."""
    since: Literal["deed", "login"] = "deed"
    """Which list is the one before: that before the viewer's last deed, or the first one after the last login."""
    genres: Mapping[Genre, Bounds] | None = None
    """How many movies of the list are of a genre."""
    coverage: Bounds | None = None
    """How many genres the list holds."""
    ild: Bounds | None = None
    """The list's intra-list diversity, 0 to 1."""
    plain_ild: Bounds | None = None
    """The same for the list as it would be without diversity."""
    mean_stars: Bounds | None = None
    """Mean predicted stars of the list."""
    reasons: Mapping[MovieName, tuple[MovieName, ...]] | None = None
    """Movies of the list, each with rated movies that must be among the reasons given for it."""
    stars: Mapping[MovieName, Bounds] | None = None
    """Predicted stars of movies, in the list or not."""
    rated: Mapping[MovieName, Stars | None] | None = None
    """The viewer's own stars as the database holds them; `none` for a movie that is not rated."""
    ratings: Bounds | None = None
    """How many movies the viewer has rated."""
    watched: Mapping[MovieName, Place] | None = None
    """Where the viewer left a movie: `start` when it was never begun, `end` when it was finished."""
    found: tuple[MovieName, ...] = ()
    """Movies that the last search found."""
    hits: Bounds | None = None
    """How many movies the last search found."""
    metrics: Metrics | None = None
    """Figures of the last training run."""
    engine: EngineFigures | None = None
    """Figures of the engine's process."""
    screen: tuple[str, ...] = ()
    """Texts that stand on the screen. The script is then played on a screen, seen or unseen."""
    error: str | None = None
    """Part of the message with which the step in `when` must fail."""
    when: AnyStep | None = None
    """The step that must fail; it changes nothing."""
