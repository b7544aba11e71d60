"""MovieLens 100K: `u.data` by tabs, `u.item` by `|` with a 0/1 flag for each genre of `u.genre`, latin-1."""

from __future__ import annotations

from engine.errors import ImportFailed
from engine.importing.archive import DataFiles
from engine.importing.catalogue import Catalogue
from engine.importing.formats import Format
from engine.importing.ids import is_plain
from engine.importing.limits import MAX_GENRES
from engine.importing.lines import read_lines
from engine.importing.ratings import Progress, RatingLayout, read_ratings
from engine.importing.raw import RawDataset
from engine.importing.report import LineTally

LAYOUT = RatingLayout(separator=b"\t")
_BEFORE_FLAGS = 5
"""id, title, release date, video release date, IMDb address."""
_UNKNOWN = "unknown"
_GENRES = (
    "unknown|Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|Horror|Musical|"
    "Mystery|Romance|Sci-Fi|Thriller|War|Western"
).split("|")


def read(files: DataFiles, known: Format, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read the data set; the order of `u.genre`, where it is there, decides what a flag means."""
    catalogue = Catalogue("u.item", tally)
    genres = _genres(files, known)
    for number, line in read_lines(files, "u.item", known.encoding):
        _add(catalogue, number, line, genres)
    ratings = read_ratings(files, "u.data", LAYOUT, tally, progress)
    return RawDataset(known, catalogue.movies, catalogue.file, ratings)


def _add(catalogue: Catalogue, number: int, line: str, genres: list[str]) -> None:
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


def _genres(files: DataFiles, known: Format) -> list[str]:
    if "u.genre" not in files:
        return _GENRES
    numbered = []
    for number, line in read_lines(files, "u.genre", known.encoding):
        if "|" in line:
            numbered.append(line.strip().rpartition("|"))
        if len(numbered) > MAX_GENRES:
            raise ImportFailed(f"u.genre, line {number}: more than {MAX_GENRES} genres: get the file again")
    ordered = sorted(numbered, key=lambda parts: int(parts[2]) if is_plain(parts[2]) else len(numbered))
    return [name for name, _, _ in ordered]
