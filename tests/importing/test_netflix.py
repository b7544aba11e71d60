from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.importing import FORMATS, Dataset, read_dataset
from engine.importing.archive import DataFiles, open_archive
from engine.importing.readers import netflix
from engine.importing.report import LineTally
from tests.importing import shapes

TITLES = "1,2003,Dinosaur Planet\n2,NULL,Señor, the Film, The\n3,1997,Character (1997)\n"
FIRST = "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n3:\n1488844,4,1999-12-31\n"
SECOND = "2:\n822109,1,2005-05-13\n"


def _rows(dataset: Dataset) -> list[tuple[object, ...]]:
    return list(dataset.ratings.itertuples(index=False, name=None))


ROWS = [
    (822109, 1, 5.0, 1115942400),
    (822109, 2, 1.0, 1115942400),
    (1488844, 3, 4.0, 946598400),
    (1488844, 1, 3.0, 1125964800),
]


def test_the_four_big_files(tmp_path: Path) -> None:
    files = {"movie_titles.csv": TITLES, "combined_data_1.txt": FIRST, "combined_data_2.txt": SECOND}
    dataset = read_dataset(shapes.pack(shapes.write(tmp_path / "in", files, "latin-1"), tmp_path / "n.zip", "archive"))
    assert dataset.report.format == "netflix"
    assert _rows(dataset) == ROWS
    assert dataset.movies["title"].tolist() == ["Dinosaur Planet", "The Señor, the Film", "Character (1997)"]
    assert dataset.movies["year"].fillna(0).tolist() == [2003, 0, 1997]


@pytest.mark.parametrize("folder", ["", "training_set"])
def test_a_file_for_each_movie(tmp_path: Path, folder: str) -> None:
    shapes.write(tmp_path, {"movie_titles.txt": TITLES}, "latin-1")
    one, three = FIRST.split("3:\n")
    files = {"mv_0000001.txt": one, "mv_0000002.txt": SECOND, "mv_0000003.txt": "3:\n" + three}
    shapes.write(tmp_path / folder, files)
    assert _rows(read_dataset(tmp_path)) == ROWS


def test_sections_go_on_over_blocks(tmp_path: Path) -> None:
    shapes.write(tmp_path, {"movie_titles.csv": TITLES, "combined_data_1.txt": FIRST + SECOND}, "latin-1")
    tally = LineTally()
    with open_archive(tmp_path) as archive:
        ratings = netflix.read(DataFiles(archive, "", 25), FORMATS["netflix"], tally).ratings
    rows = ratings.rows.read(0, len(ratings))
    users, movies = (
        np.array([int(ids.text(number)) for number in rows[name]])
        for ids, name in ((ratings.users, "user"), (ratings.movies, "movie"))
    )
    columns = (users, movies, rows["value"], rows["at"])
    assert sorted(zip(*(column.tolist() for column in columns), strict=True)) == sorted(ROWS)
    assert tally.bad == 0


def test_bad_lines_are_told_with_their_file_and_reason(tmp_path: Path) -> None:
    titles = TITLES + "4,next year,X\n5\n"
    first = (
        "9,3,2005-09-06\n1:\n9,3,2005-09-06\n9,6,2005-09-06\nx,3,2005-09-06\n9,3,2005-02-30\n9,3\n1x:\n8,3,2005-09-06\n"
    )
    second = "7:\n9,3,2005-09-06\n2:\n9,2,2005-09-06\n"
    files = {"movie_titles.csv": titles, "combined_data_1.txt": first, "combined_data_2.txt": second}
    dataset = read_dataset(shapes.write(tmp_path, files, "latin-1"), keep_going=True)
    assert [str(line) for line in dataset.report.skipped_lines] == [
        "movie_titles.csv, line 4: the year 'next year' is neither a year nor NULL",
        "movie_titles.csv, line 5: 1 fields where 3 belong",
        "combined_data_1.txt, line 1: stands under no movie",
        "combined_data_1.txt, line 5: not a customer, a rating and a date",
        "combined_data_1.txt, line 6: not a customer, a rating and a date",
        "combined_data_1.txt, line 7: 2 fields where 3 belong",
        "combined_data_1.txt, line 8: names no movie",
        "combined_data_1.txt, line 9: stands under no movie",
        "combined_data_1.txt, line 4: the rating 6 is off the scale 1 to 5 in steps of 1",
        "combined_data_2.txt, line 2: movie 7 is not in movie_titles.csv",
    ]
    assert [row[:3] for row in _rows(dataset)] == [(9, 1, 3.0), (9, 2, 2.0)]
