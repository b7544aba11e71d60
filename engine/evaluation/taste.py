"""The taste start: what a new viewer's list is worth after a few answers, by what they were asked.

Of a simulated world some viewers are kept from training. They are asked about one movie after another, in an order that
does not depend on them; what they rated in their world they know and answer, the rest they leave out. After so many
answers their list of five is judged by their true stars, as in `truth`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.evaluation.measure import values
from engine.evaluation.models import PresetModel
from engine.evaluation.persons import ByPerson, Figures
from engine.evaluation.protocol import ModelResult
from engine.evaluation.truth import TruthSplit
from engine.metrics import top_k
from engine.service.catalogue import Catalogue
from engine.service.viewers import taste_start
from engine.types import Movie

AFTER = (3, 6, 12)
"""Answers after which a list is judged."""
DOZEN = 12
"""Movies of the app's taste start."""
NEW_VIEWERS = 300
WAYS = ("telling", "spread", "popular", "random")
"""Ways to ask: by what tells most, as the app does before it has a model, by fame, by chance."""
UNASKED = "popularity"
"""The list of the most rated movies, whoever looks."""
LISTED = 5


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Viewers whom no training saw, with all that they'd know and would answer."""

    persons: pd.Index
    movies: pd.Index
    stars_UxM: Array
    """Their ratings, 0 for what they don't know."""
    truth_UxM: Array

    @classmethod
    def of(cls, split: TruthSplit) -> tuple[Newcomers, pd.DataFrame]:
        """A seeded choice of the split's viewers, and the ratings of all others."""
        everybody = split.truth.index.to_numpy()
        number = min(NEW_VIEWERS, len(everybody) // 3)
        drawn = np.random.default_rng((split.seed, 4)).permutation(everybody)[:number]
        persons = pd.Index(np.sort(drawn))
        new = split.train["user"].isin(persons)
        mine = split.train[new]
        stars_UxM = np.zeros((len(persons), len(split.movies)))
        rows, columns = persons.get_indexer(pd.Index(mine["user"])), split.movies.get_indexer(pd.Index(mine["movie"]))
        stars_UxM[rows, columns] = mine["stars"]
        truth_UxM = split.truth.reindex(index=persons, columns=split.movies).to_numpy(np.float64)
        return cls(persons, split.movies, stars_UxM, truth_UxM), split.train[~new]

    def answered(self, order: Array, most: int) -> Array:
        """Which of these movies (columns in the order of the questions) each viewer answers, the first `most` of them.

        As a table of viewers and all movies.
        """
        known_UxQ = self.stars_UxM[:, order] > 0
        known_UxQ &= known_UxQ.cumsum(axis=1) <= most
        answered_UxM = np.zeros(self.stars_UxM.shape, bool)
        answered_UxM[:, order] = known_UxQ
        return answered_UxM

    def asked(self, order: Array, most: int) -> Array:
        """Questions until each viewer has given `most` answers; all of them where they never do."""
        enough_UxQ = (self.stars_UxM[:, order] > 0).cumsum(axis=1) >= most
        asked_U: Array = np.where(enough_UxQ.any(axis=1), enough_UxQ.argmax(axis=1) + 1, len(order))
        return asked_U

    def worth(self, score_UxM: Array, answered_UxM: Array) -> ByPerson:
        """Mean true stars of the five best that were not answered."""
        best_UxL = top_k(np.where(answered_UxM, -np.inf, score_UxM), LISTED)
        return ByPerson.mean(self.persons, np.take_along_axis(self.truth_UxM, best_UxL, 1).mean(axis=1))

    def histories(self, answered_UxM: Array) -> pd.DataFrame:
        """The answers as ratings."""
        rows, columns = np.nonzero(answered_UxM)
        stars_N = self.stars_UxM[rows, columns]
        return pd.DataFrame({"user": self.persons[rows], "movie": self.movies[columns], "stars": stars_N})


def orders(model: PresetModel, train: pd.DataFrame, movies: pd.DataFrame, ids: pd.Index, seed: int) -> dict[str, Array]:
    """Columns of all movies in the order of the questions, by the way to ask."""
    count_M = train["movie"].value_counts().reindex(ids).fillna(0).to_numpy()
    popular = np.argsort(-count_M, kind="stable")
    telling = ids.get_indexer(pd.Index(model.recommender.questions(len(ids))))
    spread = np.array(list(_spread(train, movies, ids)), np.int64)
    by_chance = np.random.default_rng((seed, 5)).permutation(len(ids))
    return dict(zip(WAYS, (_completed(telling, popular), _completed(spread, popular), popular, by_chance), strict=True))


def _completed(first: Array, rest: Array) -> Array:
    return np.concatenate([first, rest[~np.isin(rest, first)]])


def _spread(train: pd.DataFrame, movies: pd.DataFrame, ids: pd.Index, dozens: int = 8) -> Iterator[int]:
    """Dozens as the app asks without a model: well known movies of different genres and decades."""
    columns: list[list[Any]] = [movies[name].tolist() for name in ("movie", "title", "year", "genres")]
    catalogue = [
        Movie(movie, title, None if pd.isna(year) else int(year), tuple(genres.split("|")))
        for movie, title, year, genres in zip(*columns, strict=True)
    ]
    rated = train["movie"].tolist()
    for _ in range(dozens):
        found = taste_start(Catalogue(catalogue), rated, DOZEN)
        catalogue = [movie for movie in catalogue if movie not in found]
        yield from ids.get_indexer(pd.Index([movie.movie_id for movie in found])).tolist()


def measure(model: PresetModel, split: TruthSplit, movies: pd.DataFrame) -> Iterable[ModelResult]:
    """Train without the newcomers; a result for each way to ask, and one for the list of the most rated.

    `stars@5_3`, `_6` and `_12` are the true stars of the five after so many answers, `stars@5_dozen` after a dozen
    questions, of which `answered` were answered; `asked_12` questions bring twelve answers.
    """
    new, train = Newcomers.of(split)
    began = time.perf_counter()
    model.fit(train)
    fitted = time.perf_counter() - began
    ways = orders(model, train, movies, split.movies, split.seed)
    for name, order in ways.items():
        began = time.perf_counter()
        figures = _figures(model, new, order)
        yield ModelResult(
            split.name, split.seed, name, values(figures), fitted, time.perf_counter() - began, figures
        )  # fmt: skip
    nobody_UxM = np.zeros(new.stars_UxM.shape, bool)
    count_M = train["movie"].value_counts().reindex(split.movies).fillna(0).to_numpy()
    popular = new.worth(np.broadcast_to(count_M, nobody_UxM.shape), nobody_UxM)
    figures = dict.fromkeys((*(f"stars@5_{k}" for k in AFTER), "stars@5_dozen"), popular)
    yield ModelResult(split.name, split.seed, UNASKED, values(figures), 0.0, 0.0, figures)


def _figures(model: PresetModel, new: Newcomers, order: Array) -> Figures:
    found = {f"stars@5_{k}": _after(model, new, new.answered(order, k)) for k in AFTER}
    dozen_UxM = new.answered(order[:DOZEN], DOZEN)
    found["stars@5_dozen"] = _after(model, new, dozen_UxM)
    found["answered"] = ByPerson.mean(new.persons, dozen_UxM.sum(axis=1))
    found[f"asked_{AFTER[-1]}"] = ByPerson.mean(new.persons, new.asked(order, AFTER[-1]))
    return found


def _after(model: PresetModel, new: Newcomers, answered_UxM: Array) -> ByPerson:
    """What lists are worth after these answers; a viewer without an answer gets the list of somebody unknown."""
    histories = new.histories(answered_UxM)
    unknown_M = model.recommender.rank({})[0]
    score_UxM = pd.DataFrame(
        np.tile(unknown_M, (len(new.persons), 1)), index=new.persons, columns=model.recommender.movie_ids
    )
    if len(histories):
        scores = model.score(histories)
        score_UxM.loc[scores.index, scores.columns] = scores
    least = np.finfo(np.float64).min
    aligned_UxM = score_UxM.reindex(columns=new.movies).fillna(least).to_numpy(np.float64)
    return new.worth(aligned_UxM, answered_UxM)
