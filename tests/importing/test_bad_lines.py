"""A bad line is skipped, counted and named; too many stop the reading; some files are refused as a whole."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from engine.errors import BadEncoding, ImportFailed, TooManyBadLines
from engine.importing import read_dataset
from tests.importing import shapes


def test_one_percent_is_tolerated(tmp_path: Path) -> None:
    lines = shapes.ratings_1m(297, {10: "oops", 20: "1::1::6::978300760", 30: "1::99::5::978300760"})
    report = read_dataset(shapes.ml_1m(tmp_path, ratings=lines)).report
    assert (report.ratings, report.skipped) == (294, 3)
    assert [str(line) for line in report.skipped_lines] == [
        "ratings.dat, line 10: 1 fields where 4 belong",
        "ratings.dat, line 30: movie 99 is not in movies.dat",
        "ratings.dat, line 20: the rating 6 is off the scale 1 to 5 in steps of 1",
    ]


def test_more_than_one_percent_stops(tmp_path: Path) -> None:
    shapes.ml_1m(tmp_path, ratings=shapes.ratings_1m(296, {10: "a", 20: "b", 30: "c"}))
    with pytest.raises(
        TooManyBadLines, match=r"3 of 299 lines .*ratings\.dat, line 10: .*nothing was written.*--keep-going"
    ):
        read_dataset(tmp_path)
    report = read_dataset(tmp_path, keep_going=True).report
    assert (report.ratings, report.skipped) == (293, 3)


def test_bad_movies_count_with_the_ratings_they_lose(tmp_path: Path) -> None:
    movies = "1::A (1995)::War\n1::Again (1996)::War\n2::::War\nx::B::War\n3::no genres\n4::" + "T" * 301 + "::War\n"
    report = read_dataset(shapes.ml_1m(tmp_path, movies=movies), keep_going=True).report
    assert [str(line) for line in report.skipped_lines] == [
        "movies.dat, line 2: movie 1 is on line 1 already",
        "movies.dat, line 3: the title is empty",
        "movies.dat, line 4: the movie id 'x' is not a whole number",
        "movies.dat, line 5: 2 fields where 3 belong",
        "movies.dat, line 6: the title is longer than 300 characters",
        "ratings.dat, line 2: movie 2 is not in movies.dat",
        "ratings.dat, line 3: movie 2 is not in movies.dat",
    ]


def test_bad_lines_of_ml_100k(tmp_path: Path) -> None:
    items = shapes.item_100k(1, "A (1995)") + "2|B\n" + shapes.item_100k(3, "C (1995)").replace("|0\n", "|2\n")
    report = read_dataset(
        shapes.ml_100k(tmp_path, u_item=items, u_data="1\t1\t5\t1\n1 1 5 1\n"), keep_going=True
    ).report
    assert [str(line) for line in report.skipped_lines] == [
        "u.item, line 2: 2 fields where 24 belong",
        "u.item, line 3: a genre flag is neither 0 nor 1",
        "u.data, line 2: 1 fields where 4 belong",
    ]


def test_a_stray_id_does_not_make_a_movielens_set_another(tmp_path: Path) -> None:
    ratings = shapes.ratings_1m(300, {50: "me::1::5::978300760", 60: "1::x::5::978300760"})
    report = read_dataset(shapes.ml_1m(tmp_path, ratings=ratings)).report
    assert (report.format, report.users, report.skipped) == ("ml-1m", 298, 2)
    assert [line.reason for line in report.skipped_lines] == [
        "the user id 'me' is not a whole number",
        "the movie id 'x' is not a whole number",
    ]


def test_off_the_half_steps(tmp_path: Path) -> None:
    ratings = "userId,movieId,rating,timestamp\n1,1,3.7,5\n1,2,0,6\n1,30,3.5,7\n"
    report = read_dataset(shapes.ml_csv(tmp_path, ratings=ratings), keep_going=True).report
    assert [line.reason for line in report.skipped_lines] == [
        "the rating 3.7 is off the scale 0.5 to 5 in steps of 0.5",
        "the rating 0 is off the scale 0.5 to 5 in steps of 0.5",
    ]


def test_no_rating_at_all(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"ratings\.dat holds no good rating"):
        read_dataset(shapes.ml_1m(tmp_path / "a", ratings=""))
    with pytest.raises(ImportFailed, match=r"ratings\.csv holds no good rating"):
        read_dataset(shapes.ml_csv(tmp_path / "b", ratings="userId,movieId,rating,timestamp\n"))
    with pytest.raises(ImportFailed, match=r"ratings\.dat holds no good rating"):
        read_dataset(shapes.ml_1m(tmp_path / "c", ratings="x\n"), keep_going=True)


def test_encodings_by_data_set(tmp_path: Path) -> None:
    movies = "movieId,title,genres\n1,A,War\n2,Señor,War\n30,B,War\n"
    with pytest.raises(BadEncoding, match=r"movies\.csv, line 3:"):
        read_dataset(shapes.ml_csv(tmp_path / "a", movies=movies.encode("latin-1")))
    damaged = "1::A (1995)::War\n2::Se\ufffdor (1960)::Drama\n".encode()
    with pytest.raises(BadEncoding, match=r"movies\.dat, line 2:"):
        read_dataset(shapes.ml_1m(tmp_path / "b", movies=damaged))
    ratings = b"userId,movieId,rating,timestamp\n1,1,4.0,5\n\xff,1,4.0,5\n"
    with pytest.raises(BadEncoding, match=r"ratings\.csv, line 3:"):
        read_dataset(shapes.ml_csv(tmp_path / "c", ratings=ratings))


def test_a_damaged_zip(tmp_path: Path) -> None:
    path = shapes.pack(shapes.ml_1m(tmp_path / "set", ratings=shapes.ratings_1m(3000)), tmp_path / "set.zip")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        place = file.getinfo("ratings.dat").header_offset + 200
    data[place : place + 50] = b"\0" * 50
    path.write_bytes(data)
    with pytest.raises(ImportFailed, match=r"set\.zip: ratings\.dat can't be read .*get the file again"):
        read_dataset(path)


def test_a_broken_header_and_broken_quotes(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"ratings\.csv, line 1: the header has no column userId"):
        read_dataset(shapes.ml_csv(tmp_path / "a", ratings="1,1,4.0,5\n"))
    endless = 'movieId,title,genres\n1,"' + "x" * 140_000 + "\n"
    with pytest.raises(ImportFailed, match=r"movies\.csv, line \d+: not CSV"):
        read_dataset(shapes.ml_csv(tmp_path / "b", movies=endless))
