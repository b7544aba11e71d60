"""A viewer's rows of the linear path's matrix, added up: one rating more costs an eighth of a long history.

The rows of a long history are added within blocks of columns, then the blocks' sums, and a block's sum is remembered by
what is rated in it. So an answer has the same bits whether every block was added up for it or all but one are
remembered from the viewer's last list: it depends on the history alone.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from engine.read import Array, concat_ranges

LONG = 256
"""Rows from which on blocks are worth it; fewer are added in one pass."""
BLOCKS = 8
REMEMBERED = 32 * BLOCKS
"""Sums that are remembered, the newest ones; each is a row of the matrix in size."""
Rated = tuple[int, bytes]
"""A block and the half stars of its columns."""


class Sums:
    """Sums of rows of one matrix, which never changes. Viewers may ask at the same time."""

    def __init__(self, dense_KxK: Array) -> None:
        self.dense_KxK = dense_KxK
        self._width = -(-len(dense_KxK) // BLOCKS)
        self._known: dict[Rated, Array] = {}

    def of(self, column_L: Array, half_L: Array, x_L: Array) -> Array:
        """Σ x_j times row j (K) over some columns, in rising order; x_j follows from the half stars."""
        if len(column_L) < LONG:
            whole_K: Array = self._added(column_L, x_L, np.array([0, len(column_L)]))[0]
            return whole_K
        sum_K, known = np.zeros(len(self.dense_KxK), np.float32), self._known
        rated = self._rated(column_L, half_L)
        missing = [block for block in rated if block not in known]
        if missing:
            known = {**known, **dict(zip(missing, self._of_blocks(missing, column_L, x_L), strict=True))}
            self._known = dict(list(known.items())[-REMEMBERED:])  # a new one: others may be reading the old one
        for block in rated:
            sum_K += known[block]
        return sum_K

    def _rated(self, column_L: Array, half_L: Array) -> list[Rated]:
        """The blocks with ratings."""
        half_GxW = np.zeros((BLOCKS, self._width), np.uint8)
        half_GxW.ravel()[column_L] = half_L
        return [(int(block), half_GxW[block].tobytes()) for block in np.flatnonzero(half_GxW.any(1))]

    def _of_blocks(self, blocks: list[Rated], column_L: Array, x_L: Array) -> Array:
        first_G, end_G = np.searchsorted(column_L, np.array([[at, at + 1] for at, _ in blocks]).T * self._width)
        cells = concat_ranges(first_G, end_G - first_G)
        return self._added(column_L[cells], x_L[cells], np.concatenate(([0], np.cumsum(end_G - first_G))))

    def _added(self, column_N: Array, x_N: Array, start_G: Array) -> Array:
        """Sums (G × K) of groups of rows, in one pass that releases the interpreter's lock."""
        x_GxK = csr_matrix((x_N, column_N, start_G), shape=(len(start_G) - 1, len(self.dense_KxK)))
        sum_GxK: Array = x_GxK @ self.dense_KxK
        return sum_GxK
