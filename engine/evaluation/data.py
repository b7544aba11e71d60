"""Ratings to evaluate on: a data set's files, with the folds that it brings, or a store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from engine.errors import ImportFailed, TooManyBadLines
from engine.importing.archive import DataFiles
from engine.importing.dataset import open_dataset, read_found
from engine.importing.ratings import read_ratings
from engine.importing.readers.movielens import LAYOUT_100K
from engine.importing.report import LineTally

_TRAIN, _TEST = ".base", ".test"
_NUMBERED = re.compile(r"\d\.base$")


@dataclass(frozen=True, eq=False)
class Fold:
    """A given division of the ratings."""

    name: str
    train: pd.DataFrame
    """user, movie, stars, at."""
    test: pd.DataFrame


@dataclass(frozen=True, eq=False)
class RatingData:
    """What a protocol divides."""

    name: str
    ratings: pd.DataFrame
    """One row for each pair of user and movie: user, movie, stars, at."""
    movies: pd.DataFrame
    """movie, title, year, genres."""
    folds: tuple[Fold, ...] = ()
    """The folds that the data set brings; most bring none."""

    @property
    def movie_ids(self) -> pd.Index:
        """All movies of the catalogue, rated or not."""
        ids: pd.Index = pd.Index(self.movies["movie"])
        return ids


def read_data(path: str | Path) -> RatingData:
    """Read a data set's zip or folder with its folds. Raises ImportFailed and its kinds."""
    with open_dataset(path) as found:
        dataset = read_found(found)
        folds = read_folds(found.files)
    return RatingData(dataset.report.format, dataset.ratings, dataset.movies, folds)


def read_folds(files: DataFiles) -> tuple[Fold, ...]:
    """The pairs `NAME.base` and `NAME.test`, in the layout of `u.data`.

    Where there are numbered ones (u1 to u5) they are the folds, and others (MovieLens 100K's ua and ub, which hold ten
    ratings of each viewer out) are left alone. Raises ImportFailed for a file without its partner.
    """
    names = [name for name in files.names() if name.endswith(_TRAIN)]
    numbered = [name for name in names if _NUMBERED.search(name)]
    return tuple(_fold(files, name.removesuffix(_TRAIN)) for name in numbered or names)


def _fold(files: DataFiles, name: str) -> Fold:
    if name + _TEST not in files:
        raise ImportFailed(f"there is {name}{_TRAIN} but no {name}{_TEST}: a fold needs both files")
    return Fold(name, _read_file(files, name + _TRAIN), _read_file(files, name + _TEST))


def _read_file(files: DataFiles, name: str) -> pd.DataFrame:
    """One file as ratings; a fold with a bad line would not be the fold that others measured, so it is refused."""
    tally = LineTally()
    columns = read_ratings(files, name, LAYOUT_100K, tally)
    if tally.bad:
        raise TooManyBadLines(f"{tally.bad:,} bad lines in a fold, the first is {tally.first[0]}: correct the file")
    stars = columns.value.astype(np.float32)
    return pd.DataFrame({"user": columns.user, "movie": columns.movie, "stars": stars, "at": columns.at})
