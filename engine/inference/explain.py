"""Why this movie: what each rated movie gave to the recommended one.

On the linear path the answer is exact: rated movie j gives `x_j B_ji`, and these sum to the score. For a network alone
each rated movie is left out in turn, all in one batch, and its part is what the score loses.
"""

from __future__ import annotations

import numpy as np

from engine.data.interactions import Array
from engine.inference.model_state import BLOCK, Learned


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
    """What each score loses without each rating.

    A block is the whole history, first, and copies of it that each lack one rating: one batch of the one shape that is
    compiled, so that whole and copies are computed alike, whatever the length of the history.
    """
    parts = [np.zeros((0, len(targets)))]
    for start in range(0, len(movies), BLOCK - 1):
        out = movies[start : start + BLOCK - 1]
        rows = np.zeros((BLOCK, learned.n_padded), np.uint8)
        rows[:, movies] = half
        rows[np.arange(1, len(out) + 1), out] = 0
        score_BxT = learned.scores(rows, learned.stars(rows) if learned.by_stars else None)[: len(out) + 1, targets]
        parts.append(score_BxT[0] - score_BxT[1:])
    return np.concatenate(parts)
