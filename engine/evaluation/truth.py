"""Truth: lists judged by what each viewer would give each movie, which only the maker of a simulated world knows.

Two generators of different shape make the ratings (`engine.simulation.worlds`), so that nobody tunes to one. A model
sees the ratings as it would see those of people; its list of five unseen movies is judged by their expected stars, and
its predicted stars of all unseen movies by the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.evaluation.measure import star_table
from engine.evaluation.persons import ByPerson, Figures
from engine.evaluation.protocol import Model, Split
from engine.evaluation.unchosen import errors
from engine.metrics import coverage, top_k


@dataclass(frozen=True, eq=False)
class TruthSplit(Split):
    """All ratings of a simulated world, and the truth; nothing is held out, so `targets` is empty."""

    truth: pd.DataFrame
    """Expected stars, users × movies."""


@dataclass(frozen=True, slots=True)
class TruthMetrics:
    """The figures of lists of unseen movies where the truth is known."""

    listed: int = 5
    """Length k of a list."""

    def figures(self, model: Model, split: TruthSplit) -> Figures:
        """`stars@5`, `percentile@5`, `regret@5`, `share@5`, `popularity@5`, `coverage@5`, and the `errors`.

        share is how much of the way from the most rated five (0) to the best five (1) a list goes; popularity is
        how many rated a listed movie; errors are those of all unseen movies.
        """
        scores = model.score(split.histories)
        persons = pd.Index(scores.index)
        seen_UxM = star_table(split.histories, persons, split.movies) > 0
        truth_UxM = split.truth.reindex(index=persons, columns=split.movies).to_numpy(np.float64)
        lists = _Lists(persons, seen_UxM, truth_UxM, self.listed)
        list_UxL = lists.of(_aligned(scores, split.movies))
        counts_M = seen_UxM.sum(axis=0)
        return {
            **lists.judged(list_UxL, counts_M),
            f"popularity@{self.listed}": ByPerson.mean(persons, counts_M[list_UxL].mean(axis=1)),
            f"coverage@{self.listed}": coverage(list_UxL, len(split.movies)),
            **_predicted(model, split, persons, seen_UxM, truth_UxM),
        }


@dataclass(frozen=True, eq=False)
class _Lists:
    persons: pd.Index
    seen_UxM: Array
    truth_UxM: Array
    length: int

    def of(self, score_UxM: Array) -> Array:
        """Columns of the best unseen movies."""
        return top_k(np.where(self.seen_UxM, -np.inf, score_UxM), self.length)

    def judged(self, list_UxL: Array, counts_M: Array) -> dict[str, ByPerson]:
        """The figures of the lists by what they are worth."""
        stars_U, popular_U, best_U = map(self._stars, (list_UxL, self.of(counts_M), self.of(self.truth_UxM)))
        k = self.length
        return {
            f"stars@{k}": ByPerson.mean(self.persons, stars_U),
            f"percentile@{k}": ByPerson.mean(self.persons, self._percentiles(list_UxL)),
            f"regret@{k}": ByPerson.mean(self.persons, best_U - stars_U),
            f"share@{k}": ByPerson(self.persons, stars_U - popular_U, best_U - popular_U),
        }

    def _stars(self, list_UxL: Array) -> Array:
        mean_U: Array = np.take_along_axis(self.truth_UxM, list_UxL, 1).mean(axis=1)
        return mean_U

    def _percentiles(self, list_UxL: Array) -> Array:
        """Share of the other unseen movies that are no better than a listed one, mean over the list."""
        others_UxM = np.where(self.seen_UxM, np.nan, self.truth_UxM)
        np.put_along_axis(others_UxM, list_UxL, np.nan, 1)
        sorted_UxM = np.sort(others_UxM, axis=1)  # NaN goes last
        n_U = (~np.isnan(sorted_UxM)).sum(axis=1)
        stars_UxL = np.take_along_axis(self.truth_UxM, list_UxL, 1)
        below_UxL = [
            np.searchsorted(row_M[:n], stars_L, side="right")
            for row_M, n, stars_L in zip(sorted_UxM, n_U, stars_UxL, strict=True)
        ]
        mean_U: Array = np.mean(below_UxL, axis=1) / np.maximum(n_U, 1)
        return mean_U


def _aligned(scores: pd.DataFrame, movies: pd.Index) -> Array:
    """Scores of all movies; one that is not scored stands below all that are."""
    score_UxM = scores.reindex(columns=movies).to_numpy(np.float64)
    return np.where(np.isnan(score_UxM), np.finfo(np.float64).min, score_UxM)


def _predicted(
    model: Model, split: TruthSplit, persons: pd.Index, seen_UxM: Array, truth_UxM: Array
) -> dict[str, ByPerson]:
    user_N, movie_N = np.nonzero(~seen_UxM)
    user = pd.Series(persons.to_numpy()[user_N])
    pairs = pd.DataFrame({"user": user, "movie": split.movies.to_numpy()[movie_N]})
    return errors(model, pairs, truth_UxM[user_N, movie_N])
