from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BadMovie, BadStars, StoreBusy, StoreFailed
from engine.store import BulkWriter, DatabaseUrl, NewEvents, NewMovie, NewUser, Store, open_store
from tests.store import programs
from tests.store.rows import rating_events

PRINT = "f" * 64
MOVIES = [NewMovie("Alien", 1979, ("Horror",), source_id="m1"), NewMovie("M", source_id="m2")]
USERS = [NewUser("1", "u1"), NewUser("2", "u2")]


EVENTS = rating_events((1, 1, 10, 100), (1, 2, 0, 200), (2, 2, 1, -5))


def import_all(store: Store, source: str = "test", events: NewEvents = EVENTS) -> int:
    with BulkWriter(store, source, PRINT) as bulk:
        movies, users = bulk.add_movies(MOVIES), bulk.add_users(USERS)
        written = bulk.add_events(events)
        bulk.finish(n_users=len(users), n_movies=len(movies), n_skipped=7)
    return written


def test_an_import_lands_whole(store: Store) -> None:
    assert import_all(store) == 3
    assert [(movie.title, movie.genres) for movie in store.movies()] == [("Alien", ("Horror",)), ("M", ())]
    assert [(user.name, user.source) for user in store.users()] == [("1", "test"), ("2", "test")]
    events = store.events_after(0)
    assert events.half_stars.tolist() == [10, 0, 1]
    assert events.rated_at.tolist() == [100, 200, 0]
    [record] = store.imports()
    assert (record.done, record.n_users, record.n_movies, record.n_ratings, record.n_skipped) == (True, 2, 2, 3, 7)
    assert record.finished_at is not None


def test_a_second_run_adds_nothing(store: Store) -> None:
    import_all(store)
    before = store.counts()
    with BulkWriter(store, "test", PRINT) as bulk:
        assert bulk.record.done
    assert import_all(store) == 0
    assert store.counts() == before
    assert len(store.imports()) == 1


def test_numbers_go_on_after_those_of_the_app(store: Store) -> None:
    ana, brazil = store.add_user("Ana"), store.add_movie("Brazil")
    store.rate(ana.user_id, brazil.movie_id, 4)
    with BulkWriter(store, "test", PRINT) as bulk:
        assert bulk.add_movies(MOVIES) == {"m1": 2, "m2": 3}
        assert bulk.add_users(USERS) == {"u1": 2, "u2": 3}
        assert bulk.add_movies([*MOVIES, NewMovie("New", source_id="m3")])["m3"] == 4
        bulk.add_events(rating_events((2, 2, 5, 0)))
    assert store.events_after(0).seq.tolist() == [1, 2]
    assert store.add_user("Ben").user_id == 4


def test_a_name_that_is_taken_gets_its_source_behind_it(store: Store) -> None:
    store.add_user("1")
    import_all(store)
    import_all(store, "other")
    with BulkWriter(store, "other", "e" * 64) as bulk:
        bulk.add_users([NewUser("1", "u9"), NewUser("x" * 80, "u10"), NewUser("x" * 80, "u11")])
        bulk.add_users([NewUser("\x001 ", "u12")])
    names = [user.name for user in store.users()]
    assert sorted(names)[:6] == ["1", "1 (other 2)", "1 (other 3)", "1 (other)", "1 (test)", "2"]
    assert f"{'x' * 72} (other)" in names


def test_parts_are_counted_over_all_calls(store: Store) -> None:
    heard: list[tuple[int, int, str]] = []
    with BulkWriter(store, "test", PRINT, lambda *said: heard.append(said), batch=2) as bulk:
        bulk.add_movies(MOVIES)
        bulk.add_users(USERS)
        heard.clear()
        bulk.add_events(EVENTS, total=6)
        bulk.add_events(EVENTS, total=6)
    assert heard == [(2, 6, "ratings"), (3, 6, "ratings"), (5, 6, "ratings"), (6, 6, "ratings")]
    with BulkWriter(store, "test", PRINT) as bulk:  # the same again, with a batch that was not there before
        assert bulk.add_events(EVENTS) == 0
        assert bulk.add_events(EVENTS) == 0
        assert bulk.add_events(EVENTS) == 3
    assert store.last_seq() == 9


@pytest.mark.parametrize(
    ("events", "error"),
    [
        (rating_events((1, 1, 11, 0)), BadStars),
        (rating_events((1, 1, -1, 0)), BadStars),
        (rating_events((9, 1, 5, 0)), StoreFailed),
        (rating_events((1, 9, 5, 0)), StoreFailed),
    ],
)
def test_events_that_do_not_fit(store: Store, events: NewEvents, error: type[Exception]) -> None:
    with pytest.raises(error):
        import_all(store, events=events)
    assert store.last_seq() == 0


def test_a_movie_that_does_not_fit(store: Store) -> None:
    bulk = BulkWriter(store, "test", PRINT)
    with pytest.raises(BadMovie, match="m1"), bulk:
        bulk.add_movies([NewMovie(" ", source_id="m1")])
    assert store.movies() == []


def test_no_rows_are_no_fault(store: Store) -> None:
    with BulkWriter(store, "test", PRINT) as bulk:
        assert bulk.add_movies([]) == {}
        assert bulk.add_users([]) == {}
        assert bulk.add_events(rating_events()) == 0
        bulk.finish(n_users=0, n_movies=0)


def test_an_import_killed_half_way_is_nothing_or_completed(url: DatabaseUrl) -> None:
    batches, batch = 8, 500
    for progress in ("movies 50", "viewers 80", "ratings 500", "ratings 3000"):
        with programs.running("bulk", url, batches, batch) as process:
            assert process.stdout is not None
            while process.stdout.readline().strip() != progress:
                assert process.poll() is None
            process.kill()
        with open_store(url) as store:
            assert url.engine == "mysql" or store.counts().movies == 0
            assert store.last_seq() % batch == 0
    with programs.running("bulk", url, batches, batch) as process:
        assert process.communicate()[0].endswith("done\n")
    with open_store(url) as store:
        events = store.events_after(0)
        expected = programs.bulk_events(batches * batch, list(range(1, 81)), list(range(1, 51)))
        assert events.seq.tolist() == list(range(1, batches * batch + 1))
        for column, wanted in zip(events[1:], expected, strict=True):
            np.testing.assert_array_equal(column, wanted)
        assert (store.counts().users, store.counts().movies, len(store.imports())) == (80, 50, 1)


@pytest.mark.mysql
@pytest.mark.parametrize("store", ["mysql"], indirect=True)
def test_two_programs_cannot_mix_the_same_import(store: Store) -> None:
    with open_store(store.url) as other:
        with BulkWriter(store, "test", PRINT) as bulk, BulkWriter(other, "test", PRINT) as rival:
            bulk.add_movies(MOVIES)
            bulk.add_users(USERS)
            bulk.add_events(EVENTS)
            with pytest.raises(StoreBusy, match="importing the same files"):
                rival.add_events(EVENTS)
        assert other.last_seq() == 3
