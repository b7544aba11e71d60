"""The top line, and the banner that stands under it while the engine is down."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.presenters.topbar import tastes, top_line
from tui.widgets.live import Live

if TYPE_CHECKING:
    from tui.session import Change


class TopBar(Live):
    """Who, what they like, how fresh the model is, how fast the last list was."""

    LISTENS: ClassVar[frozenset[Change]] = frozenset({"ratings", "list", "status"})
    DEFAULT_CSS = "TopBar { height: 1; background: $panel; }"

    def render(self) -> Content:
        """The line."""
        session = self.session
        liked = tastes(session.half_stars, session.service.catalogue.by_id)
        status = session.service.engine.status
        return top_line(self.size.width, session.user.name, len(session.half_stars), liked, status, session.list_ms)


class Banner(Live):
    """One line, there only while the engine is down."""

    LISTENS: ClassVar[frozenset[Change]] = frozenset({"status"})
    DEFAULT_CSS = """
    Banner {
        display: none; height: auto; max-height: 2; padding: 0 1;
        background: $error 25%; color: $foreground; text-style: bold;
    }
    Banner.-down { display: block; }
    """

    def on_mount(self) -> None:
        """It may be down already."""
        self.heard("status")

    def heard(self, change: Change) -> None:
        """Come and go with the engine."""
        self.set_class(self.session.service.engine.status.state == "failed", "-down")
        self.refresh(layout=True)

    def render(self) -> Content:
        """What happened, and what comes."""
        detail = self.session.service.engine.status.detail or "The engine is down."
        return Content(f"✗ {detail} It starts again by itself.")
