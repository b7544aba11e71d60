"""What the compiled programs are fed with, in the shapes that they were compiled for."""

from __future__ import annotations

import jax
import numpy as np

from engine.data.csr import Rows
from engine.data.interactions import Array
from engine.inference.model_state import Learned
from engine.models import sparse_ops as sparse
from engine.models.sparse_ops import Cells, Room
from engine.training.steps import Batches

MOST_RESIDENT = 4 * 2**30
"""Bytes of a matrix that may lie on the device."""


def resident(learned: Learned) -> jax.Array | None:
    """The training rows of all users on the device (U + 1 × M, uint8; the last one is nobody's), once for a whole run.

    None on a CPU, where rows are written out as they are needed, and for a matrix that is too large.
    """
    if learned.device.platform == "cpu" or (learned.matrix.n_users + 1) * learned.n_padded > MOST_RESIDENT:
        return None
    half_UxM = np.zeros((learned.matrix.n_users + 1, learned.n_padded), np.uint8)
    learned.matrix.dense(np.arange(learned.matrix.n_users), learned.n_padded, out=half_UxM)
    placed: jax.Array = learned.put(half_UxM)
    return placed


def batches(
    learned: Learned, users_SxB: Array, rate_S: Array, rng: np.random.Generator, room: Room | None,
    rows_UxM: jax.Array | None = None,
) -> Batches:  # fmt: skip
    """The work of one dispatch: training ratings of these users (-1: nobody), and random bits for the dropout.

    As lists of cells with this much room, or as dense rows where `room` is None: from the device's own, or written out.
    """
    keys_Sx4 = rng.integers(0, 2**32, (len(users_SxB), 4), np.uint32)
    if room is None and rows_UxM is not None:
        return Batches(rows_UxM[users_SxB], rate_S, keys_Sx4)
    if room is None:
        half = np.zeros((*users_SxB.shape, learned.n_padded), np.uint8)
        for users_B, half_BxM in zip(users_SxB, half, strict=True):
            learned.matrix.dense(users_B, learned.n_padded, out=half_BxM)
        return Batches(half, rate_S, keys_Sx4)
    cut = [_cut(learned, users_B, room) for users_B in users_SxB]
    return Batches(Cells(*(np.stack(parts) for parts in zip(*cut, strict=True))), rate_S, keys_Sx4)


def _cut(learned: Learned, users_B: Array, room: Room) -> Cells:
    matrix = learned.matrix
    rows, cells = matrix.cells(users_B)
    train = ~matrix.held_N[cells]
    rows, cells = rows[train], cells[train]
    start_P = np.searchsorted(rows, np.arange(len(users_B) + 1))
    ratings = Rows(start_P, matrix.movie_N[cells], matrix.half_N[cells], learned.n_padded)
    return sparse.cut(ratings, np.arange(len(users_B)), room)


def room_for(learned: Learned, users_TxB: Array) -> Room | None:
    """Room for all ratings of each of these batches; None where steps take dense rows.

    Rather too much: with a few ratings more, or other epochs, it should be the same, since another room is another
    program to compile. So the largest of these batches counts only where it is larger than nearly any would be.
    """
    if not learned.on_cells:
        return None
    length_U = np.append(np.diff(learned.matrix.start_U), 0)  # the last one is nobody's
    sizes = (-(-length_U // sparse.K), length_U)
    return Room(*(_rounded(max(_usual_most(size_U[:-1], users_TxB.shape[1]), size_U[users_TxB].sum(1).max()))
                  for size_U in sizes))  # fmt: skip


def _usual_most(size_U: Array, n: int) -> float:
    """What hardly any n viewers together need: five deviations over the mean."""
    return float(n * size_U.mean() + 5 * n**0.5 * size_U.std())


def _rounded(size: float) -> int:
    """Up to an eighth of the next lower power of two, and to whole chunks."""
    needed = max(int(size), 1)
    step = max(sparse.CHUNK, (1 << needed.bit_length() - 1) // 8)
    return -(-needed // step) * step


def room_to_learn(learned: Learned) -> Room | None:
    """Room for an incremental step: some viewers with the longest histories, and six deviations of the others."""
    if not learned.on_cells:
        return None
    length_U = np.diff(learned.matrix.start_U)
    size = learned.config.learn_batch
    usual = length_U.mean() * size + 6 * length_U.std() * size**0.5
    cells = max(int(2 * length_U.max(initial=1) + usual), 4096)
    return Room(*(-(-most // sparse.CHUNK) * sparse.CHUNK for most in (cells // sparse.K + size, cells)))


def fitting(learned: Learned, users_B: Array, room: Room | None) -> Array:
    """The users with the last ones left out (-1) that there is no room for."""
    if room is None:
        return users_B
    start_U = learned.matrix.start_U
    length_B = start_U[users_B + 1] - start_U[users_B]
    fits = (np.cumsum(-(-length_B // sparse.K)) <= room.segments) & (np.cumsum(length_B) <= room.cells)
    return np.where(fits, users_B, -1)


def count_ratings(work: Batches) -> int:
    """Ratings that the work holds."""
    rows = work.half_SxBxM
    return int(np.count_nonzero(rows.half_SxK if isinstance(rows, Cells) else rows))
