from __future__ import annotations

import math
import time

import numpy as np
import pytest

from engine.errors import BadStars, UnknownMovie, UnknownUser
from engine.store import Store
from engine.store.events import ratings_after
from engine.types import RatingEvent
from tests.store.conftest import Cast


def test_a_rating_its_change_and_its_end(store: Store, cast: Cast) -> None:
    first = store.rate(cast.ana, cast.alien, 3.5, rated_at=1000)
    assert first == RatingEvent(1, cast.ana, cast.alien, 7, 1000)
    assert store.ratings_of(cast.ana) == {cast.alien: first}
    second = store.rate(cast.ana, cast.alien, 5, rated_at=2000)
    assert store.ratings_of(cast.ana) == {cast.alien: second}
    third = store.take_back(cast.ana, cast.alien, rated_at=3000)
    assert third == RatingEvent(3, cast.ana, cast.alien, None, 3000)
    assert store.ratings_of(cast.ana) == {}
    assert store.history(cast.ana) == [third, second, first]


def test_what_stood_before_an_event(store: Store, cast: Cast) -> None:
    first = store.rate(cast.ana, cast.alien, 3.5)
    store.rate(cast.ben, cast.alien, 1)
    second, third = store.rate(cast.ana, cast.alien, 5), store.take_back(cast.ana, cast.alien)
    again = store.rate(cast.ana, cast.alien, 2)
    assert [store.stars_before(event) for event in (first, second, third, again)] == [None, 7, 10, None]


def test_the_last_event_counts_even_when_its_clock_is_behind(store: Store, cast: Cast) -> None:
    store.rate(cast.ana, cast.alien, 1, rated_at=2000)
    store.rate(cast.ana, cast.alien, 5, rated_at=1000)
    assert store.ratings_of(cast.ana)[cast.alien].stars == 5


def test_viewers_do_not_mix(store: Store, cast: Cast) -> None:
    store.rate(cast.ana, cast.alien, 1)
    store.rate(cast.ben, cast.alien, 5)
    store.take_back(cast.ana, cast.alien)
    assert store.ratings_of(cast.ben)[cast.alien].stars == 5
    assert [event.user_id for event in store.history(cast.ben)] == [cast.ben]


def test_now_is_the_default_time(store: Store, cast: Cast) -> None:
    before = int(time.time())
    assert before <= store.rate(cast.ana, cast.alien, 1).rated_at <= time.time()


@pytest.mark.parametrize("stars", [0, 0.25, 3.7, 5.5, -1, math.nan, math.inf, True, "4", None])
def test_stars_off_the_half_steps(store: Store, cast: Cast, stars: object) -> None:
    with pytest.raises(BadStars, match="half steps"):
        store.rate(cast.ana, cast.alien, stars)  # type: ignore[arg-type]
    assert store.last_seq() == 0


@pytest.mark.parametrize("halves", range(1, 11))
def test_every_half_step(store: Store, cast: Cast, halves: int) -> None:
    assert store.rate(cast.ana, cast.alien, halves / 2).half_stars == halves
    assert store.rate(cast.ana, cast.alien, np.float32(halves / 2)).half_stars == halves


@pytest.mark.parametrize("number", [0, 99, 2**31, 2**63, 10**30])
def test_unknown_viewers_and_movies_leave_no_trace(store: Store, cast: Cast, number: int) -> None:
    with pytest.raises(UnknownUser):
        store.rate(number, cast.alien, 3)
    with pytest.raises(UnknownMovie):
        store.rate(cast.ana, number, 3)
    with pytest.raises(UnknownMovie):
        store.take_back(cast.ana, number)
    assert store.rate(cast.ana, cast.alien, 3).seq == 1


def test_numbers_of_numpy_are_numbers(store: Store, cast: Cast) -> None:
    event = store.rate(np.int32(cast.ana), np.int64(cast.alien), np.float64(3.5), np.int64(77))  # type: ignore[arg-type]
    assert store.history(cast.ana) == [event] == [RatingEvent(1, cast.ana, cast.alien, 7, 77)]


def test_history_is_cut_at_its_limit(store: Store, cast: Cast) -> None:
    for stars in (1, 2, 3):
        store.rate(cast.ana, cast.alien, stars)
    assert [event.stars for event in store.history(cast.ana, limit=2)] == [3, 2]


def test_events_are_typed_columns_in_order(store: Store, cast: Cast) -> None:
    store.rate(cast.ben, cast.brazil, 0.5, rated_at=253_402_300_799)
    store.rate(cast.ana, cast.alien, 5, rated_at=0)
    store.take_back(cast.ben, cast.brazil, rated_at=7)
    events = store.events_after(0)
    assert [column.dtype for column in events] == [np.int64, np.int32, np.int32, np.int8, np.int64]
    assert events.seq.tolist() == [1, 2, 3]
    assert events.user_id.tolist() == [cast.ben, cast.ana, cast.ben]
    assert events.movie_id.tolist() == [cast.brazil, cast.alien, cast.brazil]
    assert events.half_stars.tolist() == [1, 10, 0]
    assert events.rated_at.tolist() == [253_402_300_799, 0, 7]


def test_events_after_a_number_and_up_to_a_limit(store: Store, cast: Cast) -> None:
    for stars in (1, 2, 3, 4):
        store.rate(cast.ana, cast.alien, stars)
    assert store.events_after(2).seq.tolist() == [3, 4]
    assert store.events_after(1, limit=2).seq.tolist() == [2, 3]
    assert store.events_after(store.events_after(0).seq[1], limit=np.int64(1)).seq.tolist() == [3]  # type: ignore[arg-type]
    assert store.events_after(0, limit=0).seq.tolist() == []


@pytest.mark.parametrize("after", [0, 5])
def test_no_new_events_are_empty_columns_of_the_right_types(store: Store, after: int) -> None:
    events = store.events_after(after)
    assert [len(column) for column in events] == [0] * 5
    assert events.half_stars.dtype == np.int8


def test_more_events_than_one_query_reads(store: Store, cast: Cast) -> None:
    for step in range(7):
        store.rate(cast.ana, cast.alien, 0.5 + step / 2)
    assert ratings_after(store.connection, 0, None, chunk=3).half_stars.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert ratings_after(store.connection, 2, 4, chunk=3).seq.tolist() == [3, 4, 5, 6]


def test_counts_are_of_the_ratings_that_stand(store: Store, cast: Cast) -> None:
    store.rate(cast.ana, cast.alien, 1)
    store.rate(cast.ana, cast.alien, 2)
    store.rate(cast.ana, cast.brazil, 2)
    store.rate(cast.ben, cast.brazil, 2)
    store.take_back(cast.ben, cast.brazil)
    counts = store.counts()
    assert (counts.users, counts.movies, counts.ratings, counts.rating_events) == (2, 3, 2, 5)
