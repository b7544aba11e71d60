"""What the compiled programs are fed with, in the shapes that they were compiled for."""

from __future__ import annotations

import jax
import numpy as np

from engine.data.arrays import Array
from engine.inference.model_state import ModelState
from engine.models.packing import CHUNK, SEGMENT, Capacity, PackedBatch, pack, segments_of
from engine.training.steps import Batches

MOST_RESIDENT = 4 * 2**30
"""Bytes of a matrix that may lie on the device."""


def keeps_rows(state: ModelState, most: int = MOST_RESIDENT) -> bool:
    """Whether all training rows lie on the device during a run: not on a CPU, which writes them out as needed."""
    return state.device.platform != "cpu" and (state.matrix.n_users + 1) * state.n_padded <= most


def device_rows(state: ModelState) -> jax.Array:
    """The training rows of all users on the device (U + 1 × M, uint8; the last one is nobody's)."""
    half_UxM = np.zeros((state.matrix.n_users + 1, state.n_padded), np.uint8)
    state.matrix.dense(np.arange(state.matrix.n_users), state.n_padded, out=half_UxM)
    placed: jax.Array = state.put(half_UxM)
    return placed


def batches(
    state: ModelState, users_SxB: Array, rate_S: Array, rng: np.random.Generator, capacity: Capacity | None,
    rows_UxM: jax.Array | None = None,
) -> Batches:  # fmt: skip
    """The work of one dispatch: training ratings of these users (-1: nobody), and random bits for the dropout.

    As packed cells, or as dense rows where `capacity` is None: from the device's own, or written out.
    """
    keys_Sx4 = rng.integers(0, 2**32, (len(users_SxB), 4), np.uint32)
    matrix, n_padded = state.matrix, state.n_padded
    if capacity is not None:
        packed = (pack(matrix.training_rows(users_B, n_padded), capacity) for users_B in users_SxB)
        return Batches(PackedBatch.stack(packed), rate_S, keys_Sx4)
    if rows_UxM is not None:
        return Batches(rows_UxM[users_SxB], rate_S, keys_Sx4)
    half_SxBxM = np.zeros((*users_SxB.shape, n_padded), np.uint8)
    for users_B, half_BxM in zip(users_SxB, half_SxBxM, strict=True):
        matrix.dense(users_B, n_padded, out=half_BxM)
    return Batches(half_SxBxM, rate_S, keys_Sx4)


def capacity_for(state: ModelState, users_TxB: Array) -> Capacity | None:
    """Room for all ratings of each of these batches; None where steps take dense rows.

    Another capacity is another program to compile, so it should stay the same with a few more ratings or other epochs.
    It leaves room for nearly any batch of that many viewers, and for the largest of these ones.
    """
    if not state.packs_cells:
        return None
    length_U = np.append(np.diff(state.matrix.start_U), 0)  # the last one is nobody's
    n = users_TxB.shape[1]
    return Capacity(*(
        _rounded(max(_usual_most(size_U[:-1], n), size_U[users_TxB].sum(1).max()))
        for size_U in (segments_of(length_U), length_U)
    ))  # fmt: skip


def _usual_most(size_U: Array, n: int) -> float:
    """What hardly any n viewers together need: five deviations over the mean."""
    return float(n * size_U.mean() + 5 * n**0.5 * size_U.std())


def _rounded(size: float) -> int:
    """Up to an eighth of the next lower power of two, and to whole chunks."""
    needed = max(int(size), 1)
    step = max(CHUNK, (1 << needed.bit_length() - 1) // 8)
    return -(-needed // step) * step


def incremental_capacity(state: ModelState) -> Capacity | None:
    """Room for an incremental step: some viewers with the longest histories, and six deviations of the others."""
    if not state.packs_cells:
        return None
    length_U = np.diff(state.matrix.start_U)
    size = state.config.learn_batch
    usual = length_U.mean() * size + 6 * length_U.std() * size**0.5
    cells = max(int(2 * length_U.max(initial=1) + usual), 4096)
    return Capacity(*(-(-most // CHUNK) * CHUNK for most in (cells // SEGMENT + size, cells)))


def fitting(state: ModelState, users_B: Array, capacity: Capacity | None) -> Array:
    """The users with the last ones left out (-1) that there is no room for."""
    if capacity is None:
        return users_B
    start_U = state.matrix.start_U
    length_B = start_U[users_B + 1] - start_U[users_B]
    segments_B = segments_of(length_B)
    fits = (np.cumsum(segments_B) <= capacity.segments) & (np.cumsum(length_B) <= capacity.cells)
    return np.where(fits, users_B, -1)


def count_ratings(work: Batches) -> int:
    """Ratings that the work holds."""
    ratings = work.half_SxBxM
    return int(np.count_nonzero(ratings.half_JxW if isinstance(ratings, PackedBatch) else ratings))
