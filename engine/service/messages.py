"""The protocol between the app and the engine's child process: small frozen messages over a pipe.

Requests go to the child, replies come back. Nothing here is bigger than a list of the catalogue packed in bytes;
ratings never travel, since both sides read the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.snapshots import Subject, View
from engine.types import (
    MIDDLE,
    Diversity,
    EngineStatus,
    Order,
    Predictions,
    Reason,
    Recommendations,
    RunKind,
    TrainingRecord,
    Tried,
)

# ---------------------------------------------------------------------------------------------------- app to engine


@dataclass(frozen=True, slots=True)
class Configure:
    """First message to a new child: what to open and how to train. A second one replaces the first."""

    database_url: str = field(repr=False)
    """With its password, so never printed."""
    preset: str = "default"
    device: str = "auto"
    seed: int = 0
    cache_dir: str = ""
    restarts: int = 0
    auto_train: bool = True
    """Whether the engine starts runs itself: a full one without a good checkpoint, and one on new ratings. The command
    line and the replays set False where they start the runs; then a missing device is an error, not a notice, and
    every run is saved, so that nothing depends on the clock."""
    debug: bool = False
    """Whether log lines of level DEBUG are wanted."""


@dataclass(frozen=True, slots=True)
class RequestList:
    """Make a viewer's list from the weights as they are (fold-in), and the predictions of the whole catalogue."""

    request_id: int
    user_id: int
    n: int = 5
    diversity: Diversity = field(default_factory=Diversity)
    with_predictions: bool = True
    order: Order = "relevance"
    lens: int = MIDDLE
    """0 (familiar) to 4 (loved)."""
    tried: Tried = ()
    """Ratings to try in place of those that the store holds."""


@dataclass(frozen=True, slots=True)
class RatingsChanged:
    """The store holds rating events up to `seq`: read them, and learn from them when there is time."""

    seq: int


@dataclass(frozen=True, slots=True)
class Explain:
    """Which rated movies speak for one movie."""

    request_id: int
    user_id: int
    movie_id: int
    lens: int = MIDDLE
    """Of the order that they speak in: see `RequestList`."""


@dataclass(frozen=True, slots=True)
class Look:
    """Show something of the model to the lab; a newer one of the same viewer and kind makes this one needless."""

    request_id: int
    user_id: int
    subject: Subject


@dataclass(frozen=True, slots=True)
class Train:
    """Start a run now; a run in progress is ended at its next chunk."""

    run: RunKind = "full"
    epochs: int | None = None
    """None: as the preset says."""
    take_over: bool = True
    """Whether the new model serves even if it is worse on held-out ratings than the one that serves."""


@dataclass(frozen=True, slots=True)
class StopTraining:
    """End the full run in progress; the model that serves stays. A first training goes on: there is no other model."""


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    """The store holds new movies or viewers that no rating mentions yet."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Answered by `Pong` once every earlier request was read and the status is up to date with them."""

    request_id: int


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Save what is worth saving and end."""


Request = (
    Configure
    | RequestList
    | RatingsChanged
    | CatalogueChanged
    | Explain
    | Look
    | Train
    | StopTraining
    | Ping
    | Shutdown
)

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
class QuestionsReady:
    """Which movies to ask a new viewer about, most telling first; sent when a model has come to serve."""

    movie_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """The answer to `Look`."""

    request_id: int
    view: View


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


@dataclass(frozen=True, slots=True)
class Superseded:
    """A request that a newer one of the same viewer made needless; the newer one is answered."""

    request_id: int


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to `Ping`."""

    request_id: int


Answer = ListReady | Explained | Looked | RequestFailed | Superseded | Pong
"""What ends a request; every request with an id gets exactly one."""
Reply = StatusChanged | Trained | PredictionsReady | QuestionsReady | Notice | Answer


def answered(reply: Reply) -> int | None:
    """The id of the request that `reply` ends; None for a reply without a request."""
    if isinstance(reply, ListReady):
        return reply.recommendations.request_id
    if isinstance(reply, Explained | Looked | RequestFailed | Superseded | Pong):
        return reply.request_id
    return None
