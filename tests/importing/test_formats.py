"""Each format, from files to data frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from engine.importing import Dataset, read_dataset
from tests.importing import shapes


def _movies(dataset: Dataset) -> list[tuple[object, ...]]:
    frame = dataset.movies
    years = [None if pd.isna(year) else int(year) for year in frame["year"]]
    return list(zip(frame["movie"], frame["title"], years, frame["genres"], strict=True))


def _ratings(dataset: Dataset) -> list[tuple[object, ...]]:
    return list(dataset.ratings.itertuples(index=False, name=None))


def test_ml_100k(tmp_path: Path) -> None:
    dataset = read_dataset(shapes.ml_100k(tmp_path))
    assert _movies(dataset) == [
        (1, "The Postman", 1994, "Children's|Drama"),
        (2, "Café Noir (V)", 1995, "Film-Noir"),
        (3, "unknown", None, ""),
    ]
    assert dataset.movies["raw_title"].tolist() == ["Postman, The (1994)", "Café Noir (1995) (V)", "unknown"]
    assert _ratings(dataset) == [
        (2, 1, 1.0, 880000000),
        (2, 3, 4.0, 880000009),
        (10, 2, 3.0, 880000001),
        (10, 1, 5.0, 880000002),
    ]
    assert list(dataset.users.itertuples(index=False, name=None)) == [(2, "2", 880000000), (10, "10", 880000001)]
    report = dataset.report
    assert (report.format, report.users, report.movies, report.ratings) == ("ml-100k", 2, 3, 4)
    assert (report.earlier, report.skipped, report.scale) == (0, 0, "1 to 5 in steps of 1, kept as stars")


def test_ml_100k_without_its_list_of_genres(tmp_path: Path) -> None:
    shapes.ml_100k(tmp_path)
    (tmp_path / "u.genre").unlink()
    assert read_dataset(tmp_path).movies["genres"].tolist() == ["Children's|Drama", "Film-Noir", ""]


def test_the_order_of_the_genre_file_decides(tmp_path: Path) -> None:
    turned = "".join(f"{genre}|{18 - i}\n" for i, genre in enumerate(shapes.GENRES_100K))
    movies = read_dataset(shapes.ml_100k(tmp_path, u_genre=turned)).movies
    assert movies["genres"].tolist() == ["Film-Noir|Romance", "Drama", "Western"]


def test_ml_1m(tmp_path: Path) -> None:
    dataset = read_dataset(shapes.ml_1m(tmp_path))
    assert dataset.report.format == "ml-1m"
    assert _movies(dataset) == [
        (1, "Señor: A Story", 1995, "Animation|Children's|Comedy"),
        (2, "L'Avventura", 1960, "Drama"),
        (7, "Nobody's Film", 2000, "Western"),
    ]
    assert _ratings(dataset) == [(1, 1, 5.0, 978300760), (1, 2, 3.0, 978302109), (2, 2, 4.0, 978301968)]


def test_ml_10m(tmp_path: Path) -> None:
    dataset = read_dataset(shapes.ml_10m(tmp_path))
    assert dataset.report.format == "ml-10m"
    assert dataset.report.scale == "0.5 to 5 in steps of 0.5, kept as stars"
    assert _movies(dataset) == [
        (1, "Señor: A Story", 1995, "Animation|Children's|Comedy|IMAX"),
        (2, "Quiet", 1960, ""),
    ]
    assert dataset.ratings["stars"].tolist() == [4.5, 3.0, 0.5]


def test_ml_10m_without_tags_shows_in_its_half_stars(tmp_path: Path) -> None:
    shapes.ml_10m(tmp_path)
    (tmp_path / "tags.dat").unlink()
    assert read_dataset(tmp_path).report.format == "ml-10m"


def test_files_of_others(tmp_path: Path) -> None:
    dataset = read_dataset(shapes.others(tmp_path))
    assert dataset.report.format == "dat"
    assert dataset.report.scale == ("0 to 10 in steps of 1; stars = rating × 0.5, to the nearest half, 0.5 at least")
    assert _movies(dataset) == [
        ("0000042", "The Wall", 2012, "Drama|Short"),
        ("0110912", "Zażółć", 1994, ""),
        ("42", "Another One", 2001, "Sport"),
    ]
    assert _ratings(dataset) == [
        ("007", "0000042", 0.5, 1381006850),
        ("007", "0110912", 3.5, 1381006851),
        ("12", "0110912", 5.0, 1381006852),
    ]


def test_files_of_others_may_be_latin1(tmp_path: Path) -> None:
    movies = "0000042::Señor (2012)::\n0110912::B::\n"
    assert read_dataset(shapes.others(tmp_path, movies=movies.encode("latin-1"))).movies["title"][0] == "Señor"


def test_stars_of_others_with_text_ids(tmp_path: Path) -> None:
    movies, ratings = "tt1::A::\ntt2::B::\n", "ann::tt1::1::5\nbob::tt2::5::6\nbob::tt1::4::7\n"
    dataset = read_dataset(shapes.others(tmp_path, movies=movies, ratings=ratings))
    assert dataset.report.format == "dat"
    assert dataset.ratings["stars"].tolist() == [1.0, 5.0, 4.0]
    assert dataset.ratings["user"].tolist() == ["ann", "bob", "bob"]


def test_csv(tmp_path: Path) -> None:
    dataset = read_dataset(shapes.ml_csv(tmp_path / "ml-latest-small"))
    assert dataset.report.format == "ml-latest-small"
    assert _movies(dataset) == [
        (1, "The American Hour", 1995, "Adventure|Children's"),
        (2, '7 "Days", Maybe', None, ""),
        (30, "Serial: Café (2006–2007)", None, "Drama"),
    ]
    assert dataset.movies["raw_title"][1] == ' 7 "Days", Maybe '
    assert _ratings(dataset) == [(1, 30, 0.5, 964981247), (1, 1, 4.0, 964982703), (20, 2, 5.0, 964982224)]


def test_csv_columns_are_found_by_name(tmp_path: Path) -> None:
    ratings = "timestamp,rating,extra,movieId,userId\n5,4.5,x,2,20\n"
    dataset = read_dataset(
        shapes.ml_csv(tmp_path, ratings="\ufeff" + ratings, movies="title,genres,movieId\nA,War,2\n")
    )
    assert _ratings(dataset) == [(20, 2, 4.5, 5)]
    assert _movies(dataset) == [(2, "A", None, "War")]


def test_a_title_over_two_lines(tmp_path: Path) -> None:
    movies = 'movieId,title,genres\n1,"Two\nLines (1999)",War\n2,X\n30,B,War\n'
    dataset = read_dataset(shapes.ml_csv(tmp_path, movies=movies), keep_going=True)
    assert dataset.movies["title"].tolist() == ["Two Lines", "B"]
    assert str(dataset.report.skipped_lines[0]) == "movies.csv, line 4: fewer or more fields than the header names"


@pytest.mark.parametrize("make", [shapes.ml_100k, shapes.ml_1m, shapes.ml_10m, shapes.ml_csv, shapes.others])
@pytest.mark.parametrize("inside", ["", "ml-copy", "deep/er"])
def test_zip_and_folder_give_the_same(tmp_path: Path, make: Callable[[Path], Path], inside: str) -> None:
    folder = make(tmp_path / "set")
    packed = read_dataset(shapes.pack(folder, tmp_path / "set.zip", inside))
    plain = read_dataset(folder)
    pd.testing.assert_frame_equal(packed.events, plain.events)
    pd.testing.assert_frame_equal(packed.movies, plain.movies)
    assert packed.report == plain.report


def test_the_latest_rating_counts_and_earlier_ones_stay(tmp_path: Path) -> None:
    ratings = "1::1::5::300\n1::2::3::100\n1::1::2::200\n1::1::4::300\n2::1::1::50\n"
    dataset = read_dataset(shapes.ml_1m(tmp_path, ratings=ratings))
    assert _ratings(dataset) == [(1, 2, 3.0, 100), (1, 1, 4.0, 300), (2, 1, 1.0, 50)]
    assert dataset.events["stars"].tolist() == [3.0, 2.0, 5.0, 4.0, 1.0]
    assert (dataset.report.ratings, dataset.report.earlier) == (3, 2)


def test_dtypes_that_the_engine_can_rely_on(tmp_path: Path) -> None:
    ratings = read_dataset(shapes.ml_csv(tmp_path)).ratings
    assert ratings.dtypes.astype(str).to_dict() == {
        "user": "int64",
        "movie": "int64",
        "stars": "float32",
        "at": "int64",
    }


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    read_dataset(shapes.ml_csv(tmp_path), on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] == (tmp_path / "ratings.csv").stat().st_size
