"""A service that answers from a frame what the widgets ask, and refuses the rest: nothing can be changed on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from engine.errors import UsageError
from engine.service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.service.catalogue import Catalogue
    from engine.service.messages import Reply
    from engine.snapshots import Subject
    from engine.types import EngineStatus, TrainingRecord


@dataclass(frozen=True, slots=True)
class ReadOnlyEngine:
    """The engine's figures as they were; it runs no more."""

    status: EngineStatus
    records: tuple[TrainingRecord, ...] = ()
    next_try_s: float | None = None
    """It is not started again."""

    def start(self) -> None:
        """Nothing is started."""

    def subscribe(self, callback: Callable[[Reply], None]) -> Callable[[], None]:
        """Nothing will be said."""
        del callback
        return lambda: None

    def explain(self, user_id: int, movie_id: int, lens: int = 0) -> int:
        """No answer will come."""
        del user_id, movie_id, lens
        return 0

    def look(self, user_id: int, subject: Subject) -> int:
        """No answer will come."""
        del user_id, subject
        return 0


class ReadOnlyService:
    """The service of one frame. A method that is not here is refused with UsageError when it is called."""

    def __init__(self, catalogue: Catalogue, engine: ReadOnlyEngine) -> None:
        self.settings = Settings()
        self.catalogue = catalogue
        self.engine = engine

    def close(self) -> None:
        """Nothing is open."""

    def request_list(self, user_id: int, n: int = 5, diversity: object = None, lens: int = 0) -> int:
        """No answer will come."""
        del user_id, n, diversity, lens
        return 0

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        return _refuse


def _refuse(*_: object, **__: object) -> NoReturn:
    raise UsageError("This is a replay: look, and step through it. Press b to go on from here yourself.")
