"""The one table of commands: everything in it can be done where it says, and is named everywhere from it."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.binding import Binding

from tui.actions import AppCommands
from tui.commands import _FOOTERS, BY_NAME, COMMANDS, bindings_of, commands_of, footer_of
from tui.presenters.help import help_lines
from tui.presenters.keybar import key_line
from tui.screens.base import Placed
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryScreen
from tui.screens.home import HomeScreen
from tui.screens.lab import LabScreen
from tui.screens.login import LoginScreen
from tui.screens.movie import MovieScreen
from tui.screens.taste import TasteScreen

SCREENS: tuple[type[Placed], ...] = (
    LoginScreen, TasteScreen, HomeScreen, MovieScreen, HistoryScreen, LabScreen, HelpScreen,
)  # fmt: skip


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(COMMANDS)


@pytest.mark.parametrize("kind", SCREENS, ids=lambda kind: kind.PLACE)
def test_every_command_of_a_screen_can_be_done_there(kind: type[Placed]) -> None:
    for command in commands_of(kind.PLACE):
        name = "do_rate" if command.name.startswith("rate_") else f"do_{command.name}"
        assert hasattr(kind, name) or hasattr(AppCommands, name), f"{kind.PLACE}: {command.name}"


@pytest.mark.parametrize("kind", SCREENS, ids=lambda kind: kind.PLACE)
def test_no_key_means_two_things(kind: type[Placed]) -> None:
    keys = [key for command in commands_of(kind.PLACE) for key in command.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("kind", SCREENS, ids=lambda kind: kind.PLACE)
def test_a_screen_binds_its_commands_and_nothing_by_hand(kind: type[Placed]) -> None:
    assert [binding.action for binding in kind.BINDINGS if isinstance(binding, Binding)] == [
        f"command('{command.name}')" for command in commands_of(kind.PLACE)
    ]
    assert bindings_of(kind.PLACE) == kind.BINDINGS


def test_the_footers_name_what_can_be_done_there() -> None:
    for context in _FOOTERS:
        for command in footer_of(context):
            assert context.partition(".")[0] in command.places
            assert command.short


def test_help_lists_every_command() -> None:
    text = "\n".join(line.plain for line in help_lines(80))
    for command in COMMANDS:
        if not command.folded:
            assert f"{command.key:>10}  {command.help.split()[0]}" in text


def test_help_in_two_columns_says_the_same() -> None:
    one = sorted(" ".join(line.plain for line in help_lines(80)).split())
    two = sorted(" ".join(line.plain for line in help_lines(120)).split())
    assert one == two


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("context", [*_FOOTERS, "home.typing", "movie.typing"])
def test_the_footer_fills_its_line(context: str, width: int) -> None:
    content = key_line(context, width)
    assert content.cell_length == width
    assert content.plain.endswith(" ^p all ")


def test_footer_at_home() -> None:
    assert key_line("home", 80).plain.startswith(" / search  ⏎ open  w watch  1-5 rate  ` half  u undo ")


@pytest.mark.parametrize("context", ["home", "home.watching", "movie", "history", "lab", "taste"])
def test_help_and_quit_have_room_at_any_width(context: str) -> None:
    assert key_line(context, 80).plain.endswith(" ? help  q quit  ^p all ")


def test_the_palette_names_the_key_of_each_star() -> None:
    assert [command.palette_title for command in COMMANDS if command.name in ("rate_1", "rate_3", "watch")] == [
        "Watch the movie  (w)",
        "Rate 1 star  (1)",
        "Rate 3 stars  (3)",
    ]


def test_chords_are_shown_where_letters_are_typed() -> None:
    assert key_line("login", 80).plain.startswith(" ^n new viewer ")
    assert " F1 help  ^q quit  ^p all " in key_line("login", 80).plain


def test_the_app_has_no_other_keys() -> None:
    from tui.app import MatineeApp

    assert MatineeApp.BINDINGS == App.BINDINGS
