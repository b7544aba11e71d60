"""What the app and its threads say to the screens: frozen, small, one class a kind of news."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from engine.errors import MatineeError
    from engine.service.messages import Reply
    from engine.types import Movie
    from tui.state.predictions import PredictionTable


@dataclass
class StoreProgress(Message):
    """The store is being opened, or made for the first time."""

    share: float
    """0 to 1."""
    doing: str


class StoreOpened(Message):
    """The store and the catalogue are there."""


@dataclass
class StoreRefused(Message):
    """The store can't be opened."""

    error: MatineeError


@dataclass
class EngineReplied(Message):
    """The engine said something; posted from its reader thread."""

    reply: Reply | PredictionTable


@dataclass
class MoviesFound(Message):
    """A search of the catalogue has ended."""

    query: str
    genre: str | None
    movies: list[Movie]
