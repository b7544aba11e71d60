"""The screens with texts that are not ours everywhere, and a look at what the terminal is given."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from textual.pilot import Pilot

from engine.service.catalogue import Catalogue
from engine.service.messages import Notice
from engine.types import Movie
from tests.hostile import SEEN, dangers
from tests.service.fake import FakeService
from tests.tui.conftest import log_in, until
from tui.app import MatineeApp
from tui.widgets.linelist import LineList


def with_titles(texts: list[str], names: tuple[str, ...] = ("Ana",)) -> FakeService:
    """A service whose movies and viewers have these texts everywhere: the store does not stand between.

    The other texts of a movie are those that follow its title.
    """
    fake, around = FakeService(len(texts), users=names), texts * 2
    fake.catalogue = Catalogue(
        Movie(at + 1, text, 1999, (around[at + 1],), 90, *around[at + 2 : at + 6]) for at, text in enumerate(texts)
    )
    return fake


def app_on(service: FakeService, folder: Path, user: str | None = None) -> MatineeApp:
    return MatineeApp(service, user=user, settings_path=folder / "settings.toml")


def screen_of(app: MatineeApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def output_of(app: MatineeApp) -> str:
    """What the terminal is given for the whole screen, with colours."""
    console = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)
    return "\n".join(strip.render(console) for strip in app.screen._compositor.render_strips())


async def seen(pilot: Pilot[None]) -> None:
    """Draw, and look at what was drawn."""
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, MatineeApp)
    assert not dangers(output_of(app), colours=True)


async def leaf_through(texts: list[str], folder: Path) -> None:
    """Look at every screen of a catalogue and viewers of these texts."""
    app = app_on(with_titles(texts, names=tuple(text.replace("\n", "") for text in texts[:40])), folder)
    async with app.run_test(size=(110, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.query_one(LineList).rows)
        await until(pilot, lambda: SEEN in screen_of(app))
        await seen(pilot)
        await log_in(pilot)
        await seen(pilot)
        await pilot.press("b")
        for _ in range(12):
            await pilot.press("pagedown")
            await seen(pilot)
        for key in ("3", "w", "s", "h", "escape", "l", "escape", "question_mark", "escape", "g", "escape", "u"):
            await pilot.press(key)
            await seen(pilot)
        await pilot.press("ctrl+p", *"1999")
        await seen(pilot)
        await pilot.press("escape")
    assert app.failure is None


async def show_pages(texts: list[str], folder: Path) -> None:
    """Look at the pages of movies, each of five of these texts, and at toasts that say them."""
    service = with_titles(texts)
    app = app_on(service, folder)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await log_in(pilot)
        for movie in service.catalogue.movies[::5]:
            app.open_movie(movie)
            for text in texts[movie.movie_id - 1 : movie.movie_id + 4]:
                service.engine.emit(Notice("warning", text))
            await seen(pilot)
            app.clear_notifications()
            app.pop_screen()
    assert app.failure is None
