"""The real files, where MATINEE_TEST_DATA names a folder that has them. Nothing of them is in this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.importing import read_dataset

FACTS = [
    ("ml-100k.zip", "ml-100k", 943, 1682, 100_000),
    ("ml-1m.zip", "ml-1m", 6040, 3883, 1_000_209),
    ("ml-latest-small.zip", "ml-latest-small", 610, 9742, 100_836),
]


def _real(name: str) -> Path:
    folder = os.environ.get("MATINEE_TEST_DATA")
    path = Path(folder or "", name)
    if not folder or not path.exists():
        pytest.skip(f"MATINEE_TEST_DATA names no folder with {name}")
    return path


@pytest.mark.parametrize(("name", "format_", "users", "movies", "ratings"), FACTS)
def test_counts(name: str, format_: str, users: int, movies: int, ratings: int) -> None:
    report = read_dataset(_real(name)).report
    assert (report.format, report.users, report.movies, report.ratings) == (format_, users, movies, ratings)
    assert (report.earlier, report.skipped) == (0, 0)


def test_movies_of_100k() -> None:
    movies = read_dataset(_real("ml-100k.zip")).movies.set_index("movie")
    assert movies.loc[267, "title"] == "unknown"
    assert movies["year"].isna().sum() == 1
    assert movies["raw_title"].duplicated().sum() == 18
    assert movies["raw_title"].str.endswith("(1995) (V)").sum() == 1
    assert not movies["title"].str.contains(r", (?:The|A|An)$", regex=True).any()


def test_movies_of_1m() -> None:
    movies = read_dataset(_real("ml-1m.zip")).movies
    assert movies["year"].notna().all()
    assert (~movies["raw_title"].map(str.isascii)).sum() == 50
    assert "Children's" in set("|".join(movies["genres"]).split("|"))
    assert not movies["raw_title"].str.contains("\ufffd").any()


def test_movies_of_latest_small() -> None:
    movies = read_dataset(_real("ml-latest-small.zip")).movies
    genres = set("|".join(movies["genres"]).split("|"))
    assert "Children's" in genres
    assert not genres & {"Children", "(no genres listed)"}
