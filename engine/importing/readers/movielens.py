"""MovieLens in its three shapes: CSV (20M, 25M, 32M, latest), `::` files (1M, 10M), and the tabs and bars of 100K."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.errors import ImportFailed, UnknownFormat
from engine.importing.archive import DataFiles, Progress
from engine.importing.catalogue import Catalogue
from engine.importing.formats import FORMATS, Format
from engine.importing.ids import is_plain
from engine.importing.join import RawDataset
from engine.importing.limits import MAX_GENRES
from engine.importing.lines import Encoding, decode, read_lines, read_texts
from engine.importing.ratings import RatingLayout
from engine.importing.report import LineTally
from engine.importing.table import Expected, RatingTable, read_table
from engine.text import brief

RATINGS = ("userId", "movieId", "rating", "timestamp")
MOVIES = ("movieId", "title", "genres")
UNLIKE = "fewer or more fields than the header names"
_HEAD = 4096
"""Bytes that are sure to hold a header."""
_DAT_LAYOUT = RatingLayout(separator=b"::", encoding=Encoding.EITHER, plain_ids=False)
_MOVIES_DAT = "movies.dat"
_STRAY = 0.01
"""More ratings than this off MovieLens' scale or with other ids, and it is a data set of others."""
LAYOUT_100K = RatingLayout(separator=b"\t")
_BEFORE_FLAGS = 5
"""id, title, release date, video release date, IMDb address."""
_UNKNOWN = "unknown"
_GENRES = (
    "unknown|Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|Horror|Musical|"
    "Mystery|Romance|Sci-Fi|Thriller|War|Western"
).split("|")


def read_csv(files: DataFiles, format: Format, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read CSV with a header and quotes as in RFC 4180; columns are found by their names, further ones are ignored."""
    catalogue = read_movies(files, format, tally)
    ratings = read_csv_ratings(files, format, catalogue, tally, progress)
    return RawDataset(format, catalogue.movies, catalogue.file, ratings)


def read_movies(files: DataFiles, format: Format, tally: LineTally, *, plain_ids: bool = True) -> Catalogue:
    """The catalogue of `movies.csv`."""
    catalogue = Catalogue("movies.csv", tally, plain_ids=plain_ids)
    for number, row in read_rows(files, format, catalogue.file, MOVIES):
        if len(row) == len(MOVIES):
            catalogue.add(number, row[0], row[1], row[2].split("|"))
        else:
            catalogue.skip(number, UNLIKE)
    return catalogue


def read_csv_ratings(
    files: DataFiles,
    format: Format,
    catalogue: Catalogue,
    tally: LineTally,
    progress: Progress | None,
    *,
    ours: bool = False,
) -> RatingTable:
    """The lines of `ratings.csv`; in a file of ours ids may be texts, and a rating may be taken back."""
    file = "ratings.csv"
    header = decode(files.head(file, _HEAD).partition(b"\n")[0], format.encoding, file)
    names = next(csv.reader(io.StringIO(header, newline="")), [])
    user, movie, rating, time = _places(file, names, RATINGS)
    layout = RatingLayout(b",", len(names), user, movie, rating, time, header=True, quotes=True)
    if ours:
        layout = replace(layout, encoding=format.encoding, plain_ids=False, blank_is_taken_back=True)
    expected = Expected(catalogue.ids(), catalogue.file, format.scale, tally)
    return read_table(files, file, layout, tally, progress, expected)


def read_rows(files: DataFiles, format: Format, file: str, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """The wanted columns of each row with the line it begins on; no columns for a row unlike its header."""
    texts = (text for _, text in read_texts(files, file, format.encoding))
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


def read_dat(files: DataFiles, format: Format | None, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read `::` files, of MovieLens or of others; without a known format it is told from what is in the ratings.

    So the movies come last; whether their file can be read at all is seen first.
    """
    lines = read_lines(files, _MOVIES_DAT, format.encoding if format else Encoding.EITHER)
    ids = {line.partition("::")[0].strip() for _, line in lines}
    expected = Expected(ids, _MOVIES_DAT, format.scale if format else None, tally)
    ratings = read_table(files, "ratings.dat", _DAT_LAYOUT, tally, progress, expected)
    format = format or _recognise(files, ratings)
    plain = format.scale is not None
    catalogue = Catalogue(_MOVIES_DAT, tally, plain_ids=plain)
    for number, line in read_lines(files, _MOVIES_DAT, format.encoding):
        _add_dat(catalogue, number, line)
    return RawDataset(format, catalogue.movies, catalogue.file, ratings, plain_ids=plain)


def _recognise(files: DataFiles, ratings: RatingTable) -> Format:
    """Which `::` data set this is: 1M and 10M have whole numbers as ids and known scales, 10M tags or half stars."""
    whole = all((rows["value"] == np.rint(rows["value"])).all() for rows in ratings.chunks())
    candidate = FORMATS["ml-10m" if "tags.dat" in files or not whole else "ml-1m"]
    if not len(ratings) or ratings.users.padded() or ratings.movies.padded() or candidate.scale is None:
        return FORMATS["dat"]
    users, movies, off = ~ratings.users.plain(), ~ratings.movies.plain(), np.zeros(3, np.int64)
    for rows in ratings.chunks():
        fits = candidate.scale.fits(rows["value"])
        off += [int(stray.sum()) for stray in (~fits, users[rows["user"]], movies[rows["movie"]])]
    return candidate if (off / len(ratings) <= _STRAY).all() else FORMATS["dat"]


def _add_dat(catalogue: Catalogue, number: int, line: str) -> None:
    movie_id, _, rest = line.partition("::")
    title, separator, genres = rest.rpartition("::")
    if separator:
        catalogue.add(number, movie_id, title, genres.split("|"))
    else:
        catalogue.skip(number, f"{line.count('::') + 1} fields where 3 belong")


def read_100k(files: DataFiles, format: Format, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read MovieLens 100K, latin-1; the order of `u.genre`, where it is there, decides what a flag means."""
    catalogue = Catalogue("u.item", tally)
    genres = _genres(files, format)
    for number, line in read_lines(files, "u.item", format.encoding):
        _add_100k(catalogue, number, line, genres)
    expected = Expected(catalogue.ids(), catalogue.file, format.scale, tally)
    ratings = read_table(files, "u.data", LAYOUT_100K, tally, progress, expected)
    return RawDataset(format, catalogue.movies, catalogue.file, ratings)


def _add_100k(catalogue: Catalogue, number: int, line: str, genres: list[str]) -> None:
    fields = line.split("|")
    belong = _BEFORE_FLAGS + len(genres)
    flags = fields[_BEFORE_FLAGS:]
    if len(fields) != belong:
        catalogue.skip(number, f"{len(fields)} fields where {belong} belong")
    elif not set(flags) <= {"0", "1"}:
        catalogue.skip(number, "a genre flag is neither 0 nor 1")
    else:
        named = [genre for genre, flag in zip(genres, flags, strict=True) if flag == "1" and genre != _UNKNOWN]
        catalogue.add(number, fields[0], fields[1], named)


def _genres(files: DataFiles, format: Format) -> list[str]:
    if "u.genre" not in files:
        return _GENRES
    numbered = []
    for number, line in read_lines(files, "u.genre", format.encoding):
        if "|" in line:
            numbered.append(line.strip().rpartition("|"))
        if len(numbered) > MAX_GENRES:
            raise ImportFailed(f"u.genre, line {number}: more than {MAX_GENRES} genres: get the file again")
    ordered = sorted(numbered, key=lambda parts: int(parts[2]) if is_plain(parts[2]) else len(numbered))
    return [name for name, _, _ in ordered]
