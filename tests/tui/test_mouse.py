"""Everything that looks as if it could be clicked can be."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import footer_entry, footer_of, log_in, text_of, until
from tui.app import MatineeApp
from tui.presenters.lens import TRACK
from tui.presenters.toggles import LENS_AT
from tui.screens.history import HistoryScreen
from tui.screens.home import HomeScreen, Tabs
from tui.screens.lab import LabScreen
from tui.screens.login import LoginScreen, ViewerList
from tui.screens.movie import MovieScreen
from tui.widgets.browse import Browse, Heading
from tui.widgets.foryou import ForYou, ListLine
from tui.widgets.movielist import MovieList
from tui.widgets.now import WatchLine
from tui.widgets.stars import StarLine
from tui.widgets.toggles import TogglesPanel
from tui.widgets.topbar import TopBar
from tui.widgets.training import TrainingPanel


async def test_the_slider_takes_the_mouse(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.mouse_down(TogglesPanel, offset=(52, 2))
        await pilot.mouse_up(TogglesPanel, offset=(52, 2))
        await until(pilot, lambda: app.viewing.diversity.on)
        assert app.viewing.diversity.strength > 0.9


async def test_the_lens_takes_the_mouse(app: MatineeApp) -> None:
    """On its track, which begins after the frame and the words, and on the words at its ends."""
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        for x, lens in ((2 + LENS_AT + 9, 3), (2 + LENS_AT - 3, 2), (2 + LENS_AT + TRACK + 2, 3)):
            await pilot.mouse_down(TogglesPanel, offset=(x, 1))
            await pilot.mouse_up(TogglesPanel, offset=(x, 1))
            await until(pilot, lambda wanted=lens: app.viewing.lens == wanted)
        await pilot.mouse_down(TogglesPanel, offset=(2 + LENS_AT, 1))
        await pilot.hover(TogglesPanel, offset=(2 + LENS_AT + 6, 1))
        await until(pilot, lambda: app.viewing.lens == 2)
        await pilot.mouse_up(TogglesPanel, offset=(2 + LENS_AT + 6, 1))
        await until(pilot, lambda: app.viewing.recommendations.lens == 2)
        assert not app.viewing.diversity.on


async def test_the_mouse_gives_half_stars(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.click(StarLine, offset=(12 + 6, 0))
        await until(pilot, lambda: app.viewing.half_stars == {1: 7})
        await pilot.click(StarLine, offset=(12 + 7, 0))
        await until(pilot, lambda: app.viewing.half_stars == {1: 8})


@pytest.fixture
async def home(app: MatineeApp) -> AsyncIterator[Pilot[None]]:
    """The app at home, at 120 × 36."""
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        yield pilot


async def test_a_click_in_the_footer_is_its_key(app: MatineeApp, home: Pilot[None]) -> None:
    await until(home, lambda: "d diversity" in footer_of(app))
    await home.click(footer_entry(app, "diversity"))
    await until(home, lambda: app.viewing.diversity.on)


async def test_a_click_on_the_order_changes_it(app: MatineeApp, home: Pilot[None]) -> None:
    await until(home, lambda: app.screen.query_one(Heading).text)
    heading = app.screen.query_one(Heading).text
    await home.click(Heading, offset=(2 + heading.index("sort"), 0))
    await until(home, lambda: app.screen.query_one(Browse).sort == "title")


async def test_a_click_in_the_list_selects_a_movie(app: MatineeApp, home: Pilot[None]) -> None:
    await home.click(ForYou, offset=(12, 5))
    await until(home, lambda: app.viewing.selected.movie_id == app.viewing.listed[2])


async def test_a_click_in_the_catalogue_selects_a_movie(app: MatineeApp, home: Pilot[None]) -> None:
    await until(home, lambda: len(app.screen.query_one(MovieList).rows) == 24)
    await home.click(MovieList, offset=(5, 3))
    await until(home, lambda: app.viewing.selected == app.screen.query_one(MovieList).rows[3])


async def test_a_click_on_the_playback_starts_the_movie(app: MatineeApp, home: Pilot[None]) -> None:
    await home.click(WatchLine)
    await until(home, lambda: app.viewing.watching.running)


async def test_a_click_on_the_training_opens_the_lab(app: MatineeApp, home: Pilot[None]) -> None:
    await home.click(TrainingPanel)
    await until(home, lambda: isinstance(app.screen, LabScreen))


async def test_a_double_click_in_the_list_opens_the_movies_page(app: MatineeApp, home: Pilot[None]) -> None:
    await home.click(ForYou, offset=(12, 1), times=2)
    await until(home, lambda: isinstance(app.screen, MovieScreen))


async def test_a_click_on_a_viewer_logs_in(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.screen.query_one(ViewerList).rows)
        await pilot.click(ViewerList, offset=(5, 1))
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_the_tabs_of_narrow_screens_can_be_clicked(app: MatineeApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        assert not app.screen.query_one(Browse).display
        await pilot.click(Tabs, offset=(13, 0))
        await until(pilot, lambda: app.screen.query_one(Browse).display)
        assert "for you" in text_of(app, ListLine)
        await pilot.click(Tabs, offset=(3, 0))
        await until(pilot, lambda: app.screen.query_one(ForYou).display)


async def test_the_name_logs_out_from_any_screen(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen))
        await pilot.click(TopBar, offset=(11, 0))
        await until(pilot, lambda: isinstance(app.screen, LoginScreen) and app.session is None)
        assert len(app.screen_stack) == 2
