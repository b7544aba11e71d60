"""What a service tells of what is done with it, and the frames that a timeline makes of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.replay.observed import ObservedService
from engine.replay.steps import (
    About,
    AddMovie,
    Diversify,
    Login,
    Open,
    Rate,
    Search,
    Step,
    TakeBack,
    Train,
    Wait,
    Watch,
)
from engine.service.messages import ListReady, PredictionsReady, StatusChanged
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store
from engine.types import (
    Diversity,
    EngineStatus,
    ListItem,
    ListStats,
    Predictions,
    Recommendations,
    WatchKind,
)
from tui.launch import Evening
from tui.replay.live_track import LiveTrack
from tui.replay.track import Track

_STATS = ListStats(0.5, 4, 4.0)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ObservedService]:
    """Three movies and two viewers in a real store; the engine does not run."""
    url = f"sqlite:///{tmp_path / 'm.db'}"
    with open_store(url) as store:
        for title, year in (("Stalker", 1979), ("Alien", 1979), ("Brazil", 1985)):
            store.add_movie(title, year, ["Sci-Fi"], runtime=100)
        store.add_user("Ana")
        store.add_user("Ben")
    settings = Settings(url, cache_dir=str(tmp_path / "cache"), state_dir=str(tmp_path / "state"))
    with ObservedService(Service(settings)) as observed:
        observed.open()
        yield observed


@pytest.fixture
def told(service: ObservedService) -> list[Step]:
    steps: list[Step] = []
    service.log.observe(steps.append)
    return steps


def test_actions_are_told_as_steps(service: ObservedService, told: list[Step]) -> None:
    service.remember_viewer(service.viewer("Ana"))
    service.rate(1, 2, 4.5)
    service.take_back(1, 2)
    service.searched("stal", "Sci-Fi")
    service.watch(1, 1, WatchKind.OPENED)
    for kind, seconds in ((WatchKind.STARTED, 0), (WatchKind.PROGRESS, 600), (WatchKind.ABANDONED, 3725)):
        service.watch(1, 1, kind, seconds)
    service.watch(1, 1, WatchKind.FINISHED, 6000)
    service.train("full", 3)
    service.add_movie("New", 2026, ("Drama",))
    assert told == [
        Login("Ana"), Rate({"Alien (1979)": 4.5}), TakeBack(("Alien (1979)",)),
        Search("stal", "Sci-Fi"), Open("Stalker (1979)"),
        Watch("Stalker (1979)", until="1:02:05"), Watch("Stalker (1979)", until="end"),
        Train("full", 3, wait=False), AddMovie("New", 2026, ("Drama",)),
    ]  # fmt: skip


def test_a_new_viewer_logs_in_once_and_others_come_and_go(service: ObservedService, told: list[Step]) -> None:
    eve = service.new_viewer("Eve")
    service.remember_viewer(eve)
    service.rate(2, 1, 3)
    service.rate(eve.user_id, 1, 4)
    assert told == [
        Login("Eve", new=True), Login("Ben"), Rate({"Stalker (1979)": 3}), Login("Eve"), Rate({"Stalker (1979)": 4}),
    ]  # fmt: skip


def test_the_toggle_is_told_when_it_changes(service: ObservedService, told: list[Step]) -> None:
    service.remember_viewer(service.viewer("Ana"))
    on = Diversity(on=True, strength=0.4, method="calibrated")
    for wanted in (Diversity(), on, on, replace(on, strength=0.9, method="mmr")):
        service.request_list(1, diversity=wanted)
    in_full = Diversify(on=True, strength=0.4, method="calibrated")  # another version may have other defaults
    assert told[1:] == [in_full, Diversify(strength=0.9, method="mmr")]


def test_what_is_refused_is_not_told(service: ObservedService, told: list[Step]) -> None:
    service.remember_viewer(service.viewer("Ana"))
    with pytest.raises(Exception, match="half"):
        service.rate(1, 2, 4.3)
    assert told == [Login("Ana")]


# ------------------------------------------------------------------------------------------------------------ timeline


def engine_says(service: ObservedService, movies: list[int], trained_seq: int = 0) -> None:
    """A list for Ana, as the engine would send it."""
    items = tuple(ListItem(movie, 1.0, 4.0) for movie in movies)
    made = Recommendations(1, 1, items, 0, trained_seq, Diversity(), _STATS, _STATS)
    service.engine.heard(ListReady(made))
    service.engine.heard(PredictionsReady(Predictions(1, 0, tuple(movies), bytes([40] * len(movies)))))


def lists(track: Track) -> list[tuple[int, ...]]:
    return [
        tuple(item.movie_id for item in frame.recommendations.items) if frame.recommendations else ()
        for frame in track.reel.frames
    ]


def test_each_action_is_a_frame_with_the_list_that_it_led_to(service: ObservedService) -> None:
    track = Track("now", About("Now"), [])
    live = LiveTrack(service, track)
    service.remember_viewer(service.viewer("Ana"))
    engine_says(service, [1, 2, 3])
    service.rate(1, 1, 5)
    engine_says(service, [3, 2])
    service.watch(1, 2, WatchKind.STARTED, 60)
    service.watch(1, 2, WatchKind.ABANDONED, 3000)
    live.close()
    service.rate(1, 3, 1)
    assert [line.step.WORD for line in track.lines] == ["login", "rate", "watch"]
    assert lists(track) == [(1, 2, 3), (3, 2), (3, 2)]
    rated = track.reel.frames[1]
    assert rated.baseline == (1, 2, 3)
    assert rated.half_stars == {1: 10}
    assert rated.movie is not None
    assert rated.movie.title == "Stalker"
    watched = track.reel.frames[2].playback
    assert watched is not None
    assert (watched.position, watched.state) == (3000.0, "stopped")
    assert len(track.reel.frames[2].pictures()) > 1


def test_an_evening_is_followed_once_however_often_the_store_is_tried(service: ObservedService) -> None:
    evening = Evening(service)
    assert evening.track is None
    evening.begin()
    track = evening.track
    evening.begin()
    service.remember_viewer(service.viewer("Ana"))
    evening.close()
    service.rate(1, 3, 1)
    assert evening.track is track
    assert track is not None
    assert [line.step.WORD for line in track.lines] == ["login"]


def test_that_the_model_has_learned_is_a_step_too(service: ObservedService) -> None:
    track = Track("now", About("Now"), [])
    LiveTrack(service, track)
    service.remember_viewer(service.viewer("Ana"))
    service.rate(1, 1, 5)
    engine_says(service, [3, 2])
    service.engine.heard(StatusChanged(EngineStatus("ready", ratings_behind=1)))
    service.engine.heard(StatusChanged(EngineStatus("learning", ratings_behind=1)))
    service.engine.heard(StatusChanged(EngineStatus("ready", trained_seq=1)))
    engine_says(service, [2, 3], trained_seq=1)
    assert [line.step.WORD for line in track.lines] == ["login", "rate", "wait"]
    assert track.lines[2].step == Wait()
    assert lists(track) == [(), (3, 2), (2, 3)]


def test_a_branch_goes_on_from_its_last_frame(service: ObservedService) -> None:
    track = Track("now", About("Now"), [])
    first = LiveTrack(service, track)
    service.remember_viewer(service.viewer("Ana"))
    engine_says(service, [1, 2, 3])
    first.close()
    LiveTrack(service, track)
    service.rate(1, 1, 5)
    engine_says(service, [2, 3])
    assert [frame.user.name for frame in track.reel.frames if frame.user] == ["Ana", "Ana"]
    assert track.reel.frames[1].baseline == (1, 2, 3)
