"""A service that stands still: what the widgets ask of one, answered from a frame. Nothing can be changed on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from engine.errors import UsageError
from engine.service.client import EngineClient
from engine.service.service import Service
from engine.service.settings import Settings
from engine.types import EngineStatus

if TYPE_CHECKING:
    from engine.service.catalogue import Catalogue
    from engine.service.messages import Request
    from engine.types import RatingEvent, TrainingRecord, User, WatchEvent

_LOOK = "This is a replay: look, and step through it. Press b to go on from here yourself."


class StillEngine(EngineClient):
    """Says what it was like then; hears nothing."""

    def __init__(self, settings: Settings, status: EngineStatus, records: tuple[TrainingRecord, ...]) -> None:
        super().__init__(settings)
        self._status = status
        self._then = records

    @property
    def records(self) -> tuple[TrainingRecord, ...]:
        """The records up to then."""
        return self._then

    def start(self) -> None:
        """There is nothing to start."""

    def stop(self, timeout: float = 3.0) -> None:
        """There is nothing to stop."""

    def _send(self, request: Request) -> None:
        """Nobody listens."""


class StillService(Service):
    """The service of one frame."""

    def __init__(
        self,
        catalogue: Catalogue,
        status: EngineStatus | None = None,
        records: tuple[TrainingRecord, ...] = (),
    ) -> None:
        settings = Settings()
        super().__init__(settings, engine=StillEngine(settings, status or EngineStatus(), records))
        self.catalogue = catalogue

    def open(self, on_progress: object = None) -> None:
        """There is nothing to open."""

    def close(self) -> None:
        """There is nothing to close."""

    def rate(self, user_id: int, movie_id: int, stars: float) -> RatingEvent:
        """Refused."""
        self._refuse()

    def take_back(self, user_id: int, movie_id: int) -> RatingEvent:
        """Refused."""
        self._refuse()

    def watch(self, user_id: int, movie_id: int, kind: object, seconds: int | None = None) -> WatchEvent:
        """Refused."""
        self._refuse()

    def watch_position(self, user_id: int, movie_id: int) -> int | None:
        """Refused."""
        self._refuse()

    def remember_viewer(self, user: User) -> None:
        """Nobody is remembered."""

    def _refuse(self) -> NoReturn:
        raise UsageError(_LOOK)
