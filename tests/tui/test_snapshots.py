"""Pictures of the screens, compared cell by cell; clocks, blinking and toasts stand still.

After a change that is meant: `pytest tests/tui/test_snapshots.py --snapshot-update`, and look at the pictures.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.service.fake import NOW, FakeService
from tests.tui.conftest import log_in, until
from tui.app import MatineeApp
from tui.screens.home import HomeScreen
from tui.screens.login import ViewerList
from tui.widgets.foryou import ForYou

Scene = Callable[[Pilot[None]], Awaitable[None]]


def calm(pilot: Pilot[None]) -> bool:
    app = pilot.app
    for field in app.screen.query(Input):
        field.cursor_blink = False
    return not any(pane._flash for pane in app.screen.query(ForYou))


async def evening(pilot: Pilot[None]) -> None:
    """Two ratings, a run of training, a paused movie, diversity on."""
    app = pilot.app
    assert isinstance(app, MatineeApp)
    await log_in(pilot)
    await pilot.press("4")
    await until(pilot, lambda: app.viewing.half_stars == {1: 8})
    await pilot.press("down", "5")
    await until(pilot, lambda: len(app.viewing.half_stars) == 2)
    await pilot.press("grave_accent")
    await until(pilot, lambda: 9 in app.viewing.half_stars.values() and not app.viewing.pending)
    app.service.engine.train()
    await pilot.press("d", "w")
    await until(pilot, lambda: app.viewing.watching.running)
    await pilot.press("space")
    await until(pilot, lambda: app.viewing.watching.playback.state == "paused")
    app.viewing.watching.playback = replace(app.viewing.watching.playback, position=58.5 * 60)
    app.changes.publish("playback")
    await until(pilot, lambda: app.viewing.training_log.runs())
    await until(pilot, lambda: calm(pilot))


async def at_the_door(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: pilot.app.screen.query_one(ViewerList).rows)
    await pilot.press(*"An")
    await until(pilot, lambda: len(pilot.app.screen.query_one(ViewerList).rows) == 2 and calm(pilot))


async def taste(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: pilot.app.screen.query_one(ViewerList).rows)
    await pilot.press(*"Dora", "enter")
    await until(pilot, lambda: pilot.app.session is not None and pilot.app.session.selected)
    await pilot.press("4", "down", "5", "grave_accent")
    await until(pilot, lambda: len(pilot.app.session.half_stars) == 2 and not pilot.app.session.pending)


def then(*keys: str) -> Scene:
    async def scene(pilot: Pilot[None]) -> None:
        await evening(pilot)
        for key in keys:
            await pilot.press(key)
        if keys[0] not in ("b", "ctrl+t"):  # these stay at home
            await until(pilot, lambda: not isinstance(pilot.app.screen, HomeScreen))
        pilot.app.clear_notifications()
        await pilot.pause(0.1)
        await until(pilot, lambda: calm(pilot))

    return scene


SCENES: dict[str, tuple[tuple[int, int], Scene]] = {
    "login-80": ((80, 24), at_the_door),
    "taste-120": ((120, 36), taste),
    "home-80": ((80, 24), evening),
    "home-120": ((120, 36), evening),
    "home-160": ((160, 48), evening),
    "home-200": ((200, 60), evening),
    "browse-80": ((80, 24), then("b", "down")),
    "movie-120": ((120, 36), then("enter")),
    "history-80": ((80, 24), then("h")),
    "lab-120": ((120, 36), then("t")),
    "lab-hand-80": ((80, 24), then("t", "3")),
    "lab-runs-120": ((120, 36), then("t", "4", "space", "down", "space")),
    "lab-network-80": ((80, 24), then("t", "2", "right", "right")),
    "lab-network-120": ((120, 36), then("t", "2", "right", "right")),
    "genre-80": ((80, 24), then("g")),
    "light-120": ((120, 36), then("ctrl+t")),
}


@pytest.mark.parametrize("name", SCENES)
def test_picture(name: str, snap_compare: Callable[..., bool], tmp_path: Path) -> None:
    size, scene = SCENES[name]
    app = MatineeApp(
        FakeService(24), settings_path=tmp_path / "settings.toml", clock=lambda: 0.0, calendar=lambda: NOW + 3600.0
    )
    assert snap_compare(app, terminal_size=size, run_before=scene)
