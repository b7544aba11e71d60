"""The `::` files: MovieLens 1M and 10M, and data sets of others in the same shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.importing.archive import DataFiles
from engine.importing.catalogue import Catalogue
from engine.importing.encoding import Encoding
from engine.importing.formats import FORMATS, Format
from engine.importing.ids import are_plain, as_numbers, mostly_plain, why_no_id
from engine.importing.lines import read_lines
from engine.importing.ratings import Progress, RatingColumns, RatingLayout, read_ratings
from engine.importing.raw import RawDataset
from engine.importing.report import LineTally

LAYOUT = RatingLayout(separator=b"::", encoding=Encoding.EITHER, plain_ids=False)
_STRAY = 0.01
"""More ratings than this off MovieLens' scale or with other ids, and it is a data set of others."""


def read(files: DataFiles, known: Format | None, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read the data set; without a known format it is told from what is in the ratings."""
    ratings = read_ratings(files, "ratings.dat", LAYOUT, tally, progress)
    known = known or recognise(files, ratings)
    plain = known.scale is not None
    if plain:
        ratings = _with_plain_ids(ratings, tally)
    catalogue = Catalogue("movies.dat", tally, plain_ids=plain)
    for number, line in read_lines(files, "movies.dat", known.encoding):
        _add(catalogue, number, line)
    return RawDataset(known, catalogue.movies, catalogue.file, ratings)


def recognise(files: DataFiles, ratings: RatingColumns) -> Format:
    """Which `::` data set this is: 1M and 10M have whole numbers as ids and known scales, 10M tags or half stars."""
    if not len(ratings.value):
        return FORMATS["dat"]
    whole = bool((ratings.value == np.rint(ratings.value)).all())
    candidate = FORMATS["ml-10m" if "tags.dat" in files or not whole else "ml-1m"]
    on_scale = candidate.scale is not None and np.mean(~candidate.scale.fits(ratings.value)) <= _STRAY
    numbered = all(mostly_plain(ids, _STRAY) for ids in (ratings.user, ratings.movie))
    return candidate if on_scale and numbered else FORMATS["dat"]


def _with_plain_ids(ratings: RatingColumns, tally: LineTally) -> RatingColumns:
    users = ratings.user
    good = are_plain(users)
    ratings = ratings.keep(good, lambda i: f"the user id {why_no_id(users[i], plain=True)}", tally)
    good, movies = are_plain(ratings.movie), ratings.movie
    ratings = ratings.keep(good, lambda i: f"the movie id {why_no_id(movies[i], plain=True)}", tally)
    return replace(ratings, user=as_numbers(ratings.user), movie=as_numbers(ratings.movie))


def _add(catalogue: Catalogue, number: int, line: str) -> None:
    movie_id, _, rest = line.partition("::")
    title, separator, genres = rest.rpartition("::")
    if separator:
        catalogue.add(number, movie_id, title, genres.split("|"))
    else:
        catalogue.skip(number, f"{line.count('::') + 1} fields where 3 belong")
