"""The one table of commands: everything in it can be done where it says, and is named everywhere from it."""

from __future__ import annotations

from typing import get_args

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.binding import Binding

from tui.app import MatineeApp
from tui.commands import (
    _FOOTERS,
    BY_NAME,
    COMMANDS,
    ScreenName,
    bindings_of,
    commands_of,
    footer_bindings,
    footer_of,
)
from tui.presenters.help import help_lines
from tui.screens.base import CommandScreen
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryScreen
from tui.screens.home import HomeScreen
from tui.screens.lab import LabScreen
from tui.screens.login import LoginScreen
from tui.screens.movie import MovieScreen
from tui.screens.taste import TasteScreen

SCREENS: tuple[type[CommandScreen], ...] = (
    LoginScreen, TasteScreen, HomeScreen, MovieScreen, HistoryScreen, LabScreen, HelpScreen,
)  # fmt: skip


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(COMMANDS)


@pytest.mark.parametrize("kind", SCREENS, ids=lambda kind: kind.SCREEN_NAME)
def test_every_command_of_a_screen_can_be_done_there(kind: type[CommandScreen]) -> None:
    for command in commands_of(kind.SCREEN_NAME):
        family = next((each for each in ("rate", "part") if command.name.startswith(f"{each}_")), command.name)
        name = f"do_{family}"
        assert hasattr(kind, name) or hasattr(MatineeApp, name), f"{kind.SCREEN_NAME}: {command.name}"


@pytest.mark.parametrize("kind", SCREENS, ids=lambda kind: kind.SCREEN_NAME)
def test_no_key_means_two_things(kind: type[CommandScreen]) -> None:
    keys = [key for command in commands_of(kind.SCREEN_NAME) for key in command.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("kind", SCREENS, ids=lambda kind: kind.SCREEN_NAME)
def test_a_screen_binds_its_commands_and_nothing_by_hand(kind: type[CommandScreen]) -> None:
    assert [binding.action for binding in kind.BINDINGS if isinstance(binding, Binding)] == [
        f"command('{command.name}')" for command in commands_of(kind.SCREEN_NAME)
    ]
    assert bindings_of(kind.SCREEN_NAME) == kind.BINDINGS


def test_the_footers_name_what_can_be_done_there() -> None:
    for context in _FOOTERS:
        for command in footer_of(context):
            assert context.partition(".")[0] in command.screens
            assert command.short


def test_help_lists_every_command() -> None:
    text = "\n".join(line.plain for line in help_lines(80))
    for command in COMMANDS:
        if command.in_help:
            assert f"{command.key:>10}  {command.help.split()[0]}" in text


def test_help_in_two_columns_says_the_same() -> None:
    one = sorted(" ".join(line.plain for line in help_lines(80)).split())
    two = sorted(" ".join(line.plain for line in help_lines(120)).split())
    assert one == two


def words_of(context: str, width: int, *, typing: bool = False) -> list[str]:
    return [f"{entry.key_display} {entry.description}" for entry in footer_bindings(context, width, typing=typing)]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("context", [*_FOOTERS, "movie.typing"])
def test_the_footers_entries_fit_whole_beside_the_palettes(context: str, width: int) -> None:
    assert sum(cell_len(f" {words} ") for words in words_of(context, width)) <= width - len(" ^p all ")


def test_the_footer_at_home_names_what_is_wanted_most() -> None:
    assert words_of("home", 80) == ["/ search", "⏎ open", "w watch", "1-5 rate", "` half", "u undo", "? help", "q quit"]


@pytest.mark.parametrize("context", ["home", "home.watching", "movie", "history", "lab", "taste"])
def test_help_and_quit_have_room_in_the_footer_at_any_width(context: str) -> None:
    assert words_of(context, 60)[-2:] == ["? help", "q quit"]


def test_the_palette_names_the_key_of_each_star() -> None:
    assert [command.palette_title for command in COMMANDS if command.name in ("rate_1", "rate_3", "watch")] == [
        "Watch the movie  (w)",
        "Rate 1 star  (1)",
        "Rate 3 stars  (3)",
    ]


def test_the_footer_names_chords_where_letters_are_typed() -> None:
    assert words_of("login", 80, typing=True) == ["^n new viewer", "F1 help", "^q quit"]


def test_the_app_has_no_other_keys() -> None:
    assert MatineeApp.BINDINGS == App.BINDINGS


def test_every_screen_has_a_footer_and_is_tested_here() -> None:
    names = set(get_args(ScreenName))
    assert names == {kind.SCREEN_NAME for kind in SCREENS} | {"replay"}
    assert names <= {context.partition(".")[0] for context in _FOOTERS}
