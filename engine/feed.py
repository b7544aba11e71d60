"""What the compiled programs are fed with, in the shapes that they were compiled for."""

from __future__ import annotations

import numpy as np

from engine.learned import Learned
from engine.read import Array
from engine.train import Batches


def batches(learned: Learned, users_SxB: Array, rate_S: Array, rng: np.random.Generator) -> Batches:
    """The work of one dispatch: training rows of these users, and random bits for the dropout."""
    half = learned.matrix.dense(users_SxB.ravel(), learned.n_padded).reshape(*users_SxB.shape, learned.n_padded)
    return Batches(half, rate_S, rng.integers(0, 2**32, (len(users_SxB), 4), np.uint32))
