"""A key that comes twice before the screen has changed: a screen takes away itself alone."""

from __future__ import annotations

import pytest

from tests.replay.evening import app_on, shown, track
from tests.tui.conftest import log_in, until
from tui.app import MatineeApp
from tui.replay.compare import CompareScreen
from tui.replay.screens import ReplayHome
from tui.screens.base import CommandScreen
from tui.screens.home import HomeScreen


@pytest.mark.parametrize("opening", ["enter", "t", "h", "question_mark", "ctrl+p", "g"])
async def test_leaving_twice_stays_at_home(app: MatineeApp, opening: str) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        depth = len(app.screen_stack)
        await pilot.press(opening)
        await until(pilot, lambda: len(app.screen_stack) == depth + 1)
        screen = app.screen
        for _ in range(3):
            await screen.run_action("dismiss" if not isinstance(screen, CommandScreen) else "command('back')")
        await pilot.pause(0.05)
        assert isinstance(app.screen, HomeScreen)
        assert len(app.screen_stack) == depth


async def test_a_comparison_is_left_once_and_the_replay_goes_on() -> None:
    app = app_on(track(), at=3)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 3)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        compare = app.screen
        assert isinstance(compare, CompareScreen)
        compare.do_back()
        compare.do_back()
        await pilot.press("home")
        await shown(pilot, 0)
        await pilot.press("end")
        await shown(pilot, 8)
        assert isinstance(app.screen, ReplayHome)


async def test_what_lies_over_a_replay_that_plays_stays() -> None:
    app = app_on(track(), at=3, playing=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ReplayHome))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        app._due = 0.0
        await pilot.pause(0.3)
        assert isinstance(app.screen, CompareScreen)


async def test_a_screen_that_is_covered_takes_no_commands(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        home = app.screen
        await pilot.press("t")
        await until(pilot, lambda: app.screen is not home)
        depth = len(app.screen_stack)
        await home.run_action("command('history')")
        await pilot.pause(0.05)
        assert len(app.screen_stack) == depth


async def test_logging_out_twice_is_logging_out(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        home = app.screen
        await home.run_action("command('viewer')")
        await home.run_action("command('viewer')")
        await until(pilot, lambda: app.session is None)
        await pilot.pause(0.05)
        assert [type(screen).__name__ for screen in app.screen_stack[1:]] == ["LoginScreen"]
