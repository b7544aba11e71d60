"""The top line, and the banner that stands under it while the engine is down."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.host import host_of
from tui.presenters.topbar import down_words, tastes, top_line
from tui.presenters.training import progress
from tui.widgets.session_widget import SessionWidget

if TYPE_CHECKING:
    from tui.state.session import Change


_PERIOD = 1.0
"""Seconds between two looks at a training."""


class TopBar(SessionWidget):
    """Who, what they like, how fresh the model is, how fast the last list was."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"ratings", "list", "status"})
    DEFAULT_CSS = "TopBar { height: 1; background: $panel; }"

    def on_mount(self) -> None:
        """How far a training is, is no news of the engine's: look for it."""
        self.set_interval(_PERIOD, self._look)

    def _look(self) -> None:
        session = host_of(self).session
        if session is not None and session.service.engine.status.state == "training":
            self.refresh()

    def render(self) -> Content:
        session = self.session
        liked = tastes(session.half_stars, session.service.catalogue.by_id)
        status = session.service.engine.status
        newest = session.training_log.newest
        share = progress(newest) if status.state == "training" and newest is not None else None
        rated = len(session.half_stars)
        return top_line(self.size.width, session.user.name, rated, liked, status, session.list_ms, share)


class Banner(SessionWidget):
    """One line, there only while the engine is down."""

    LISTENS_TO: ClassVar[frozenset[Change]] = frozenset({"status"})
    DEFAULT_CSS = """
    Banner {
        display: none; height: auto; max-height: 3; padding: 0 1;
        background: $error 25%; color: $foreground; text-style: bold;
    }
    Banner.-down { display: block; }
    """

    def on_mount(self) -> None:
        """It may be down already. How long it still rests is no news of the engine's: look for it."""
        self.session_changed("status")
        self.set_interval(_PERIOD, self._look)

    def _look(self) -> None:
        session = host_of(self).session
        if session is not None and session.service.engine.next_try_s is not None:
            self.refresh(layout=True)

    def session_changed(self, change: Change) -> None:
        """Come and go with the engine."""
        self.set_class(self.session.service.engine.status.state == "failed", "-down")
        self.refresh(layout=True)

    def render(self) -> Content:
        """What happened, and what comes."""
        engine = self.session.service.engine
        return Content(down_words(engine.status.detail, engine.next_try_s))
