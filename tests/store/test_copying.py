"""A copy of an earlier moment holds what was there then, and goes on by itself."""

from __future__ import annotations

from pathlib import Path

from engine.store import Store, copy_store, history_point, open_store
from engine.types import WatchKind
from tests.store.conftest import Cast


def test_a_copy_holds_what_was_there_at_the_moment(store: Store, cast: Cast, tmp_path: Path) -> None:
    store.rate(cast.ana, cast.alien, 4.5, rated_at=1000)
    store.watch(cast.ana, cast.alien, WatchKind.STARTED, 0)
    then = (store.movies(), store.user("Ana"), store.history(cast.ana), store.watch_history(cast.ana))
    moment = history_point(store)
    store.rate(cast.ana, cast.alien, 1, rated_at=2000)
    store.rate(store.add_user("Zoe").user_id, store.add_movie("Later", 2030, ["Drama", "New"]).movie_id, 5)
    store.watch(cast.ana, cast.alien, WatchKind.FINISHED, 7000)

    copy_store(store, tmp_path / "copy.db", moment)

    with open_store(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert (copy.movies(), copy.user("Ana"), copy.history(cast.ana), copy.watch_history(cast.ana)) == then
        assert copy.counts().users == 2
        assert copy.uuid != store.uuid
        assert copy.last_seq() == 1
        assert copy.add_user("Zoe").user_id == 3
        assert copy.rate(cast.ben, cast.brazil, 3).seq == 2
    assert store.last_seq() == 3, "the original is as it was"


def test_a_copy_of_nothing_is_an_empty_store(store: Store, tmp_path: Path) -> None:
    copy_store(store, tmp_path / "copy.db", history_point(store))
    with open_store(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert copy.counts().movies == 0
        assert copy.add_movie("First").movie_id == 1
