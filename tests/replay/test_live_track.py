"""The frames that a timeline makes of what a viewer does at the screen."""

from __future__ import annotations

from engine.replay.observed import ObservedService
from engine.replay.steps import (
    About,
    Wait,
)
from engine.service.messages import ListReady, PredictionsReady, StatusChanged
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


def engine_says(observed: ObservedService, movies: list[int], trained_seq: int = 0) -> None:
    """A list for Ana, as the engine would send it."""
    items = tuple(ListItem(movie, 1.0, 4.0) for movie in movies)
    made = Recommendations(1, 1, items, 0, trained_seq, Diversity(), _STATS, _STATS)
    observed.engine.on_reply(ListReady(made))
    observed.engine.on_reply(PredictionsReady(Predictions(1, 0, tuple(movies), bytes([40] * len(movies)))))


def lists(track: Track) -> list[tuple[int, ...]]:
    return [
        tuple(item.movie_id for item in frame.recommendations.items) if frame.recommendations else ()
        for frame in track.reel.frames
    ]


def test_each_action_is_a_frame_with_the_list_that_it_led_to(observed: ObservedService) -> None:
    track = Track("now", About("Now"), [])
    live = LiveTrack(observed, track)
    observed.remember_viewer(observed.viewer("Ana"))
    engine_says(observed, [1, 2, 3])
    observed.rate(1, 1, 5)
    engine_says(observed, [3, 2])
    observed.watch(1, 2, WatchKind.STARTED, 60)
    observed.watch(1, 2, WatchKind.ABANDONED, 3000)
    live.close()
    observed.rate(1, 3, 1)
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


def test_an_evening_is_followed_once_however_often_the_store_is_tried(observed: ObservedService) -> None:
    evening = Evening(observed)
    assert evening.track is None
    evening.begin()
    track = evening.track
    evening.begin()
    observed.remember_viewer(observed.viewer("Ana"))
    evening.close()
    observed.rate(1, 3, 1)
    assert evening.track is track
    assert track is not None
    assert [line.step.WORD for line in track.lines] == ["login"]


def test_that_the_model_has_learned_is_a_step_too(observed: ObservedService) -> None:
    track = Track("now", About("Now"), [])
    LiveTrack(observed, track)
    observed.remember_viewer(observed.viewer("Ana"))
    observed.rate(1, 1, 5)
    engine_says(observed, [3, 2])
    observed.engine.on_reply(StatusChanged(EngineStatus("ready", ratings_behind=1)))
    observed.engine.on_reply(StatusChanged(EngineStatus("learning", ratings_behind=1)))
    observed.engine.on_reply(StatusChanged(EngineStatus("ready", trained_seq=1)))
    engine_says(observed, [2, 3], trained_seq=1)
    assert [line.step.WORD for line in track.lines] == ["login", "rate", "wait"]
    assert track.lines[2].step == Wait()
    assert lists(track) == [(), (3, 2), (2, 3)]


def test_the_lens_is_a_step_and_stays_where_it_was_left(observed: ObservedService) -> None:
    track = Track("now", About("Now"), [])
    first = LiveTrack(observed, track)
    observed.remember_viewer(observed.viewer("Ana"))
    engine_says(observed, [1, 2, 3])
    observed.request_list(1, lens=4)
    engine_says(observed, [3, 1, 2])
    first.close()
    LiveTrack(observed, track)
    observed.rate(1, 1, 5)
    assert [line.step.WORD for line in track.lines] == ["login", "lens", "rate"]
    assert [frame.lens for frame in track.reel.frames] == [2, 4, 4]
    assert track.reel.frames[1].baseline == (1, 2, 3)


def test_a_branch_goes_on_from_its_last_frame(observed: ObservedService) -> None:
    track = Track("now", About("Now"), [])
    first = LiveTrack(observed, track)
    observed.remember_viewer(observed.viewer("Ana"))
    engine_says(observed, [1, 2, 3])
    first.close()
    LiveTrack(observed, track)
    observed.rate(1, 1, 5)
    engine_says(observed, [2, 3])
    assert [frame.user.name for frame in track.reel.frames if frame.user] == ["Ana", "Ana"]
    assert track.reel.frames[1].baseline == (1, 2, 3)
