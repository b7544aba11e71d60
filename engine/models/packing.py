"""Batches of rated cells, packed into the fixed shapes that a compiled step takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from engine.data.arrays import Array, concat_ranges, starts_of
from engine.data.csr import CsrRatings

if TYPE_CHECKING:
    import jax

SEGMENT = 16
"""Cells of a segment: one viewer's hidden units are read once for so many movies."""
CHUNK = 32
"""Segments whose rows are gathered at once: enough work to be worth a loop's turn, little enough for the cache."""


class Capacity(NamedTuple):
    """How many segments and cells a batch has room for: one shape, compiled once."""

    segments: int
    cells: int


class PackedBatch(NamedTuple):
    """The rated cells of a batch of viewers, once by viewer and once by movie.

    By viewer each row is filled up to whole segments; filled-up cells have half stars 0 and movie 0.
    """

    movie_JxW: jax.Array | Array
    half_JxW: jax.Array | Array
    """Half stars (uint8), 0 where there is no cell."""
    user_J: jax.Array | Array
    """The viewer of each segment, as a position in the batch."""
    start_B: jax.Array | Array
    """Where each viewer's cells begin, filled-up ones included."""
    chunks: jax.Array | Array
    """Number of chunks of segments in use."""
    cell_N: jax.Array | Array
    """By movie: the cell's position in the segments."""
    user_N: jax.Array | Array
    """By movie: the cell's viewer."""
    start_M: jax.Array | Array
    """By movie: where each movie's cells begin."""

    @classmethod
    def stack(cls, batches: Iterable[Self]) -> Self:
        """Several batches of one capacity, one above the other, as `lax.scan` takes them."""
        return cls(*(np.stack(parts) for parts in zip(*batches, strict=True)))


def segments_of(lengths: Array) -> Array:
    """Segments that rows of these lengths take."""
    return -(-lengths // SEGMENT)


def pack(ratings: CsrRatings, capacity: Capacity) -> PackedBatch:
    """Pack the rows of a batch of viewers."""
    segments_B, n = segments_of(ratings.lengths), len(ratings.movie_N)
    first_B = starts_of(segments_B)
    slot_N = concat_ranges(first_B[:-1] * SEGMENT, ratings.lengths)
    movie_JxW = np.zeros((capacity.segments, SEGMENT), np.int32)
    half_JxW = np.zeros((capacity.segments, SEGMENT), np.uint8)
    movie_JxW.ravel()[slot_N], half_JxW.ravel()[slot_N] = ratings.movie_N, ratings.half_N
    user_J = np.zeros(capacity.segments, np.int32)
    user_J[: first_B[-1]] = np.repeat(np.arange(ratings.n_rows), segments_B)
    movie_N = ratings.movie_N.astype(np.uint16) if ratings.n_movies < 2**16 else ratings.movie_N
    by_movie_N = np.argsort(movie_N, kind="stable")
    cell_N, user_N = np.zeros(capacity.cells, np.int32), np.zeros(capacity.cells, np.int32)
    cell_N[:n], user_N[:n] = slot_N[by_movie_N], ratings.row_N[by_movie_N]
    start_M = starts_of(np.bincount(movie_N, minlength=ratings.n_movies)).astype(np.int32)
    chunks = np.array(-(-first_B[-1] // CHUNK), np.int32)
    return PackedBatch(
        movie_JxW, half_JxW, user_J, (first_B * SEGMENT).astype(np.int32), chunks, cell_N, user_N, start_M
    )
