from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NameTaken, UnknownUser
from engine.store import BulkWriter, NewUser, Store
from engine.store.users import name_key
from tests.store.conftest import Cast


def test_a_new_viewer_is_found_by_name_and_number(store: Store) -> None:
    ana = store.add_user("  Ana   María ")
    assert (ana.name, ana.source, ana.n_ratings) == ("Ana María", "matinee", 0)
    assert store.user("ana maría") == ana
    assert store.user_by_id(ana.user_id) == ana


def test_numbers_are_dense(store: Store) -> None:
    store.add_user("Ana")
    with pytest.raises(NameTaken):
        store.add_user("ANA")
    assert store.add_user("Ben").user_id == 2


@pytest.mark.parametrize("name", ["", "   ", "\x00", "x" * 81])
def test_a_name_that_is_none(store: Store, name: str) -> None:
    with pytest.raises(NameTaken):
        store.add_user(name)
    assert store.users() == []


@pytest.mark.parametrize("name", ["x" * 80, "ΐ" * 80, "😀" * 80, "'; DROP TABLE users; --", "100% ?", "a\\b"])
def test_a_name_that_is_unusual(store: Store, name: str) -> None:
    added = store.add_user(name)
    assert store.user(name) == added
    assert [user.name for user in store.users(name)] == [name]


def test_accents_make_different_names(store: Store) -> None:
    store.add_user("Zoe")
    store.add_user("Zoë")
    assert store.user("ZOË").name == "Zoë"


def test_an_unknown_viewer_is_an_error_that_names_the_nearest(store: Store, cast: Cast) -> None:
    with pytest.raises(UnknownUser, match="Did you mean 'Ana'"):
        store.user("Anna")
    with pytest.raises(UnknownUser, match="no viewer number 99"):
        store.user_by_id(99)
    with pytest.raises(UnknownUser):
        store.user_by_id(10**30)
    with pytest.raises(UnknownUser):
        store.user("\udcff")


def test_ratings_are_counted_as_they_stand(store: Store, cast: Cast) -> None:
    store.rate(cast.ana, cast.alien, 4)
    store.rate(cast.ana, cast.alien, 5)
    store.rate(cast.ana, cast.brazil, 2)
    store.take_back(cast.ana, cast.brazil)
    assert store.user("Ana").n_ratings == 1
    assert {user.name: user.n_ratings for user in store.users()} == {"Ana": 1, "Ben": 0}
    assert [user.n_ratings for user in store.users("an")] == [1]


def test_ratings_of_very_many_viewers_are_counted(store: Store, cast: Cast) -> None:
    with BulkWriter(store, "test", "0" * 64) as bulk:
        bulk.add_users([NewUser(f"viewer {number}", str(number)) for number in range(600)])
    store.rate(cast.ana, cast.alien, 4)
    found = store.users(limit=1000)
    assert len(found) == 602
    assert {user.name: user.n_ratings for user in found if user.n_ratings} == {"Ana": 1}


def test_names_that_look_the_same_are_the_same() -> None:
    assert name_key("Zoë") == name_key("ZOE\N{COMBINING DIAERESIS}") == name_key(" zoë\t")
    assert name_key("Zoë") != name_key("Zoe")


@given(st.text())
def test_keys_are_stable_and_can_be_stored(text: str) -> None:
    key = name_key(text)
    assert key.encode() is not None
    assert key == key.strip() == name_key(key)


@given(st.text(min_size=1, max_size=80))
def test_the_key_of_the_longest_name_fits_its_column(name: str) -> None:
    assert len(name_key(name)) <= 240


def test_order_without_a_query_is_the_apps_newest_then_by_name(store: Store) -> None:
    with BulkWriter(store, "ml-100k", "0" * 64) as bulk:
        bulk.add_users([NewUser("Zed", "1"), NewUser("carl", "2"), NewUser("Bob", "3")])
    store.add_user("Ana")
    store.add_user("Yan")
    assert [user.name for user in store.users()] == ["Yan", "Ana", "Bob", "carl", "Zed"]
    assert [user.name for user in store.users(limit=2)] == ["Yan", "Ana"]


def test_search_puts_the_equal_name_first_then_beginnings(store: Store) -> None:
    for name in ("91", "19", "1", "10"):
        store.add_user(name)
    assert [user.name for user in store.users("1")] == ["1", "10", "19", "91"]
    assert store.users("_") == []
