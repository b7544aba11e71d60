from __future__ import annotations

import numpy as np
import pytest

from engine.errors import BadMovie, UnknownMovie
from engine.store import Store
from engine.types import Movie
from tests.store.conftest import Cast


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
    assert store.movie(1) == added
    assert store.movies() == [added]


def test_a_title_is_enough(store: Store) -> None:
    assert store.add_movie("M") == Movie(1, "M")


def test_numbers_of_numpy_are_numbers(store: Store) -> None:
    added = store.add_movie("M", np.int64(1931), runtime=np.int16(111))  # type: ignore[arg-type]
    assert (added.year, added.runtime) == (1931, 111)
    assert store.movie(np.int32(added.movie_id)) == added  # type: ignore[arg-type]


def test_more_movies_than_ids_in_a_query(store: Store, monkeypatch: pytest.MonkeyPatch, cast: Cast) -> None:
    monkeypatch.setattr("engine.store.movies._MANY", 1)
    assert [movie.genres for movie in store.search("al")] == [("Horror", "Sci-Fi"), ("Drama", "Sci-Fi")]


def test_the_catalogue_is_in_order_of_numbers(store: Store, cast: Cast) -> None:
    assert [movie.title for movie in store.movies()] == ["Stalker", "Alien", "Brazil"]
    assert store.movies()[0].genres == ("Drama", "Sci-Fi")
    assert store.genres() == ["Drama", "Horror", "Sci-Fi"]


def test_unknown_movies(store: Store) -> None:
    for number in (1, 0, -1, 10**30):
        with pytest.raises(UnknownMovie, match="Search for it"):
            store.movie(number)


@pytest.mark.parametrize(
    ("query", "genre", "titles"),
    [
        ("al", None, ["Alien", "Stalker"]),
        ("STÁLK", None, ["Stalker"]),
        ("сталк", None, ["Stalker"]),
        ("", "Sci-Fi", ["Alien", "Stalker"]),
        ("", None, ["Alien", "Brazil", "Stalker"]),
        ("a", "Horror", ["Alien"]),
        ("a", "Western", []),
        ("%", None, []),
        ("_", None, []),
        ("\udcff", None, []),
    ],
)
def test_search(store: Store, cast: Cast, query: str, genre: str | None, titles: list[str]) -> None:
    assert [movie.title for movie in store.search(query, genre)] == titles


def test_search_is_cut_and_keeps_the_genres(store: Store, cast: Cast) -> None:
    [first] = store.search("a", limit=1)
    assert (first.title, first.genres) == ("Alien", ("Horror", "Sci-Fi"))


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
    assert store.genres() == []
