"""The footer: what it offers follows what goes on, and every entry can be clicked."""

from __future__ import annotations

from tests.tui.conftest import footer_entry, footer_of, log_in, until
from tui.app import MatineeApp
from tui.screens.help import HelpScreen
from tui.screens.movie import MovieScreen


async def test_it_offers_the_screens_commands_and_the_palette(app: MatineeApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        await until(pilot, lambda: "w watch" in footer_of(app))
        assert footer_of(app) == [
            "/ search", "⏎ open", "w watch", "1-5 rate", "` half", "u undo", "? help", "q quit", "^p all",
        ]  # fmt: skip


async def test_it_offers_to_pause_while_a_movie_plays(app: MatineeApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        await pilot.press("w")
        await until(pilot, lambda: footer_of(app)[:2] == ["␣ pause", "s stop"])


async def test_it_names_the_keys_that_work_while_letters_are_typed(app: MatineeApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        await pilot.press("slash")
        await until(pilot, lambda: footer_of(app) == ["↓ to the list", "esc clear", "F1 help", "^q quit", "^p all"])


async def test_it_offers_more_on_a_wider_terminal(app: MatineeApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        await pilot.resize_terminal(120, 24)
        await until(pilot, lambda: "d diversity" in footer_of(app))


async def test_a_page_over_another_screen_offers_the_palette_too(app: MatineeApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MovieScreen) and footer_of(app)[-1:] == ["^p all"])


async def test_a_click_while_letters_are_typed_is_no_letter(app: MatineeApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        await pilot.press("slash")
        await until(pilot, lambda: "F1 help" in footer_of(app))
        await pilot.click(footer_entry(app, "help"))
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_its_keys_stay_the_same_widgets_while_they_say_the_same(app: MatineeApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        await until(pilot, lambda: "w watch" in footer_of(app))
        before = footer_entry(app, "watch")
        await pilot.press("b", "b")
        assert footer_entry(app, "watch") is before
