"""What all parts of the lab have in common: they ask the engine when they are opened and when the model has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container

from tui.host import host_of

if TYPE_CHECKING:
    from tui.state.lab import Lab, PartName
    from tui.state.session import ViewerSession


class LabPart(Container):
    """One part, as large as the lab."""

    PART: ClassVar[PartName]
    DEFAULT_CSS = "LabPart { height: 1fr; width: 1fr; }"

    @property
    def session(self) -> ViewerSession:
        """The viewer's session."""
        return host_of(self).viewing

    @property
    def lab(self) -> Lab:
        """What the lab looks at."""
        return self.session.lab

    def ask(self) -> None:
        """Ask the engine for what this part shows; called when it is opened, and when the list has changed."""

    def take_focus(self) -> None:
        """Give the keyboard to the widget that takes keys, if there is one."""
