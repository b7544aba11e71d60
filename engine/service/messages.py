"""The protocol between the app and the engine's child process: small frozen messages over a pipe.

Requests go down, replies and news come up. Nothing here is bigger than a list of the catalogue packed in bytes; ratings
never travel, since both sides read the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.types import Diversity, EngineStatus, Predictions, Reason, Recommendations, RunKind, TrainingRecord

# ---------------------------------------------------------------------------------------------------- app to engine


@dataclass(frozen=True, slots=True)
class Configure:
    """First message to a new child: what to open and how to train."""

    database_url: str = field(repr=False)
    """With its password, so never printed."""
    preset: str = "default"
    device: str = "auto"
    seed: int = 0
    cache_dir: str = ""
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class RequestList:
    """Make a viewer's list from the weights as they are (fold-in), and the predictions of the whole catalogue."""

    request_id: int
    user_id: int
    n: int = 5
    diversity: Diversity = field(default_factory=Diversity)
    with_predictions: bool = True


@dataclass(frozen=True, slots=True)
class RatingsChanged:
    """The store holds news up to `seq`: read them, and learn from them when there is time."""

    seq: int


@dataclass(frozen=True, slots=True)
class Explain:
    """Which rated movies speak for one movie."""

    request_id: int
    user_id: int
    movie_id: int


@dataclass(frozen=True, slots=True)
class Train:
    """Start a run now; a run in progress is ended at its next chunk."""

    run: RunKind = "full"
    epochs: int | None = None
    """None: as the preset says."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Save what is worth saving and end."""


Request = Configure | RequestList | RatingsChanged | Explain | Train | Shutdown

# ---------------------------------------------------------------------------------------------------- engine to app


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """What the engine is doing now."""

    status: EngineStatus


@dataclass(frozen=True, slots=True)
class Trained:
    """One record of the live metrics."""

    record: TrainingRecord


@dataclass(frozen=True, slots=True)
class ListReady:
    """The answer to `RequestList`."""

    recommendations: Recommendations


@dataclass(frozen=True, slots=True)
class PredictionsReady:
    """The whole catalogue for the same viewer; follows `ListReady`."""

    predictions: Predictions


@dataclass(frozen=True, slots=True)
class Explained:
    """The answer to `Explain`."""

    request_id: int
    movie_id: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a viewer should know; shown as a toast."""

    level: Literal["information", "warning", "error"]
    text: str


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A request that could not be answered."""

    request_id: int
    text: str


Reply = StatusChanged | Trained | ListReady | PredictionsReady | Explained | Notice | RequestFailed
