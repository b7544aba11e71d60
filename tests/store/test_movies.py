from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BadMovie, UnknownMovie
from engine.store import Store
from engine.store.movies import by_id
from engine.types import Movie
from tests.store.conftest import Cast
from tests.store.databases import raw


def test_everything_about_a_movie_comes_back(store: Store) -> None:
    added = store.add_movie(
        " The  Seventh Seal",
        1957,
        ["Fantasy", " Drama ", "Drama"],
        96,
        "Ingmar Bergman",
        "Sweden",
        "A knight plays chess with Death; 100% \\ 'quoted' \"?\"",
        "Det sjunde inseglet",
    )
    assert added == Movie(
        movie_id=1,
        title="The Seventh Seal",
        year=1957,
        genres=("Drama", "Fantasy"),
        runtime=96,
        director="Ingmar Bergman",
        country="Sweden",
        synopsis="A knight plays chess with Death; 100% \\ 'quoted' \"?\"",
        original_title="Det sjunde inseglet",
    )
    assert by_id(store.connection, 1) == added
    assert store.movies() == [added]


def test_a_title_is_enough(store: Store) -> None:
    assert store.add_movie("M") == Movie(1, "M")


def test_numbers_of_numpy_are_numbers(store: Store) -> None:
    added = store.add_movie("M", np.int64(1931), runtime=np.int16(111))  # type: ignore[arg-type]
    assert (added.year, added.runtime) == (1931, 111)
    assert by_id(store.connection, np.int32(added.movie_id)) == added  # type: ignore[arg-type]


def test_the_catalogue_is_in_order_of_numbers(store: Store, cast: Cast) -> None:
    assert [movie.title for movie in store.movies()] == ["Stalker", "Alien", "Brazil"]
    assert store.movies()[0].genres == ("Drama", "Sci-Fi")


def test_an_unknown_movie_is_an_error_with_a_remedy(store: Store) -> None:
    for number in (1, 0, -1, 10**30):
        with pytest.raises(UnknownMovie, match="Search for it"):
            by_id(store.connection, number)


@pytest.mark.parametrize(
    "facts",
    [
        {"title": " \x00 "},
        {"title": "x" * 301},
        {"title": "M", "year": 1492},
        {"title": "M", "runtime": 0},
        {"title": "M", "genres": ["x" * 61]},
        {"title": "M", "director": "x" * 301},
    ],
)
def test_facts_that_the_store_cannot_hold(store: Store, facts: dict[str, object]) -> None:
    with pytest.raises(BadMovie):
        store.add_movie(**facts)  # type: ignore[arg-type]
    assert store.movies() == []
    with raw(store.url) as execute:
        assert list(execute("SELECT name FROM genres")) == []
