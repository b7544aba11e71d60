"""The app on a service that is open already: back from the timeline, or in a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app import MatineeApp
from tui.messages import StoreOpened

if TYPE_CHECKING:
    from engine.service.service import Service
    from engine.types import Diversity, User


class OpenedApp(MatineeApp):
    """Goes straight to the viewer's home, with the diversity that was chosen there."""

    def __init__(self, service: Service, *, user: str | None, diversity: Diversity | None) -> None:
        super().__init__(service, user=user)
        self._diversity = diversity

    def open_store(self) -> None:  # type: ignore[override]  # Textual's decorator gives the other one a worker's type
        """It is open."""
        self.service.engine.start()
        self.post_to_screen(StoreOpened())

    async def log_in(self, user: User, *, new: bool = False) -> None:
        """As the app does, and with the toggle where it was left."""
        await super().log_in(user, new=new)
        if self._diversity is not None and self.session is not None:
            wanted, self._diversity = self._diversity, None
            self.session.diversify(on=wanted.on, strength=wanted.strength, method=wanted.method)
