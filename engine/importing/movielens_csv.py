"""MovieLens 20M, 25M, 32M, latest and latest-small: CSV with a header, quotes as in RFC 4180, UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

from engine.errors import ImportFailed, UnknownFormat
from engine.importing.archive import DataFiles
from engine.importing.catalogue import Catalogue
from engine.importing.encoding import decode
from engine.importing.formats import Format
from engine.importing.lines import read_texts
from engine.importing.quoting import brief
from engine.importing.ratings import Progress, RatingColumns, RatingLayout, read_ratings
from engine.importing.raw import RawDataset
from engine.importing.report import LineTally

RATINGS = ("userId", "movieId", "rating", "timestamp")
MOVIES = ("movieId", "title", "genres")
UNLIKE = "fewer or more fields than the header names"
_HEAD = 4096
"""Bytes that are sure to hold a header."""


def read(files: DataFiles, known: Format, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read the data set; columns are found by their names, further columns are ignored."""
    catalogue = read_movies(files, known, tally)
    ratings = read_csv_ratings(files, known, tally, progress)
    return RawDataset(known, catalogue.movies, catalogue.file, ratings)


def read_movies(files: DataFiles, known: Format, tally: LineTally, *, plain_ids: bool = True) -> Catalogue:
    """The catalogue of `movies.csv`."""
    catalogue = Catalogue("movies.csv", tally, plain_ids=plain_ids)
    for number, row in read_rows(files, known, catalogue.file, MOVIES):
        if len(row) == len(MOVIES):
            catalogue.add(number, row[0], row[1], row[2].split("|"))
        else:
            catalogue.skip(number, UNLIKE)
    return catalogue


def read_csv_ratings(
    files: DataFiles, known: Format, tally: LineTally, progress: Progress | None, *, ours: bool = False
) -> RatingColumns:
    """The lines of `ratings.csv`; in a file of ours ids may be texts, and a rating may be taken back."""
    file = "ratings.csv"
    header = decode(files.head(file, _HEAD).partition(b"\n")[0], known.encoding, file)
    names = next(csv.reader(io.StringIO(header, newline="")), [])
    user, movie, rating, time = _places(file, names, RATINGS)
    layout = RatingLayout(b",", len(names), user, movie, rating, time, header=True, quotes=True)
    if ours:
        layout = replace(layout, encoding=known.encoding, plain_ids=False, blank_is_taken_back=True)
    return read_ratings(files, file, layout, tally, progress)


def read_rows(files: DataFiles, known: Format, file: str, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """The wanted columns of each row with the line it begins on; no columns for a row unlike its header."""
    texts = (text for _, text in read_texts(files, file, known.encoding))
    reader = csv.reader(line for text in texts for line in io.StringIO(text, newline=""))
    try:
        header = next(reader, [])
        places = _places(file, header, columns)
        begins = reader.line_num + 1
        for row in reader:
            if row:
                yield begins, [row[place] for place in places] if len(row) == len(header) else []
            begins = reader.line_num + 1
    except csv.Error as error:
        raise ImportFailed(f"{file}, line {reader.line_num}: not CSV ({brief(error)}): get the file again") from error


def _places(file: str, header: list[str], columns: tuple[str, ...]) -> list[int]:
    names = [name.strip() for name in header]
    missing = [column for column in columns if column not in names]
    if missing:
        raise UnknownFormat(
            f"{file}, line 1: the header has no column {missing[0]}: MovieLens files begin with {','.join(columns)}"
        )
    return [names.index(column) for column in columns]
