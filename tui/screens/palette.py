"""The command palette: every command of the screen, every theme, and the movies of the catalogue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.markup import escape

from tui.commands import commands_of
from tui.host import host_of
from tui.screens.base import CommandScreen, LeftOnce
from tui.themes import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOVIES = 8
"""At most so many movies among the hits."""


class Palette(CommandPalette, LeftOnce):
    """Textual's own, which would take away the screen below when it is left twice."""


class MatineeCommands(Provider):
    """From the one table of commands."""

    def _entries(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        screen = self.screen
        if isinstance(screen, CommandScreen):
            for command in commands_of(screen.SCREEN_NAME):
                yield command.palette_title, command.help, partial(screen.run_action, f"command('{command.name}')")
        for theme in THEMES:
            yield f"Theme: {theme.name}", "Change the colours.", partial(host_of(screen).use_theme, theme.name)

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for title, words, action in self._entries():
            yield DiscoveryHit(title, action, help=words)

    async def search(self, query: str) -> Hits:
        """Commands by similarity, then movies whose title holds the query."""
        matcher = self.matcher(query)
        for title, words, action in self._entries():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), action, help=words)
        app = host_of(self.screen)
        if app.session is not None and len(query) > 1:
            for movie in app.service.catalogue.search(query, limit=_MOVIES):
                facts = escape(" · ".join(movie.genres))
                yield Hit(0.2, Content(f"Open {movie.label}"), partial(app.open_movie, movie), help=facts)
