"""How a viewer finds a movie: by the palette, the search and the catalogue."""

from __future__ import annotations

from tests.tui.conftest import log_in, until
from tui.app import MatineeApp
from tui.widgets.movielist import MovieList


async def test_the_palette_offers_every_command_and_the_movies(app: MatineeApp) -> None:
    from tui.commands import commands_of
    from tui.screens.palette import MatineeCommands

    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        provider = MatineeCommands(app.screen)
        offered = [hit.display async for hit in provider.discover()]
        for command in commands_of("home"):
            assert any(str(title).startswith(command.title) for title in offered)
        found = [str(hit.text or hit.match_display) async for hit in provider.search("samurai")]
        assert "Open Seven Samurai (1954)" in found


async def test_leaving_the_search_shows_the_movie_under_the_cursor(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("slash", *"samurai", "escape")
        await until(pilot, lambda: len(app.screen.query_one(MovieList).rows) == 24)
        await until(pilot, lambda: app.viewing.selected == app.screen.query_one(MovieList).row)


async def test_the_catalogue_keeps_still_under_the_cursor(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        shown = app.screen.query_one(MovieList)
        await until(pilot, lambda: [movie.movie_id for movie in shown.rows[:3]] == [1, 2, 3])
        await pilot.press("b", "down", "5")
        await until(pilot, lambda: app.viewing.half_stars == {2: 10} and 2 not in app.viewing.listed)
        assert [movie.movie_id for movie in shown.rows[:3]] == [1, 2, 3]
        await pilot.press("b")
        await until(pilot, lambda: shown.rows[-1].movie_id == 2)
