"""What screens and widgets may ask of the app they run in: they know this, and not the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.dom import DOMNode
    from textual.signal import Signal

    from engine.service.protocols import ViewerService
    from engine.types import Movie, User
    from tui.state.session import Change, ViewerSession

T = TypeVar("T")


class Host(Protocol):
    """The app, without what it shares with every Textual app: that stays at `node.app`."""

    service: ViewerService
    session: ViewerSession | None
    """None while nobody is logged in."""
    changes: Signal[Change]
    """What changed in the session, for widgets to draw themselves again."""
    wanted_user: str | None
    """The viewer named on the command line, until the log-in screen has looked for them."""
    calendar: Callable[[], float]
    """Epoch seconds."""

    @property
    def viewing(self) -> ViewerSession:
        """The session; RuntimeError while nobody is logged in."""

    def attempt(self, work: Coroutine[Any, Any, object]) -> None:
        """Run something that may fail; a MatineeError becomes a toast."""

    async def on_store(self, call: Callable[[], T]) -> T:
        """Run a call on the thread that talks to the store."""
        ...

    def open_store(self) -> object:
        """Open (or make) the store, then start the engine; the screen gets messages."""

    def retry_engine(self) -> None:
        """Start an engine that rests between two tries."""

    async def log_in(self, user: User, *, new: bool = False) -> None:
        """Begin a session and leave the log-in screen."""

    def go_home(self) -> None:
        """Show the main screen in place of this one."""

    def open_movie(self, movie: Movie) -> None:
        """Show a movie's page over this screen."""

    def rate(self, movie: Movie, half_stars: int | None) -> None:
        """Store stars, or take them back with None."""

    def use_theme(self, name: str) -> None:
        """Show a theme, now and at the next start."""


def host_of(node: DOMNode) -> Host:
    """The app of a screen or widget, as its host."""
    return cast("Host", node.app)
