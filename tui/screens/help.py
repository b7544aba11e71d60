"""All keys, and what the screens mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.commands import bindings_of
from tui.plain import entitle
from tui.presenters.help import help_lines
from tui.presenters.text import stack
from tui.screens.base import CommandScreen
from tui.widgets.footer import KeyFooter

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.commands import ScreenName


class HelpScreen(CommandScreen):
    """Made from the table of commands; it scrolls."""

    SCREEN_NAME: ClassVar[ScreenName] = "help"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("help")]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help", classes="dialog") as frame:
            entitle(frame, title="Help")
            yield Static(id="help-text", markup=False)
        yield KeyFooter()

    def on_resize(self) -> None:
        """Lines are broken for the width."""
        width = max(20, min(140, self.size.width - 8))
        self.query_one("#help-text", Static).update(stack(help_lines(width)))

    def do_help(self) -> None:
        """Leave: the same key opens and closes the help."""
        self.dismiss()
