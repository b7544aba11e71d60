"""How patient the worker is, and how it judges models: what tests set otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.worker.data import LEAST_SAVED
from engine.worker.drift import drift_of, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.recommender import Recommender


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Times in seconds."""

    retry_s: float = 5.0
    """How often a database that can't be opened is tried again."""
    poll_s: float = 2.0
    """How often the store is asked for what other programs wrote."""
    list_first_s: float = 0.05
    """Learning waits so long after a rating: the list that the rating asks for must not share the cores with it."""
    record_s: float = 0.03
    """Least time between two records of steps on their way to the app."""
    save_every_s: float = 30.0
    """Least time between two checkpoints of incremental runs, where the engine starts them itself."""
    slow_list_ms: float = 250.0
    """A list that took longer is logged as slow."""
    least_saved: int = LEAST_SAVED
    """New events fewer than this are quicker to read again than to write to the copy."""
    drift_of: Callable[[Recommender], float | None] = drift_of
    """See `EngineStatus.drift`."""
    errors: Callable[[Recommender, Recommender], tuple[float, float]] = errors
    """RMSE of the model that serves and of a new one on ratings that neither was trained on."""
