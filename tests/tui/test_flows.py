"""The ways of a viewer through the app, at three sizes of the terminal, over a service in memory.

Long, since a flow is read as one evening; each test is short.
"""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.events import Key

from engine.service.messages import Explain, StopTraining, Train
from engine.types import WatchKind
from tests.service.fake import FakeService
from tests.tui.conftest import SIZES, log_in, text_of, until
from tui.app import MatineeApp
from tui.screens.genre import GenreList, GenreScreen
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryList, HistoryScreen
from tui.screens.home import HomeScreen
from tui.screens.lab import LabScreen
from tui.screens.login import LoginScreen, ViewerList
from tui.screens.movie import MovieScreen, Why
from tui.screens.taste import TasteList, TasteScreen
from tui.widgets.browse import Browse, Heading, SearchInput
from tui.widgets.foryou import ForYou
from tui.widgets.movielist import MovieList
from tui.widgets.now import WatchLine
from tui.widgets.stars import StarLine
from tui.widgets.statusline import StatusLine
from tui.widgets.toggles import TogglesPanel
from tui.widgets.topbar import TopBar
from tui.widgets.training import TrainingPanel

sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")


@sizes
async def test_log_in_shows_the_viewers_and_leads_home(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.screen.query_one(ViewerList).rows)
        assert [line.split()[0] for line in text_of(app, ViewerList).splitlines()[:3]] == ["▸", "Bruno", "Chloé"]
        await pilot.press(*"chl")
        await until(pilot, lambda: [row.name for row in app.screen.query_one(ViewerList).rows] == ["Chloé", "chl"])
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert app.viewing.user.name == "Chloé"
        assert app.service.last_viewer() == app.viewing.user
        assert "Chloé ▾  no ratings yet" in text_of(app, TopBar)


async def test_enter_before_the_list_has_followed_the_typing_is_meant_for_the_name(app: MatineeApp) -> None:
    answers = threading.Event()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query_one(ViewerList).rows)
        app.store_thread.submit(answers.wait, 10)
        await pilot.press(*"Bruno", "enter")
        answers.set()
        await until(pilot, lambda: app.session is not None)
        assert app.viewing.user.name == "Bruno"


@sizes
async def test_a_new_viewer_rates_a_few_movies_first(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.screen.query_one(ViewerList).rows)
        await pilot.press(*"Dora")
        await until(pilot, lambda: [row.name for row in app.screen.query_one(ViewerList).rows] == ["Dora"])
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TasteScreen) and app.viewing.selected)
        asked = app.screen.query_one(TasteList).rows
        assert len(asked) == 12
        await pilot.press("5", "down", "2")
        await until(pilot, lambda: len(app.viewing.half_stars) == 2)
        assert app.viewing.half_stars == {asked[0].movie_id: 10, asked[1].movie_id: 4}
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen) and app.viewing.recommendations)
        assert asked[0].movie_id not in app.viewing.listed


