"""Everything that looks as if it could be clicked can be."""

from __future__ import annotations

from tests.tui.conftest import footer_entry, log_in, text_of, until
from tui.app import MatineeApp
from tui.screens.history import HistoryScreen
from tui.screens.home import HomeScreen, Tabs
from tui.screens.lab import LabScreen
from tui.screens.login import LoginScreen, ViewerList
from tui.screens.movie import MovieScreen
from tui.widgets.browse import Browse, Heading
from tui.widgets.diversity import DiversityPanel
from tui.widgets.foryou import ForYou, ListLine
from tui.widgets.movielist import MovieList
from tui.widgets.now import WatchLine
from tui.widgets.stars import StarLine
from tui.widgets.topbar import TopBar
from tui.widgets.training import TrainingPanel


async def test_the_slider_takes_the_mouse(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.mouse_down(DiversityPanel, offset=(42, 1))
        await pilot.mouse_up(DiversityPanel, offset=(42, 1))
        await until(pilot, lambda: app.viewing.diversity.on)
        assert app.viewing.diversity.strength > 0.9


async def test_the_mouse_gives_half_stars(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.click(StarLine, offset=(12 + 6, 0))
        await until(pilot, lambda: app.viewing.half_stars == {1: 7})
        await pilot.click(StarLine, offset=(12 + 7, 0))
        await until(pilot, lambda: app.viewing.half_stars == {1: 8})


async def test_everything_that_looks_clickable_is(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.click(footer_entry(app, "diversity"))
        await until(pilot, lambda: app.viewing.diversity.on)
        heading = app.screen.query_one(Heading).text
        await pilot.click(Heading, offset=(2 + heading.index("sort"), 0))
        await until(pilot, lambda: app.screen.query_one(Browse).sort == "title")
        await pilot.click(ForYou, offset=(12, 5))
        await until(pilot, lambda: app.viewing.selected.movie_id == app.viewing.listed[2])
        await pilot.click(MovieList, offset=(5, 3))
        await until(pilot, lambda: app.viewing.selected == app.screen.query_one(MovieList).rows[3])
        await pilot.click(WatchLine)
        await until(pilot, lambda: app.viewing.watching.running)
        await pilot.click(TrainingPanel)
        await until(pilot, lambda: isinstance(app.screen, LabScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.click(ForYou, offset=(12, 1), times=2)
        await until(pilot, lambda: isinstance(app.screen, MovieScreen))
        await pilot.press("escape")
        await pilot.click(TopBar, offset=(11, 0))
        await until(pilot, lambda: isinstance(app.screen, LoginScreen) and app.screen.query_one(ViewerList).rows)
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
