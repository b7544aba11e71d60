"""Search over titles, and what a new viewer is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.service.catalogue import Catalogue, normalised
from engine.service.viewers import last_viewer, remember_viewer, taste_start
from engine.types import Movie
from tests.service.made_up import films

if TYPE_CHECKING:
    from pathlib import Path


def titles(found: list[Movie]) -> list[str]:
    return [movie.title for movie in found]


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(films(12))


@pytest.mark.parametrize(
    ("text", "expected"), [("  AMÉLIE  Poulain", "amelie poulain"), ("Straße", "strasse"), ("七人の侍", "七人の侍")]
)
def test_case_accents_and_runs_of_space_do_not_count(text: str, expected: str) -> None:
    assert normalised(text) == expected


def test_accents_and_case_do_not_matter(catalogue: Catalogue) -> None:
    assert titles(catalogue.search("amelie")) == ["Amélie"]
    assert titles(catalogue.search("AMÉL")) == ["Amélie"]


def test_titles_that_begin_with_the_query_come_first_then_words_that_do() -> None:
    made = [Movie(1, "The Unforgiven"), Movie(2, "Giver of Life"), Movie(3, "Forgiven"), Movie(4, "The Giver")]
    assert titles(Catalogue(made).search("giv")) == ["Giver of Life", "The Giver", "Forgiven", "The Unforgiven"]


def test_the_year_and_the_original_title_are_searched() -> None:
    made = [Movie(1, "Seven Samurai", 1954, original_title="Shichinin no samurai"), Movie(2, "Ikiru", 1952)]
    assert titles(Catalogue(made).search("shichinin")) == ["Seven Samurai"]
    assert titles(Catalogue(made).search("ikiru 1952")) == ["Ikiru"]


def test_words_in_another_order_and_typing_errors_are_found_when_little_else_is(catalogue: Catalogue) -> None:
    assert titles(catalogue.search("runner blade"))[0] == "Blade Runner"
    assert titles(catalogue.search("casblanca")) == ["Casablanca"]
    assert titles(catalogue.search("blad runer")) == ["Blade Runner"]
    assert catalogue.search("qqqqqq") == []
    assert catalogue.search("blade qqqqqq") == []


def test_an_empty_query_gives_everything_and_a_genre_narrows_it(catalogue: Catalogue) -> None:
    assert catalogue.search("") == list(catalogue.movies)
    assert titles(catalogue.search("", genre="Horror")) == ["Alien", "The Shining"]
    assert titles(catalogue.search("a", genre="Horror", limit=1)) == ["Alien"]


def test_genres_and_movies_by_id(catalogue: Catalogue) -> None:
    assert "Sci-Fi" in catalogue.genres
    assert catalogue.by_id[3].title == "Alien"
    assert len(catalogue) == 12


def test_the_taste_start_is_known_and_spread() -> None:
    made = [Movie(n, f"D{n}", 1990, ("Drama",)) for n in range(1, 30)] + [Movie(50, "H", 1950, ("Horror",))]
    fame = [1] * 9 + [2] * 8 + [3] * 7 + [50] * 2
    assert [movie.movie_id for movie in taste_start(Catalogue(made), fame, 3)] == [1, 50, 2]


def test_the_taste_start_of_a_small_catalogue_is_all_of_it() -> None:
    assert len(taste_start(Catalogue(films(3)), (), 12)) == 3
    assert taste_start(Catalogue(()), (), 12) == []


def test_the_last_viewer_is_remembered_for_each_store(tmp_path: Path) -> None:
    assert last_viewer(tmp_path, "a") is None
    remember_viewer(tmp_path, "a", "Chloé")
    remember_viewer(tmp_path, "b", "Ana")
    assert (last_viewer(tmp_path, "a"), last_viewer(tmp_path, "b")) == ("Chloé", "Ana")


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": 3}', "\x00"])
def test_a_spoilt_file_of_last_viewers_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "last-viewers.json").write_text(text)
    assert last_viewer(tmp_path, "a") is None
    remember_viewer(tmp_path, "a", "Ana")
    assert last_viewer(tmp_path, "a") == "Ana"
