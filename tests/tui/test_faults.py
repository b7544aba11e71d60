"""What goes wrong, and what is very large or very small."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import StoreUnreachable
from engine.service.messages import Notice
from engine.types import RatingEvent
from tests.service.fake import FakeService
from tests.tui.conftest import SIZES, log_in, text_of, until
from tui.app import MatineeApp
from tui.screens.login import LoginScreen, NameInput, ViewerList
from tui.widgets.browse import Browse
from tui.widgets.movielist import MovieList
from tui.widgets.stars import StarLine
from tui.widgets.topbar import Banner

sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


async def test_a_search_without_hits_says_so(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("slash", *"qqqq")
        await until(pilot, lambda: "Nothing in the catalogue matches “qqqq”." in text_of(app, MovieList))


@sizes
async def test_a_dead_engine_is_said_and_rating_goes_on(
    app: MatineeApp, service: FakeService, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        service.engine.die()
        await until(pilot, lambda: app.screen.query_one(Banner).display)
        assert "killed by SIGKILL" in text_of(app, Banner)
        await pilot.pause()
        assert not any("SIGKILL" in note.message for note in app._notifications)
        service.engine.hold = True
        await pilot.press("5")
        await until(pilot, lambda: app.viewing.half_stars == {1: 10})
        assert app.viewing.listed == (1, 2, 3, 4, 5)
        service.engine.release()
        service.engine.revive()
        await until(pilot, lambda: not app.screen.query_one(Banner).display)
        await until(pilot, lambda: 1 not in app.viewing.listed)


@sizes
@pytest.mark.parametrize("key", ["ctrl+r", "f"])
async def test_an_engine_that_rests_is_started_by_a_key(
    app: MatineeApp, service: FakeService, size: tuple[int, int], key: str
) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        if key == "f":
            await pilot.press("t")
        service.engine.rests_s = 160.0
        service.engine.die()
        await until(pilot, lambda: app.screen.query_one(Banner).display)
        assert "It is tried again in 3 min; ^r starts it at once." in text_of(app, Banner)
        await pilot.press(key)
        await until(pilot, lambda: not app.screen.query_one(Banner).display)
        assert service.engine.next_try_s is None
        assert service.engine.status.state == "ready"


@sizes
async def test_a_refused_rating_is_a_toast_and_not_shown_as_stored(
    app: MatineeApp, service: FakeService, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    def refuse(user_id: int, movie_id: int, stars: float) -> RatingEvent:
        raise StoreUnreachable("the server at 127.0.0.1 is gone; your rating was not stored")

    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        monkeypatch.setattr(service, "rate", refuse)
        await pilot.press("5")
        await until(pilot, lambda: any("is gone" in note.message for note in app._notifications))
        assert app.viewing.half_stars == {}
        assert app.viewing.pending == {}
        assert "not rated" in text_of(app, StarLine)


async def test_stars_are_hollow_until_the_store_answers(app: MatineeApp, service: FakeService) -> None:
    import threading

    answered = threading.Event()
    rate = service.rate

    def slow(user_id: int, movie_id: int, stars: float) -> RatingEvent:
        answered.wait(10)
        return rate(user_id, movie_id, stars)

    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        service.rate = slow  # type: ignore[method-assign]
        await pilot.press("4")
        await until(pilot, lambda: app.viewing.pending == {1: 8})
        assert "☆ ☆ ☆ ☆ ·  saving…" in text_of(app, StarLine)
        answered.set()
        await until(pilot, lambda: app.viewing.half_stars == {1: 8})
        assert "★ ★ ★ ★ ☆  4  ✓ saved" in text_of(app, StarLine)


async def test_the_engines_notices_are_toasts(app: MatineeApp, service: FakeService) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        service.engine.emit(Notice("warning", "a checkpoint was damaged and set aside"))
        await until(pilot, lambda: any("set aside" in note.message for note in app._notifications))


async def test_the_same_words_are_one_toast(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        for _ in range(3):
            app.notify("There is nothing to undo.")
            app.screen.notify("There is nothing to undo.")
        await pilot.pause()
        assert [note.message for note in app._notifications] == ["There is nothing to undo."]


async def test_a_store_that_cannot_be_opened_can_be_tried_again(
    app: MatineeApp, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(on_progress: object = None) -> None:
        raise StoreUnreachable("no server answers at mysql://ana:***@db/matinee: start it")

    with monkeypatch.context() as broken:
        broken.setattr(service, "open", fail)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "no server answers" in str(app.screen.query_one("#state").render()))
            broken.undo()
            await pilot.press("ctrl+r")
            await until(pilot, lambda: app.screen.query_one(ViewerList).rows)


async def test_an_unknown_viewer_on_the_command_line_is_looked_for(service: FakeService, tmp_path: Path) -> None:
    app = MatineeApp(service, user="Anna", settings_path=tmp_path / "settings.toml")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: any("the nearest is 'Ana'" in note.message for note in app._notifications))
        assert isinstance(app.screen, LoginScreen)
        assert app.screen.query_one(NameInput).value == "Anna"


async def test_small_terminals_get_a_sentence(app: MatineeApp) -> None:
    async with app.run_test(size=(59, 24)) as pilot:
        await pilot.pause()
        assert app.screen.query_one(".too-small").display
    other = MatineeApp(app.service, settings_path=app.settings_path)
    async with other.run_test(size=(80, 15)) as pilot:
        await pilot.pause()
        assert other.screen.query_one(".too-small").display


async def test_sixty_thousand_movies(tmp_path: Path) -> None:
    app = MatineeApp(FakeService(60_000), settings_path=tmp_path / "settings.toml")
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await until(pilot, lambda: len(app.screen.query_one(MovieList).rows) == 60_000)
        await pilot.press("b", "end")
        await until(pilot, lambda: app.screen.query_one(MovieList).cursor == 59_999)
        assert len(app.screen.query_one(MovieList)._strips) < 100
        assert app.screen.query_one(Browse).sort == "for you"
