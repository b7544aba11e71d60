"""Exposure: models learn from what people chose, and rank and predict what chance showed to the same people.

Ratings held out of what people chose count only what was chosen, so they reward a guess of the choice. Where chance
chose the items (Coat: Schnabel et al., Recommendations as treatments, ICML 2016), a list is judged by what its movies
are worth. A data set of that kind is a zip or folder with `chosen.csv` and `random.csv`, both with the columns user,
item, stars.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.errors import ImportFailed, UnknownFormat
from engine.evaluation.measure import star_table
from engine.evaluation.persons import ByPerson, Figures
from engine.evaluation.protocol import Model, Split
from engine.evaluation.unchosen import errors
from engine.importing.archive import DataFiles, folders, open_archive
from engine.metrics import POSITIVE, graded_ndcg_rows, ndcg_rows, top_k
from engine.text import brief, named, placed

SEEDS = (0,)
CHOSEN, RANDOM = "chosen.csv", "random.csv"
COLUMNS = ("user", "item", "stars")
_LEAST, _MOST = 0.5, 5.0


@dataclass(frozen=True, eq=False)
class ExposureData:
    """Ratings of what people chose, and of what chance showed them (user, movie, stars)."""

    name: str
    chosen: pd.DataFrame
    random: pd.DataFrame

    @property
    def movie_ids(self) -> pd.Index:
        """All items; nothing more is known of them."""
        ids: pd.Index = pd.Index(pd.concat([self.chosen["movie"], self.random["movie"]]).drop_duplicates())
        return ids


def read_exposure(path: str | Path) -> ExposureData:
    """Read a zip or folder. Raises UnknownFormat where the two files are missing, ImportFailed for a damaged one."""
    with open_archive(Path(path)) as archive:
        for folder in folders(archive):
            files = DataFiles(archive, folder)
            if CHOSEN in files and RANDOM in files:
                return _checked(ExposureData(files.labels[1], _read(files, CHOSEN), _read(files, RANDOM)))
    raise UnknownFormat(
        f"{placed(Path(path))} has no {CHOSEN} beside a {RANDOM}: --protocol exposure needs ratings of what people "
        "chose and of what chance showed them"
    )


def _checked(data: ExposureData) -> ExposureData:
    if not data.random["user"].isin(data.chosen["user"]).any():
        raise ImportFailed(f"nobody of {named(RANDOM)} is in {named(CHOSEN)}: both files must name people alike")
    return data


def _read(files: DataFiles, name: str) -> pd.DataFrame:
    with files.open(name) as stream:
        try:
            frame = pd.read_csv(stream)
        except ValueError as error:  # pandas' own errors and those of the encoding are its kinds
            raise ImportFailed(f"{named(name)} is no CSV file ({brief(error)}): correct it") from error
    if missing := set(COLUMNS) - set(frame.columns):
        raise ImportFailed(f"{named(name)} has no column {min(missing)!r}: its header must be {','.join(COLUMNS)}")
    stars = pd.to_numeric(frame["stars"], errors="coerce")
    good = stars.between(_LEAST, _MOST) & (stars * 2 % 1 == 0) & frame["user"].notna() & frame["item"].notna()
    if not good.all():
        line = int(good.to_numpy().argmin()) + 2
        raise ImportFailed(
            f"{named(name)}, line {line}: a line needs a user, an item and {_LEAST:g} to {_MOST:g} stars"
        )
    return pd.DataFrame({"user": frame["user"], "movie": frame["item"], "stars": stars.astype(np.float32)})


def exposure_splits(data: ExposureData, seeds: Iterable[int] = SEEDS) -> Iterator[Split]:
    """The same split a seed: seeds only train other models."""
    for seed in seeds:
        yield Split(f"seed {seed}", seed, data.chosen, data.chosen, data.random, data.movie_ids)


@dataclass(frozen=True, slots=True)
class ShownMetrics:
    """The figures of lists whose candidates are, for each person, what chance showed: the targets of a split.

    An item that a person chose as well stays among them, with the stars that they gave when chance showed it.
    """

    ndcg: int = 5
    """Places of NDCG@k, once with four stars or more as hits, once with gains of 2^stars - 1."""
    first: int = 3
    """Places whose mean stars are told."""

    def figures(self, model: Model, split: Split) -> Figures:
        """`ndcg@5`, `graded_ndcg@5`, `stars@3`, and of a model that predicts stars the `errors`."""
        known = split.targets[split.targets["user"].isin(split.histories["user"])]
        scores = model.score(split.histories[split.histories["user"].isin(known["user"])])
        persons = pd.Index(scores.index)
        stars_BxM = star_table(known, persons, split.movies)
        score_BxM = scores.reindex(columns=split.movies).to_numpy(np.float64)
        score_BxM = np.where(np.isnan(score_BxM), np.finfo(np.float64).min, score_BxM)
        score_BxM = np.where(stars_BxM > 0, score_BxM, -np.inf)
        true_N = known["stars"].to_numpy(np.float64)
        return self._lists(persons, score_BxM, stars_BxM) | errors(model, known[["user", "movie"]], true_N)

    def _lists(self, persons: pd.Index, score_BxM: Array, stars_BxM: Array) -> dict[str, ByPerson]:
        hit_BxM = stars_BxM >= POSITIVE
        has_B: Array = np.asarray(hit_BxM.any(axis=1))
        graded_B = graded_ndcg_rows(score_BxM, np.where(stars_BxM > 0, 2.0**stars_BxM - 1, 0), self.ndcg)
        first_BxL = np.take_along_axis(stars_BxM, top_k(score_BxM, self.first), 1)
        return {
            f"ndcg@{self.ndcg}": ByPerson.mean(persons[has_B], ndcg_rows(score_BxM[has_B], hit_BxM[has_B], self.ndcg)),
            f"graded_ndcg@{self.ndcg}": ByPerson.mean(persons, graded_B),
            f"stars@{self.first}": ByPerson(
                persons, first_BxL.sum(axis=1).astype(float), (first_BxL > 0).sum(axis=1).astype(float)
            ),
        }
