"""Branches of an evening: two lists side by side, and the evening saved as a script."""

from __future__ import annotations

from pathlib import Path

from engine.replay.observed import ObservedService
from engine.replay.reader import parse
from engine.replay.script import to_line
from engine.replay.steps import About
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from tests.replay.evening import EVENING, app_on, script, shown, track
from tests.tui.conftest import until
from tui.replay.compare import CompareScreen, shared_line, side_by_side
from tui.replay.screens import ReplayHome
from tui.replay.timeline import TimelineApp, View
from tui.replay.track import Track
from tui.replay.travel import evening

OTHER = EVENING.replace("{Alien: 5}", "{Amélie: 5}")


def test_two_lists_side_by_side() -> None:
    left, right = track().reel.frames[3], track("branch 1", OTHER).reel.frames[3]
    lines = [line.plain for line in side_by_side(("evening", left), ("branch 1", right), 100)]
    text = "\n".join(lines)
    assert lines[0].startswith("evening  Ana, after step 4")
    assert "branch 1  Ana, after step 4" in lines[0]
    assert "only" in text
    assert "only here: Alien 5" in text
    assert "only here: Amélie 5" in text
    assert all(line.cell_length == 100 for line in side_by_side(("a", left), ("b", right), 100))
    assert "of 5 movies are in both lists" in shared_line(left, right).plain


async def test_comparing_two_branches_and_their_steps() -> None:
    main, branch = track(), track("branch 1", OTHER)
    branch.parent = main
    app = TimelineApp([main, branch], View(track=1, at=3, playing=False))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 3)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        compare = app.screen
        assert isinstance(compare, CompareScreen)
        assert compare.sides[1] == ("evening", main.reel.frames[8])
        await pilot.press("left")
        assert compare.sides[1][1] is main.reel.frames[7]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ReplayHome))
        await pilot.press("tab")
        await until(pilot, lambda: app.track is main)


async def test_the_session_is_saved_as_a_script(tmp_path: Path) -> None:
    app = app_on(track(), at=3, save_in=tmp_path / "sessions")
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, 3)
        await pilot.press("x")
        await pilot.pause()
        app.track.lines[3:] = []
        await pilot.press("x")
        await pilot.pause()
    saved = parse((tmp_path / "sessions" / "evening.yaml").read_bytes(), Path("x.yaml"))
    assert saved.digest == script().digest
    again = parse((tmp_path / "sessions" / "evening-2.yaml").read_bytes(), Path("x.yaml"))
    assert [line.step for line in again.lines] == [line.step for line in script().lines[:3]]


def test_a_saved_evening_tells_its_model_and_its_data() -> None:
    about = About("This evening", preset="study", seed=3, data="fixtures 0123")
    lines = [line for line in script().lines if not isinstance(line.step, About)]
    text = "".join(to_line(step) for step in Track("this evening", about, lines).steps)
    saved = parse(text.encode(), Path("x.yaml"))
    assert saved.about == about
    assert len(saved.lines) == len(lines) + 1


def test_the_timeline_of_an_evening_knows_what_the_evening_began_with(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    with open_store(url) as store:
        store.add_user("Ana")
        store.add_movie("Alien", 1979)
    track = Track("this evening", About("This evening"), [])
    settings = Settings(url, "study", seed=3, cache_dir=str(tmp_path), state_dir=str(tmp_path))
    with ObservedService(Service(settings)) as observed:
        observed.open()
        observed.rate(1, 1, 5)
        evening(observed, track, run=lambda app: None)
        uuid = observed.store.uuid
    assert track.about == About("This evening", preset="study", seed=3, data=f"{uuid} up to rating 0")
