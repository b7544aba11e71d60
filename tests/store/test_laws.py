"""What is true of every log."""

from __future__ import annotations

from itertools import count

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import Store
from engine.types import StoreCounts

USERS, MOVIES = 3, 3
_names = count()
events = st.lists(
    st.tuples(
        st.integers(0, USERS - 1), st.integers(0, MOVIES - 1), st.none() | st.integers(1, 10), st.integers(0, 2**37)
    ),
    max_size=15,
)
laws = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def new_cast(store: Store) -> tuple[list[int], list[int]]:
    """Viewers and movies that no other example has touched."""
    users = [store.add_user(f"viewer {next(_names)}").user_id for _ in range(USERS)]
    movies = [store.add_movie(f"movie {next(_names)}").movie_id for _ in range(MOVIES)]
    return users, movies


def write(store: Store, users: list[int], movies: list[int], log: list[tuple[int, int, int | None, int]]) -> None:
    for user, movie, half_stars, when in log:
        if half_stars is None:
            store.take_back(users[user], movies[movie], when)
        else:
            store.rate(users[user], movies[movie], half_stars / 2, when)


@laws
@given(log=events)
def test_the_current_ratings_are_a_fold_over_the_log(store: Store, log: list[tuple[int, int, int | None, int]]) -> None:
    users, movies = new_cast(store)
    before = store.counts()
    write(store, users, movies, log)

    folded: dict[tuple[int, int], tuple[int, int]] = {}
    for user, movie, half_stars, when in log:
        if half_stars is None:
            folded.pop((users[user], movies[movie]), None)
        else:
            folded[users[user], movies[movie]] = (half_stars, when)

    current = {
        (user, movie): (event.half_stars, event.rated_at)
        for user in users
        for movie, event in store.ratings_of(user).items()
    }
    assert current == folded
    query = "SELECT user_id, movie_id, half_stars, rated_at FROM ratings WHERE user_id >= ?"
    view = store.connection.read(lambda session: session.rows(query, (users[0],)))
    assert {(row[0], row[1]): (row[2], row[3]) for row in view} == folded
    after = store.counts()
    assert after == StoreCounts(
        before.users, before.movies, before.ratings + len(folded), before.rating_events + len(log), before.watch_events
    )
    assert [store.user_by_id(user).n_ratings for user in users] == [
        sum(pair[0] == user for pair in folded) for user in users
    ]


@laws
@given(log=events, cuts=st.lists(st.integers(1, 6), min_size=1))
def test_deltas_one_after_the_other_are_the_whole_log(
    store: Store, log: list[tuple[int, int, int | None, int]], cuts: list[int]
) -> None:
    users, movies = new_cast(store)
    start = store.last_seq()
    write(store, users, movies, log)
    parts, at, turn = [], start, 0
    while at < store.last_seq():
        parts.append(store.events_after(at, limit=cuts[turn % len(cuts)]))
        at, turn = int(parts[-1].seq[-1]), turn + 1
    whole = store.events_after(start)
    assert whole.seq.tolist() == list(range(start + 1, start + 1 + len(log)))
    assert whole.half_stars.tolist() == [half_stars or 0 for _, _, half_stars, _ in log]
    assert whole.rated_at.tolist() == [when for _, _, _, when in log]
    if parts:
        for column, pieces in zip(whole, zip(*parts, strict=True), strict=True):
            np.testing.assert_array_equal(np.concatenate(pieces), column)


@laws
@given(log=events)
def test_a_prefix_of_the_log_never_changes(store: Store, log: list[tuple[int, int, int | None, int]]) -> None:
    users, movies = new_cast(store)
    write(store, users, movies, log)
    before = store.events_after(0)
    write(store, users, movies, log[::-1])
    after = store.events_after(0, limit=len(before.seq))
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)


@laws
@given(log=events, limit=st.integers(0, 20))
def test_history_is_the_log_backwards(store: Store, log: list[tuple[int, int, int | None, int]], limit: int) -> None:
    users, movies = new_cast(store)
    write(store, users, movies, log)
    for number, user in enumerate(users):
        own = [(movies[movie], half_stars, when) for who, movie, half_stars, when in log if who == number]
        told = [(event.movie_id, event.half_stars, event.rated_at) for event in store.history(user, limit)]
        assert told == own[::-1][:limit]
