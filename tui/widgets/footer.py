"""Textual's footer, made again only when it is to show other keys: each of its keys is a widget of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Footer

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.screen import Screen


class KeyFooter(Footer):
    """Moves of the keyboard that leave the offered keys as they are cost nothing."""

    _shown: tuple[Binding, ...] = ()

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Compare with the keys that stand there."""
        shown = tuple(active.binding for active in screen.active_bindings.values() if active.binding.show)
        if shown != self._shown:
            self._shown = shown
            super().bindings_changed(screen)
