"""Why this movie: what each rated movie gave to the recommended one.

On the linear path the answer is exact: rated movie j gives `x_j B_ji`, and these sum to the score. For a network alone
each rated movie is left out in turn, all in one batch, and its part is what the score loses.
"""

from __future__ import annotations

import numpy as np

from engine.learned import BLOCK, Learned
from engine.read import Array


def given(learned: Learned, movies: Array, half: Array, targets: Array) -> Array:
    """What each rated movie (rows, aligned with `movies`) gives to each target movie (columns)."""
    linear = learned.linear
    given_NxT = np.zeros((len(movies), len(targets)))
    exact = np.array([linear is not None and _rated(learned, int(target)) for target in targets], bool)
    if linear is not None:
        for column in np.flatnonzero(exact):
            given_NxT[:, column] = linear.shares(movies, half, int(targets[column]))
    if not exact.all():
        given_NxT[:, ~exact] = _left_out(learned, movies, half, targets[~exact])
    return given_NxT


def _rated(learned: Learned, movie: int) -> bool:
    """Whether the linear path alone makes this movie's score: it covers it, and content has no say."""
    covered = learned.linear is not None and learned.linear.column_M[movie] >= 0
    return bool(covered and (learned.content is None or learned.content.count_M[movie] >= 1))


def shares(given_NxT: Array) -> Array:
    """Parts as shares: divided by the sum of their sizes, so that movies speaking against count below zero."""
    size_T = np.abs(given_NxT).sum(0)
    share_NxT: Array = given_NxT / np.where(size_T > 0, size_T, 1)
    return share_NxT


def _left_out(learned: Learned, movies: Array, half: Array, targets: Array) -> Array:
    full = learned.rank(movies, half)[0][targets]
    parts = []
    for start in range(0, len(movies), BLOCK):
        rows = np.zeros((BLOCK, learned.n_padded), np.uint8)
        rows[:, movies] = half
        out = movies[start : start + BLOCK]
        rows[np.arange(len(out)), out] = 0
        parts.append(full - _scores(learned, rows)[: len(out), targets])
    return np.concatenate(parts) if parts else np.zeros((0, len(targets)))


def _scores(learned: Learned, half_BxM: Array) -> Array:
    return learned.scores(half_BxM, learned.stars(half_BxM))
