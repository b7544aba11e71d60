"""The splits that a data set brings along: MovieLens 100K's `u1.base` and `u1.test` to `u5.base` and `u5.test`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from engine.errors import UnknownFormat
from engine.importing.archive import DataFiles, open_archive
from engine.importing.detect import find_dataset
from engine.importing.movielens_100k import LAYOUT
from engine.importing.ratings import read_ratings
from engine.importing.report import LineTally
from engine.importing.scale import WHOLE_STARS

_BASE = re.compile(r"(u[0-9]+)\.base")


class Fold(NamedTuple):
    """One split of the ratings; the frames have the columns user, movie, stars, at."""

    name: str
    train: pd.DataFrame
    test: pd.DataFrame


def read_folds(path: str | Path) -> list[Fold]:
    """The folds of a MovieLens 100K zip or folder, by name. Raises ImportFailed and its kinds."""
    with open_archive(Path(path)) as archive:
        files = find_dataset(archive, "ml-100k").files
        names = [match[1] for name in files.names() if (match := _BASE.fullmatch(name))]
        if not names:
            raise UnknownFormat(f"{path} holds no folds: looked for u1.base and u1.test beside u.data")
        return [Fold(name, _read(files, f"{name}.base"), _read(files, f"{name}.test")) for name in names]


def _read(files: DataFiles, name: str) -> pd.DataFrame:
    if name not in files:
        raise UnknownFormat(f"{name} is missing: a fold is a pair of .base and .test")
    tally = LineTally()
    ratings = read_ratings(files, name, LAYOUT, tally)
    fits = WHOLE_STARS.fits(ratings.value)
    ratings = ratings.keep(
        fits, lambda i: f"the rating {ratings.value[i]:g} is off the scale {WHOLE_STARS.span}", tally
    )
    tally.refuse_if_too_many()
    stars = WHOLE_STARS.half_stars(ratings.value) / np.float32(2)
    return pd.DataFrame({"user": ratings.user, "movie": ratings.movie, "stars": stars, "at": ratings.at})
