from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets._footer import FooterKey

from tests.service.fake import FakeService
from tui.app import MatineeApp
from tui.widgets.linelist import LineList

SIZES = [(80, 24), (120, 36), (160, 48)]
W = TypeVar("W", bound=Widget)


@pytest.fixture
def service() -> FakeService:
    return FakeService(24)


@pytest.fixture
def app(service: FakeService, tmp_path: Path) -> MatineeApp:
    return MatineeApp(service, settings_path=tmp_path / "settings.toml")


async def until(pilot: Pilot[None], condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the app work until something is true; the limit only ends a test that would never end."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, "what the test waits for did not come"
        await pilot.pause(0.005)
    await pilot.pause()


def text_of(app: MatineeApp, kind: type[W]) -> str:
    """What a widget of the current screen shows."""
    widget = app.screen.query_one(kind)
    if isinstance(widget, LineList):
        return "\n".join(widget.render_line(y).text.rstrip() for y in range(widget.size.height))
    return str(widget.render())


def footer_of(app: MatineeApp) -> list[str]:
    """The entries of the footer, as `key word`."""
    return [f"{key.key_display} {key.description}" for key in app.screen.query(FooterKey)]


def footer_entry(app: MatineeApp, word: str) -> FooterKey:
    """One of them."""
    return next(key for key in app.screen.query(FooterKey) if key.description == word)


async def log_in(pilot: Pilot[None]) -> None:
    """As the first viewer, up to the first list."""
    app = pilot.app
    assert isinstance(app, MatineeApp)
    await until(pilot, lambda: app.screen.query(LineList) and app.screen.query_one(LineList).rows)
    await pilot.press("enter")
    await until(pilot, lambda: app.session is not None and app.session.recommendations is not None)
    await until(pilot, lambda: type(app.screen).__name__ == "HomeScreen" and app.session.predictions.place)
