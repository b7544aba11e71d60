"""Popularity: the same list for everybody, by how many liked a movie."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.evaluation.baselines.interactions import liked, positives


class Popularity:
    """The floor of every ranking table.

    Cremonesi, Koren, Turrin: Performance of recommender algorithms on top-N recommendation tasks, RecSys 2010.
    """

    dated = False

    def fit(self, train: pd.DataFrame) -> None:
        """Count the positives of each movie."""
        known = positives(train)
        self._movies = known.movies
        self._count_M = np.asarray(known.x_UxM.sum(axis=0))

    def predict(self, pairs: pd.DataFrame) -> None:
        """Nothing: popularity only ranks."""

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """The counts, for every user."""
        asked = liked(histories, self._movies)
        return asked.scores(np.tile(self._count_M, (len(asked.users), 1)))
