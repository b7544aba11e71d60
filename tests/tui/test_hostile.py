"""Titles and names that are markup, or that a terminal would obey: on every screen they are text, and nothing more."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import tui
from tests.hostile import hostile_texts
from tests.service.fake import FakeService
from tests.tui.conftest import log_in, until
from tests.tui.hostile_screens import app_on, leaf_through, screen_of, seen, show_pages, with_titles

MARKUP = ("Film [/]", "[REC]", "[@click=app.quit]x", "[bold red]Alien", "[[", "a \\[b]", "[link=x]")


@pytest.mark.parametrize("title", MARKUP)
async def test_markup_in_a_title_is_text_on_its_page_and_in_toasts(tmp_path: Path, title: str) -> None:
    service = with_titles([title, "Alien", "Brazil", "Stalker", "Solaris", "Mirror"])
    app = app_on(service, tmp_path)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await log_in(pilot)
        app.open_movie(service.catalogue.by_id[1])
        await until(pilot, lambda: type(app.screen).__name__ == "MovieScreen")
        assert f" {title} (1999) " in screen_of(app).splitlines()[app.screen.query_one("#page").region.y]
        await pilot.press("4", "w")
        await until(pilot, lambda: app.viewing.watching.running and 1 in app.viewing.half_stars)
        playing = app.viewing.watching.playback
        assert playing is not None
        app.viewing.watching.playback = replace(playing, position=playing.length)
        await until(pilot, lambda: f"You finished {title}." in screen_of(app))
        await pilot.press("u")
        await until(pilot, lambda: any(f"Undone: {title}." in note.message for note in app._notifications))
    assert app.failure is None


@pytest.mark.parametrize("name", ["[/]", "[@click=app.quit]x", "\x1b]0;mine\x07Ana"])
async def test_a_wanted_viewer_that_is_not_there_is_a_toast(tmp_path: Path, name: str) -> None:
    app = app_on(FakeService(), tmp_path, user=name)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: any("no viewer is called" in note.message for note in app._notifications))
        await until(pilot, lambda: "no viewer is called" in screen_of(app))
        await seen(pilot)
    assert app.failure is None


async def test_the_palette_shows_titles_as_they_are(tmp_path: Path) -> None:
    app = app_on(with_titles(list(MARKUP)), tmp_path)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await log_in(pilot)
        await pilot.press("ctrl+p", *"1999")
        await until(pilot, lambda: "Open [@click=app.quit]x (1999)" in screen_of(app))
        assert "Open Film [/] (1999)" in screen_of(app)
    assert app.failure is None


async def test_no_screen_gives_the_terminal_a_hostile_text(tmp_path: Path) -> None:
    await leaf_through(hostile_texts(200), tmp_path)


async def test_no_page_and_no_toast_gives_the_terminal_a_hostile_text(tmp_path: Path) -> None:
    await show_pages(hostile_texts(200), tmp_path)


async def test_what_is_pasted_is_shown_plainly(tmp_path: Path) -> None:
    app = app_on(FakeService(24), tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await log_in(pilot)
        await pilot.press("slash")
        assert app.focused is not None
        app.focused.value = "\x1b]0;mine\x07\u202eAlien"  # type: ignore[attr-defined]
        await seen(pilot)


def test_texts_reach_frames_and_widgets_in_one_way() -> None:
    """`entitle` for frames, `markup=False` for what Textual would read as markup."""
    for path in Path(tui.__file__).parent.rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        if path.name != "plain.py":
            assert not re.search(r"\.border_(sub)?title\s*=", code), path
        assert all("markup=False" in call for call in re.findall(r"\bStatic\((?!\))[^\n]*", code)), path
        assert not re.search(r"markup=True|from_markup|\bLabel\(", code), path
