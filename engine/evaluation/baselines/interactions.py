"""Rating frames as sparse matrices, and matrices of scores as frames: what all baselines share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse

from engine.data.arrays import Array
from engine.errors import UsageError
from engine.metrics import POSITIVE

MAX_MOVIES = 20_000
"""Movies × movies matrices beyond this (1.6 GB in single precision, twice that while it is inverted) are refused."""
_BLOCK = 1024


@dataclass(frozen=True, eq=False)
class Interactions:
    """A sparse user × movie matrix, with the ids of its rows and columns."""

    users: pd.Index
    movies: pd.Index
    x_UxM: sparse.csr_array

    @classmethod
    def of(cls, ratings: pd.DataFrame, values: Array | None = None, movies: pd.Index | None = None) -> Self:
        """From columns user and movie; cells hold `values`, or 1.

        Rows and columns are in order of first appearance. With `movies` given, the columns are these, and ratings of
        other movies are left out, but not their users.
        """
        row_N, users = pd.factorize(ratings["user"])
        if movies is None:
            column_N, movies = pd.factorize(ratings["movie"])
        else:
            column_N = movies.get_indexer(pd.Index(ratings["movie"]))
        value_N = np.ones(len(ratings), np.float32) if values is None else values
        inside = column_N >= 0
        cells: Any = (value_N[inside].astype(np.float32), (row_N[inside], column_N[inside]))
        users, movies = pd.Index(users, name="user"), pd.Index(movies, name="movie")
        x_UxM: Any = sparse.csr_array(cells, shape=(len(users), len(movies)))
        return cls(users, movies, x_UxM)

    def scores(self, score_BxM: Array) -> pd.DataFrame:
        """Scores of these users and movies as a frame."""
        return pd.DataFrame(score_BxM, index=self.users, columns=self.movies)


def positives(ratings: pd.DataFrame) -> Interactions:
    """The movies that training users liked, binary."""
    return Interactions.of(ratings[ratings["stars"] >= POSITIVE])


def liked(histories: pd.DataFrame, movies: pd.Index) -> Interactions:
    """What the users of some histories liked of these movies, binary; a user who liked none has an empty row."""
    value_N = (histories["stars"].to_numpy() >= POSITIVE).astype(np.float32)
    return Interactions.of(histories, value_N, movies)


def product(left_UxM: sparse.csr_array, right_UxM: sparse.csr_array) -> Array:
    """leftᵀ right (M × M, float32), a block of users at a time: dense blocks, since few products are zero."""
    n = left_UxM.shape[1]
    if n > MAX_MOVIES:
        gigabytes = n * n * 4 / 1e9
        raise UsageError(f"{n:,} movies need matrices of {gigabytes:.0f} GB: leave the item-item baselines out")
    total_MxM = np.zeros((n, n), np.float32)
    for start in range(0, left_UxM.shape[0], _BLOCK):
        rows = slice(start, start + _BLOCK)
        total_MxM += left_UxM[rows].toarray().T @ right_UxM[rows].toarray()
    return total_MxM
