from __future__ import annotations

import pytest

from engine.errors import UnknownMovie, UnknownUser
from engine.store import Store
from engine.types import WatchEvent, WatchKind
from tests.store.conftest import Cast


def test_events_come_back_newest_first(store: Store, cast: Cast) -> None:
    first = store.watch(cast.ana, cast.alien, WatchKind.OPENED)
    second = store.watch(cast.ana, cast.alien, WatchKind.PROGRESS, 90)
    store.watch(cast.ben, cast.alien, WatchKind.SHOWN)
    assert isinstance(first, WatchEvent)
    assert (first.seq, first.kind, first.seconds) == (1, WatchKind.OPENED, None)
    assert store.watch_history(cast.ana) == [second, first]
    assert store.watch_history(cast.ana, limit=1) == [second]
    assert store.watch_history(cast.ana)[0].kind is WatchKind.PROGRESS
    assert store.counts().watch_events == 3


@pytest.mark.parametrize(
    ("events", "position"),
    [
        ([], None),
        ([(WatchKind.OPENED, None)], None),
        ([(WatchKind.STARTED, None)], 0),
        ([(WatchKind.STARTED, 0), (WatchKind.PROGRESS, 60)], 60),
        ([(WatchKind.PROGRESS, 60), (WatchKind.ABANDONED, 75), (WatchKind.SHOWN, None)], 75),
        ([(WatchKind.PROGRESS, 60), (WatchKind.FINISHED, 90)], None),
        ([(WatchKind.FINISHED, 90), (WatchKind.STARTED, 0)], 0),
    ],
)
def test_where_a_movie_was_left(
    store: Store, cast: Cast, events: list[tuple[WatchKind, int | None]], position: int | None
) -> None:
    store.watch(cast.ana, cast.brazil, WatchKind.PROGRESS, 11)
    store.watch(cast.ben, cast.alien, WatchKind.PROGRESS, 22)
    for kind, seconds in events:
        store.watch(cast.ana, cast.alien, kind, seconds)
    assert store.watch_position(cast.ana, cast.alien) == position


def test_unknown_viewers_and_movies(store: Store, cast: Cast) -> None:
    with pytest.raises(UnknownUser):
        store.watch(99, cast.alien, WatchKind.STARTED)
    with pytest.raises(UnknownMovie):
        store.watch(cast.ana, 99, WatchKind.STARTED)
    assert store.watch(cast.ana, cast.alien, WatchKind.STARTED).seq == 1
