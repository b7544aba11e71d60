"""Replays on a screen: unseen, as pictures, as a recording, and in the app with its scrubber."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from textual._context import active_app

from engine.errors import MatineeError, ScriptBroken
from engine.replay.report import play
from engine.replay.sandbox import Sandbox, Sandboxes
from engine.service.settings import Settings
from engine.types import Diversity, RatingEvent
from tests.replay.evening import EVENING, app_on, screen_text, script, service, shown, track
from tests.service.fake import FakeService
from tests.tui.conftest import until
from tui.app import MatineeApp
from tui.replay.headless import Cast, open_screen
from tui.replay.screens import ReplayHome, ReplayMovie, TitleScreen
from tui.replay.scrubber import PlayedPart, bar, head, says
from tui.replay.timeline import TimelineApp, View
from tui.replay.track import Track
from tui.replay.travel import LiveApp, Travel, show
from tui.widgets.toggles import TogglesPanel

# -------------------------------------------------------------------------------------------------------------- unseen


def test_a_script_is_played_on_a_screen_that_nobody_sees(tmp_path: Path) -> None:
    fake, read = service(), script(EVENING + "- screenshot: pictures/mine.svg\n")
    with open_screen(fake, read, (120, 36)) as screen:
        screen.keep(cast=tmp_path / "a.cast", svg=tmp_path / "svg")
        report = play(read, fake, screen=screen)
    assert report.failures == []
    pictures = sorted(str(path.relative_to(tmp_path / "svg")) for path in (tmp_path / "svg").rglob("*.svg"))
    assert pictures[0] == "evening-001-session.svg"
    assert "pictures/mine.svg" in pictures
    assert len(pictures) == len(read.lines)
    assert "Stalker" in (tmp_path / "svg" / "evening-004-rate.svg").read_text(encoding="utf-8").replace("&#160;", " ")
    check_cast(tmp_path / "a.cast", "Somebody watches a film.")


def check_cast(path: Path, said: str) -> None:
    """An asciicast v2: a header, then events whose times never go back; its text is that of the screens."""
    header, *events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert header == {"version": 2, "width": 120, "height": 36, "title": "An evening"}
    times = [at for at, _, _ in events]
    assert times == sorted(times)
    assert times[-1] > 5
    assert {kind for _, kind, _ in events} == {"o"}
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "".join(text for _, _, text in events))
    for words in (said, "Stalker", "This is for the class.", "An evening"):
        assert words in text


def test_what_is_not_on_the_screen_is_not_found() -> None:
    fake, read = service(), script("- login: Ana\n- expect: {screen: For yu}\n")
    with open_screen(fake, read, (120, 36)) as screen:
        [failure] = play(read, fake, screen=screen).failures
    assert "expected 'For yu', saw a screen without it" in failure


def test_what_is_asked_of_a_headless_screen_is_done_inside_its_app() -> None:
    """What is not drawn yet can be drawn there alone: a scroll bar asks for the app."""

    async def asked() -> object:
        return active_app.get()

    with open_screen(service(), script("- login: Ana\n"), (120, 36)) as screen:
        assert screen._ask(asked) is screen._app


def test_a_recording_holds_what_changed() -> None:
    cast = Cast((10, 2), "t")
    cast.add(["one", "two"], 1.0)
    cast.add(["one", "2"], 0.5)
    cast.add(["one", "2"], 0.5)
    events = [json.loads(line) for line in cast.text().splitlines()][1:]
    assert [at for at, _, _ in events] == [0.0, 1.0, 2.0]
    assert events[1][2] == "\x1b[2;1H\x1b[0m2"


# ------------------------------------------------------------------------------------------------------------ scrubber


def test_the_bar_tells_where_the_replay_is() -> None:
    place = PlayedPart("t", 2, 5, 4)
    assert bar(place, 9).plain == "━━━━●──··"
    assert head(PlayedPart("A title", 0, 1, 1, speed=2.0), 60).plain.endswith("×2  A title ")
    assert head(place, 60).cell_length == 60


async def test_stepping_shows_what_was_then_in_both_directions() -> None:
    app = app_on(track())
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 0)
        assert isinstance(app.screen, TitleScreen)
        await pilot.press("right", "right", "right")
        await shown(pilot, 3)
        assert isinstance(app.screen, ReplayHome)
        assert app.viewing.half_stars == {3: 10}
        assert app.viewing.moves
        await pilot.press("left")
        await pilot.press("left")
        await shown(pilot, 1)
        assert app.viewing.half_stars == {}
        await pilot.press("end")
        await shown(pilot, 8)
        assert app.viewing.diversity.on
        await pilot.press("home")
        await shown(pilot, 0)


async def test_the_lens_is_shown_as_a_step_has_left_it() -> None:
    app = app_on(track(text="- login: Ana\n- lens: loved\n- lens: mostly-familiar\n"), at=1)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 1)
        assert app.viewing.lens == 4
        assert "┼──┼──┼──┼──● loved" in str(app.screen.query_one(TogglesPanel).render())
        await pilot.press("right")
        await shown(pilot, 2)
        assert app.viewing.lens == 1


async def test_who_goes_on_themselves_goes_on_with_the_toggles_of_the_step() -> None:
    app = LiveApp(service(), user="Ana", diversity=Diversity(on=True, strength=0.7), lens=3)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: app.session is not None and app.session.recommendations is not None)
        await until(pilot, lambda: app.viewing.recommendations.lens == 3)
        assert app.viewing.diversity == app.viewing.recommendations.diversity == Diversity(on=True, strength=0.7)


async def test_a_page_is_shown_where_the_viewer_opened_one() -> None:
    app = app_on(track(), at=5)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 5)
        await until(pilot, lambda: isinstance(app.screen, ReplayMovie))
        await pilot.press("right")
        await shown(pilot, 6)
        await until(pilot, lambda: isinstance(app.screen, ReplayHome))
        playback = app.viewing.watching.playback
        assert playback is not None
        assert playback.share == pytest.approx(0.5)


async def test_it_plays_by_itself_pauses_and_goes_faster() -> None:
    app = app_on(track(), playing=True)
    async with app.run_test(size=(120, 36)) as pilot:
        for _ in range(4):
            await pilot.press("full_stop")
        assert app.view.speed == 16
        await until(pilot, lambda: app.view.at >= 2)
        await pilot.press("space")
        assert not app.view.playing
        await pilot.press("space")
        await until(pilot, lambda: app.view.at == 8 and not app.view.playing, 20)


async def test_a_click_on_the_bar_goes_there() -> None:
    app = app_on(track())
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 0)
        await pilot.click("Scrubber", offset=(99, 0))
        await until(pilot, lambda: app.view.at >= 7)


async def test_a_replay_can_only_be_looked_at() -> None:
    fake = track()
    app = app_on(fake, at=3)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await shown(pilot, 3)
        await pilot.press("1", "d", "w", "g")
        await pilot.pause()
        assert app.viewing.half_stars == {3: 10}
        assert any("only be looked at" in str(note.message) for note in app._notifications)


async def test_branching_off_leaves_the_app_at_its_step() -> None:
    app = app_on(track(), at=3)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 3)
        await pilot.press("b")
        await until(pilot, lambda: app.leaving == "branch")
    assert app.view.at == 3


async def test_before_anybody_is_there_nothing_can_be_branched() -> None:
    app = app_on(track())
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await shown(pilot, 0)
        await pilot.press("b")
        await pilot.pause()
        assert app.leaving == "quit"


async def test_a_track_is_shown_while_it_is_made() -> None:
    whole = track()
    growing = Track("growing", whole.about, whole.lines, doing="training the first model")
    app = app_on(growing, playing=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "training the first model" in screen_text(app))
        growing.reel.frames.extend(whole.reel.frames[:2])
        await until(pilot, lambda: app.frame is growing.reel.frames[0])
        growing.reel.failure = "the engine is on strike"
        growing.reel.done = True
        app.seek(1)
        await until(pilot, lambda: "the engine is on strike" in screen_text(app))


class NoSandboxes(Sandboxes):
    """For a service that needs no database."""

    def sandbox(self, name: str, preset: str, seed: int) -> Sandbox:
        return Sandbox(Settings(), int)


FAILS = "- login: Ana\n- rate: {Alien: 5}\n- expect: {size: 9}\n- wait:\n"


def shown_to_the_end(text: str, kind: type[FakeService] = FakeService) -> tuple[int, TimelineApp]:
    """The exit code of `--show` when somebody looks on until the script has ended, and the app."""

    def look(app: MatineeApp) -> None:
        assert isinstance(app, TimelineApp)
        travel.wait()

    def new_service(sandbox: Sandbox) -> Any:
        fake = kind(24)
        fake.settings = sandbox.settings
        return fake

    travel = Travel(Settings(), NoSandboxes(Settings()), new_service=new_service, run=look)
    code = show(script(text), Settings(), "default", 0, 1.0, travel=travel)
    return code, TimelineApp(travel.tracks, View(at=travel.tracks[0].ready - 1, playing=False))


async def test_what_failed_is_shown_at_its_step_and_told_when_the_screen_is_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, app = shown_to_the_end(FAILS)
    assert code == 1
    assert capsys.readouterr().err == "matinee: evening.yaml:3: step 3: movies in the list: expected 9, saw 5\n"
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 2)
        assert "✗ movies in the list: expected 9, saw 5" in screen_text(app)


class StrikingService(FakeService):
    """Its store takes no ratings."""

    def rate(self, user_id: int, movie_id: int, stars: float) -> RatingEvent:
        raise MatineeError("the store is on strike")


def test_a_step_that_can_not_be_done_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = shown_to_the_end(FAILS, StrikingService)
    assert code == 1
    assert "evening.yaml:2: step 2: `rate` failed: the store is on strike" in capsys.readouterr().err


def test_a_script_that_names_what_is_not_there_ends_with_the_code_of_a_broken_one() -> None:
    assert shown_to_the_end("- login: Ana\n- open: Nosuch\n")[0] == ScriptBroken.exit_code


def test_a_script_that_came_true_ends_well_and_nothing_is_made_ready_any_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, app = shown_to_the_end("- login: Ana\n- expect: {size: 5}\n")
    assert (code, capsys.readouterr().err) == (0, "")
    assert app.track.doing == ""


def test_a_long_failure_takes_two_lines() -> None:
    told = "genres: expected every one of them to be there at once, saw only those"
    lines = says(None, PlayedPart("t", 0, 1, 0, failure=told), 50).plain.split("\n")
    assert [len(lines), lines[0][:10], lines[1][-11:]] == [2, " ✗ genres:", " only those"]


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_it_fits_small_and_large_screens(size: tuple[int, int]) -> None:
    app = app_on(track(), at=3)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, 3)
        text = screen_text(app)
        assert "  4/9" in text
        assert "Stalker" in text
        assert "play" in text