@sizes
async def test_a_rating_moves_the_list_and_can_be_changed_and_undone(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        before = app.viewing.listed
        assert before == (1, 2, 3, 4, 5)
        await pilot.press("down", "down", "5")
        await until(pilot, lambda: app.viewing.half_stars.get(3) == 10 and app.viewing.listed != before)
        # Alien (horror, science fiction) rated 5: its own genres rise, and it leaves the list itself.
        assert app.viewing.listed == (1, 2, 6, 12, 13)
        assert app.viewing.moves == (0, 0, None, None, None)
        assert "new The Shining (1980)" in text_of(app, ForYou)
        assert "★ ★ ★ ★ ★  5  ✓ saved" in text_of(app, StarLine)
        await pilot.press("grave_accent")
        await until(pilot, lambda: app.viewing.half_stars.get(3) == 9)
        assert "★ ★ ★ ★ ½  4.5" in text_of(app, StarLine)
        await pilot.press("1")
        await until(pilot, lambda: app.viewing.half_stars.get(3) == 2 and not app.viewing.pending)
        await pilot.press("u", "u", "u")
        await until(pilot, lambda: app.viewing.half_stars == {} and app.viewing.listed == before)
        assert [event.half_stars for event in reversed(app.service.rating_history(1))] == [10, 9, 2, 9, 10, None]


@sizes
async def test_a_rating_can_be_taken_back(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("4")
        await until(pilot, lambda: app.viewing.half_stars == {1: 8})
        await pilot.press("0")
        await until(pilot, lambda: app.viewing.half_stars == {} and 1 in app.viewing.listed)
        assert "✓ taken back" in text_of(app, StarLine)


@sizes
async def test_watching_ends_and_is_stored(app: MatineeApp, service: FakeService, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("w")
        await until(pilot, lambda: app.viewing.watching.running)
        assert "watching" in text_of(app, WatchLine)
        await pilot.press("space")
        await until(pilot, lambda: app.viewing.watching.playback.state == "paused")
        assert "‖ paused" in text_of(app, WatchLine)
        await pilot.press("space", "full_stop", "full_stop", "full_stop")
        await until(pilot, lambda: app.viewing.watching.playback.speed == 3600)
        await until(pilot, lambda: service.watched and service.watched[-1].kind == WatchKind.FINISHED)
        kinds = [event.kind for event in service.watched]
        assert kinds[:2] == [WatchKind.STARTED, WatchKind.PROGRESS]
        assert "✓ finished" in text_of(app, WatchLine)
        assert any("You finished Stalker" in note.message for note in app._notifications)


async def test_a_movie_left_goes_on_where_it_was(app: MatineeApp, service: FakeService) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("w")
        await until(pilot, lambda: app.viewing.watching.playback and app.viewing.watching.playback.position > 0)
        await pilot.press("s")
        await until(pilot, lambda: service.watched[-1].kind == WatchKind.ABANDONED)
        left = service.watched[-1].seconds
        await pilot.press("w")
        await until(pilot, lambda: app.viewing.watching.running)
        assert app.viewing.watching.playback.position >= left
        assert app.viewing.watching.playback.movie.movie_id == 1


@sizes
async def test_search_follows_the_typing(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("slash", *"amelie")
        await until(pilot, lambda: [m.title for m in app.screen.query_one(MovieList).rows] == ["Amélie", "Amélie 2"])
        await until(pilot, lambda: "2 movies" in app.screen.query_one(Heading).text)
        await pilot.press("enter", "down", "4")
        await until(pilot, lambda: app.viewing.half_stars)
        assert app.viewing.half_stars == {16: 8}
        await pilot.press("slash", "escape")
        await until(pilot, lambda: len(app.screen.query_one(MovieList).rows) == 24)


@sizes
async def test_letters_typed_at_once_after_the_slash_are_letters(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        for key in ("slash", *"god5"):
            app.post_message(Key(key, "/" if key == "slash" else key))
        search = app.screen.query_one(SearchInput)
        await until(pilot, lambda: search.value == "god5")
        assert isinstance(app.screen, HomeScreen)
        assert search.has_focus
        assert not app.viewing.diversity.on
        assert app.viewing.half_stars == {}
        app.post_message(Key("slash", "/"))
        await until(pilot, lambda: search.value == "god5/")


async def test_enter_on_a_search_without_hits_opens_nothing(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("slash", *"qqqq")
        await until(pilot, lambda: app.screen.query_one(MovieList).rows == [])
        await pilot.press("enter", "enter")
        assert isinstance(app.screen, HomeScreen)


async def test_stars_before_there_is_a_movie_ask_for_one(app: MatineeApp, service: FakeService) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query_one(ViewerList).rows)
        service.engine.hold = True
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.press("5")
        await until(pilot, lambda: any("Choose a movie first" in note.message for note in app._notifications))
        assert app.viewing.half_stars == {}


@sizes
async def test_the_catalogue_of_one_genre_in_another_order(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("g")
        await until(pilot, lambda: isinstance(app.screen, GenreScreen) and app.screen.query_one(GenreList).rows)
        names = [name for name, _movies in app.screen.query_one(GenreList).rows]
        await pilot.press(*["down"] * names.index("Horror"), "enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await until(pilot, lambda: [m.movie_id for m in app.screen.query_one(MovieList).rows] == [3, 12, 15, 24])
        await pilot.press("o", "o")
        await until(pilot, lambda: [m.movie_id for m in app.screen.query_one(MovieList).rows] == [24, 15, 12, 3])
        assert app.screen.query_one(Heading).text == "4 movies · genre: Horror · sort: year"


async def test_a_search_is_noted_once_it_is_settled(app: MatineeApp, service: FakeService) -> None:
    searched: list[tuple[str, str | None]] = []
    service.on_search(lambda text, genre: searched.append((text, genre)))
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("slash", *"brazil")
        await until(pilot, lambda: [m.title for m in app.screen.query_one(MovieList).rows] == ["Brazil", "Brazil 2"])
        assert searched == []
        await pilot.press("enter")
        await until(pilot, lambda: searched == [("brazil", None)])
        app.screen.query_one(Browse).choose_genre("Comedy")
        await until(pilot, lambda: searched[1:] == [("brazil", "Comedy")])


async def test_an_opened_page_is_noted(app: MatineeApp, service: FakeService) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: service.watched and isinstance(app.screen, MovieScreen))
        assert [(event.kind, event.movie_id) for event in service.watched] == [(WatchKind.OPENED, 1)]


@sizes
async def test_diversity_brings_in_and_pushes_out(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("d")
        await until(pilot, lambda: app.viewing.recommendations.diversity.on)
        assert app.viewing.listed == (1, 2, 3, 4, 10)
        assert "for variety: brings in Animation, Fantasy" in text_of(app, ForYou)
        assert "Spirited Away" in text_of(app, TogglesPanel)
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda: app.viewing.recommendations.diversity.strength == 0.5)
        assert ".50" in text_of(app, TogglesPanel)
        for method in ("calibrated", "mmr", "dpp"):
            await pilot.press("m")
            await until(pilot, lambda wanted=method: app.viewing.recommendations.diversity.method == wanted)
        await pilot.press("d")
        await until(pilot, lambda: app.viewing.listed == (1, 2, 3, 4, 5))


@sizes
async def test_the_movies_page_says_why(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("5")
        await until(pilot, lambda: app.viewing.half_stars)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, MovieScreen) and app.viewing.reasons)
        assert "Stalker" in text_of(app, Why)
        await pilot.press("3")
        await until(pilot, lambda: app.viewing.half_stars.get(app.screen.movie.movie_id) == 6)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


@sizes
async def test_history_holds_changes_and_takes_stars(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("4")
        await until(pilot, lambda: app.viewing.half_stars == {1: 8})
        await pilot.press("2")
        await until(pilot, lambda: app.viewing.half_stars == {1: 4})
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, HistoryScreen) and app.screen.query_one(HistoryList).rows)
        assert "was 4" in text_of(app, HistoryList)
        await pilot.press("backspace")
        await until(pilot, lambda: len(app.screen.query_one(HistoryList).rows) == 3)
        assert "taken back" in text_of(app, HistoryList)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


@sizes
async def test_the_key_that_opens_the_help_leaves_it(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


@sizes
async def test_a_full_training_is_started_in_the_lab(
    app: MatineeApp, service: FakeService, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, LabScreen))
        await pilot.press("f")
        await until(pilot, lambda: app.viewing.training_log.runs())
        assert [type(request).__name__ for request in service.engine.sent].count("Train") == 1
        await until(pilot, lambda: "epoch    5/5" in str(app.screen.query_one(TrainingPanel).render()))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_the_model_behind_and_up_to_date(app: MatineeApp, service: FakeService) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        assert "model up to date" in text_of(app, TopBar)
        await pilot.press("4")
        await until(pilot, lambda: "model 1 rating behind" in text_of(app, TopBar))
        service.engine.learn()
        await until(pilot, lambda: "model up to date" in text_of(app, TopBar))


@sizes
@pytest.mark.parametrize("key", ["h", "t", "enter"])
async def test_diversity_and_training_are_at_hand_on_every_screen(
    app: MatineeApp, size: tuple[int, int], key: str
) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press(key)
        await until(pilot, lambda: app.screen.query(StatusLine))
        assert "○ off" in text_of(app, StatusLine)
        await pilot.press("d", "right_square_bracket")
        await until(pilot, lambda: app.viewing.recommendations.diversity.strength == 0.4)
        assert "● on .40 ILD .47→.53 │ loss – val – ready" in text_of(app, StatusLine)
        app.service.engine.train()
        await until(pilot, lambda: "loss .200 val .940 epoch 5/5" in text_of(app, StatusLine))


@sizes
async def test_the_lens_goes_from_familiar_to_loved(app: MatineeApp, size: tuple[int, int]) -> None:
    """With diversity: what both brought in and pushed out is on the screen, on the frame of the list if need be."""
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        assert "familiar" in text_of(app, TogglesPanel)
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
        await until(pilot, lambda: app.viewing.recommendations.lens == 4)
        assert app.viewing.listed == (24, 23, 22, 21, 20)
        await pilot.press("d")
        await until(pilot, lambda: app.viewing.recommendations.diversity.on)
        assert app.viewing.recommendations.entered == app.viewing.listed
        assert app.viewing.recommendations.left == (1, 2, 3, 4, 5)
        shown = text_of(app, TogglesPanel) + str(app.screen.query_one(ForYou).border_subtitle)
        assert "Stalker, Blade Runner, Alien" in shown
        assert "710→152" in shown.replace(" ", "")
        await pilot.press("d", *["less_than_sign"] * 5)
        await until(pilot, lambda: app.viewing.recommendations.lens == 0 and not app.viewing.diversity.on)
        assert app.viewing.listed == (1, 2, 3, 4, 5)


async def test_a_list_that_is_awaited_keeps_nobody_from_the_lens(app: MatineeApp, service: FakeService) -> None:
    """Keys are taken while the engine is busy; its answer is that of the last one."""
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        service.engine.hold = True
        await pilot.press("greater_than_sign", "greater_than_sign", "less_than_sign", "down")
        await until(pilot, lambda: app.viewing.lens == 3 and app.viewing.selected.movie_id == 2)
        assert app.viewing.recommendations.lens == 2
        service.engine.release()
        await until(pilot, lambda: app.viewing.recommendations.lens == 3)


async def test_the_lens_changes_why_on_a_movies_page(app: MatineeApp, service: FakeService) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await log_in(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MovieScreen))
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: app.viewing.recommendations.lens == 3)
        await until(pilot, lambda: [sent.lens for sent in service.engine.sent if isinstance(sent, Explain)] == [2, 3])


async def test_diversity_and_lens_of_one_viewer_are_not_the_next_ones(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("d", "greater_than_sign", "v")
        await until(pilot, lambda: isinstance(app.screen, LoginScreen) and app.screen.query_one(ViewerList).rows)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert app.viewing.user.name == "Bruno"
        assert not app.viewing.diversity.on
        assert app.viewing.lens == 2


async def test_a_known_viewer_on_the_command_line_is_at_home_at_once(service: FakeService, tmp_path: Path) -> None:
    app = MatineeApp(service, user="bruno", settings_path=tmp_path / "settings.toml")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert app.viewing.user.name == "Bruno"


async def test_logging_out_leads_to_the_log_in_of_another_viewer(app: MatineeApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, LoginScreen) and app.screen.query_one(ViewerList).rows)
        assert app.session is None
        assert app.screen.query_one(ViewerList).rows[0].last
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert app.viewing.user.name == "Bruno"


@sizes
async def test_quit_leaves_though_a_movie_plays(app: MatineeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("w", "q")
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 0


async def test_theme_diversity_and_lens_last_till_the_next_start(
    app: MatineeApp, service: FakeService, tmp_path: Path
) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("d", "right_square_bracket", "greater_than_sign", "greater_than_sign", "ctrl+t")
        await until(pilot, lambda: app.theme == "matinee-light")
    again = MatineeApp(service, settings_path=tmp_path / "settings.toml")
    assert again.theme == "matinee-light"
    assert (again.screen_settings.diversity.on, again.screen_settings.diversity.strength) == (True, 0.4)
    async with again.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        assert (again.viewing.user.name, again.viewing.lens, again.viewing.recommendations.lens) == ("Ana", 4, 4)


async def test_a_full_training_is_stopped_by_two_presses_and_never_begun_twice(
    app: MatineeApp, service: FakeService
) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        await log_in(pilot)
        await pilot.press("1")
        await until(pilot, lambda: app.viewing.half_stars)
        service.engine.learn()
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, LabScreen))
        service.engine._state("training")
        sent = len(service.engine.sent)
        await pilot.press("f")
        await pilot.pause()
        assert not any(isinstance(request, Train | StopTraining) for request in service.engine.sent[sent:])
        assert any("Press f again to stop it" in note.message for note in app._notifications)
        await pilot.press("f")
        await until(pilot, lambda: StopTraining() in service.engine.sent)
        assert not any(isinstance(request, Train) for request in service.engine.sent[sent:])
