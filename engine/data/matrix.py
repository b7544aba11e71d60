"""The user × movie matrix of the study: one row a user, one column a movie, 0 where there is no rating.

Only its rated cells are kept (compressed rows), since a few per cent of the cells are rated; `dense` writes out the
rows that a batch needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.arrays import Array, concat_ranges, starts_of
from engine.data.csr import CsrRatings
from engine.data.interactions import Triples


@dataclass(frozen=True, slots=True)
class RatingMatrix:
    """The user × movie matrix in compressed rows, each rated cell with its side of the split."""

    start_U: Array
    """Where each user's cells begin, and the number of cells."""
    movie_N: Array
    half_N: Array
    held_N: Array
    """True for held-out cells, which validate and never train."""
    at_N: Array
    """Timestamp of each rating in seconds; NaN where it is unknown."""
    n_movies: int

    @classmethod
    def build(cls, triples: Triples, held_N: Array, n_users: int, n_movies: int) -> RatingMatrix:
        """Sort triples into rows and leave ratings that were taken back out."""
        keep = np.flatnonzero(triples.half_N)
        order = keep[np.lexsort((triples.movie_N[keep], triples.user_N[keep]))]
        start_U = np.zeros(n_users + 1, np.int64)
        np.cumsum(np.bincount(triples.user_N[order], minlength=n_users), out=start_U[1:])
        columns = (triples.movie_N[order], triples.half_N[order], held_N[order], triples.at_N[order])
        return cls(start_U, *columns, n_movies)

    @property
    def n_users(self) -> int:
        """Number of users."""
        return len(self.start_U) - 1

    @property
    def n_ratings(self) -> int:
        """Number of rated cells, held-out ones included."""
        return len(self.movie_N)

    @property
    def user_N(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Row of each rated cell."""
        return np.repeat(np.arange(self.n_users, dtype=np.int32), np.diff(self.start_U))

    def ratings(self) -> CsrRatings:
        """All rated cells, held-out ones included."""
        return CsrRatings(self.start_U, self.movie_N, self.half_N, self.n_movies)

    def training_rows(self, users_B: Array, n_movies: int) -> CsrRatings:
        """Training cells of some users (-1: nobody, an empty row)."""
        rows, cells = self.cells(users_B)
        train = ~self.held_N[cells]
        rows, cells = rows[train], cells[train]
        start_B = np.searchsorted(rows, np.arange(len(users_B) + 1))
        return CsrRatings(start_B, self.movie_N[cells], self.half_N[cells], n_movies)

    def row(self, user: int) -> tuple[Array, Array]:
        """Movies and half stars of one user, held-out ones included."""
        cells = slice(self.start_U[user], self.start_U[user + 1])
        return self.movie_N[cells], self.half_N[cells]

    def train_counts(self) -> Array:
        """Training cells of each user."""
        return np.diff(starts_of(~self.held_N)[self.start_U])

    def dense(self, users_B: Array, n_padded: int, out: Array | None = None) -> Array:
        """Training rows written out: half stars (uint8, B × n_padded), 0 where unrated or held out."""
        half_BxM = np.zeros((len(users_B), n_padded), np.uint8) if out is None else out
        rows, cells = self.cells(users_B)
        train = ~self.held_N[cells]
        half_BxM[rows[train], self.movie_N[cells[train]]] = self.half_N[cells[train]]
        return half_BxM

    def held_cells(self, users_B: Array) -> tuple[Array, Array, Array]:
        """Held-out ratings of some users: their positions in `users_B`, movies and half stars."""
        rows, cells = self.cells(users_B)
        held = self.held_N[cells]
        return rows[held], self.movie_N[cells[held]], self.half_N[cells[held]]

    def cells(self, users_B: Array) -> tuple[Array, Array]:
        """All cells of some users (-1: nobody): the user's position in `users_B`, and the cell's own position."""
        lengths = np.where(users_B >= 0, self.start_U[users_B + 1] - self.start_U[users_B], 0)
        return np.repeat(np.arange(len(users_B)), lengths), concat_ranges(self.start_U[users_B], lengths)

    def upsert(self, delta: Triples, n_users: int, n_movies: int) -> RatingMatrix:
        """A matrix with ratings added, changed or (half stars 0) taken back; all of them are training cells.

        The cost is a copy of the columns, not a sort.
        """
        start_U = np.concatenate((self.start_U, np.full(n_users - self.n_users, self.start_U[-1], np.int64)))
        order = np.lexsort((delta.movie_N, delta.user_N))
        user_E, movie_E, half_E, at_E = (column[order] for column in delta)
        cell_E, found_E = self._find(start_U, user_E, movie_E)
        new_E, gone_E = ~found_E & (half_E > 0), found_E & (half_E == 0)
        gone = cell_E[gone_E] + np.searchsorted(cell_E[new_E], cell_E[gone_E], side="right")

        def changed(column: Array, value_E: Array) -> Array:
            column = column.copy()
            column[cell_E[found_E]] = value_E[found_E]
            more = _inserted(column, cell_E[new_E], value_E[new_E])
            return np.delete(more, gone) if len(gone) else more

        more_U, fewer_U = (np.bincount(user_E[which_E], minlength=n_users) for which_E in (new_E, gone_E))
        start_U[1:] += np.cumsum(more_U - fewer_U)
        training_E = np.zeros(len(cell_E), bool)
        return RatingMatrix(
            start_U, changed(self.movie_N, movie_E), changed(self.half_N, half_E), changed(self.held_N, training_E),
            changed(self.at_N, at_E), n_movies,
        )  # fmt: skip

    def _find(self, start_U: Array, user_E: Array, movie_E: Array) -> tuple[Array, Array]:
        """Where each cell is or would be inserted, and whether it is there; users and movies in sorted order."""
        cell_E, end_E = start_U[user_E], start_U[user_E + 1]
        while (open_E := np.flatnonzero(cell_E < end_E)).size:  # bisection in all rows at once
            middle = (cell_E[open_E] + end_E[open_E]) // 2
            below = self.movie_N[middle] < movie_E[open_E]
            cell_E[open_E[below]], end_E[open_E[~below]] = middle[below] + 1, middle[~below]
        inside = cell_E < start_U[user_E + 1]
        found_E = inside.copy()
        found_E[inside] = self.movie_N[cell_E[inside]] == movie_E[inside]
        return cell_E, found_E


def _inserted(column: Array, cell_E: Array, value_E: Array) -> Array:
    """`np.insert` at positions in rising order; the parts between them are copied whole."""
    result = np.empty(len(column) + len(cell_E), column.dtype)
    first = 0
    for shift, end in enumerate([*cell_E.tolist(), len(column)]):
        result[first + shift : end + shift] = column[first:end]
        first = end
    result[cell_E + np.arange(len(cell_E))] = value_E
    return result
