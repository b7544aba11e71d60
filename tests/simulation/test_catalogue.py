"""The catalogue that ships: at least 500 real films, whole, unique and in range."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from engine.paths import fixtures
from engine.simulation.films import GENRES


@pytest.fixture(scope="module")
def movies() -> list[dict[str, str]]:
    with (fixtures() / "movies.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_size_and_years(movies: list[dict[str, str]]) -> None:
    assert len(movies) >= 500
    years = [int(movie["year"]) for movie in movies]
    assert min(years) >= 1920
    assert max(years) <= 2025
    assert {year // 10 for year in years} == set(range(192, 203))


def test_ids_run_from_one(movies: list[dict[str, str]]) -> None:
    assert [int(movie["movie_id"]) for movie in movies] == list(range(1, len(movies) + 1))


def test_no_film_twice(movies: list[dict[str, str]]) -> None:
    twice = [key for key, n in Counter((m["title"].casefold(), m["year"]) for m in movies).items() if n > 1]
    assert twice == []


def test_every_cell_is_whole(movies: list[dict[str, str]]) -> None:
    for movie in movies:
        assert all(movie[name] for name in ("title", "director", "country", "synopsis")), movie
        assert all(value == value.strip() for value in movie.values()), movie
        assert 1 <= int(movie["runtime"]) <= 600, movie
        assert 40 <= len(movie["synopsis"]) <= 180, movie
        assert movie["synopsis"][-1] in ".!?", movie
        assert movie["original_title"].casefold() != movie["title"].casefold(), movie


def test_genres_are_movielens_eighteen(movies: list[dict[str, str]]) -> None:
    seen: set[str] = set()
    for movie in movies:
        genres = movie["genres"].split("|")
        assert genres == sorted(set(genres)), movie
        seen |= set(genres)
    assert seen == set(GENRES)


def test_many_countries(movies: list[dict[str, str]]) -> None:
    assert len({movie["country"] for movie in movies}) >= 40


def test_no_sentence_twice(movies: list[dict[str, str]]) -> None:
    assert len({movie["synopsis"] for movie in movies}) == len(movies)
