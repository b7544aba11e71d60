"""MovieLens 100K: `u.data` by tabs, `u.item` by `|` with a 0/1 flag for each genre of `u.genre`, latin-1."""

from __future__ import annotations

from engine.importing.archive import DataFiles
from engine.importing.catalogue import Catalogue
from engine.importing.encoding import decode
from engine.importing.formats import Format
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
    for number, line in enumerate(decode(files.read("u.item"), known.encoding, "u.item").split("\n"), 1):
        if line := line.rstrip("\r"):
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
    lines = decode(files.read("u.genre"), known.encoding, "u.genre").split("\n")
    numbered = [line.strip().rpartition("|") for line in lines if "|" in line]
    ordered = sorted(numbered, key=lambda parts: int(parts[2]) if parts[2].isdecimal() else len(numbered))
    return [name for name, _, _ in ordered]
