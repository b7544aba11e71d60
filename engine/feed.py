"""What the compiled programs are fed with, in the shapes that they were compiled for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.learned import Learned
from engine.read import Array, Triples
from engine.train import Batches, News

NEWS_BLOCK = 32
"""Changed ratings that one dispatch tells the raters."""


def batches(learned: Learned, users_SxB: Array, rate_S: Array, rng: np.random.Generator) -> Batches:
    """The work of one dispatch: training rows of these users, and random bits for the dropout."""
    half = learned.matrix.dense(users_SxB.ravel(), learned.n_padded).reshape(*users_SxB.shape, learned.n_padded)
    return Batches(half, rate_S, rng.integers(0, 2**32, (len(users_SxB), 4), np.uint32))


def news_blocks(news: Triples) -> Iterator[News]:
    """Changed ratings in blocks; the last one is filled up by repeating, which changes nothing."""
    rated_N = (news.half_N > 0).astype(np.float32)
    for start in range(0, len(rated_N), NEWS_BLOCK):
        block = np.resize(np.arange(start, min(start + NEWS_BLOCK, len(rated_N))), NEWS_BLOCK)
        yield News(news.user_N[block], news.movie_N[block], rated_N[block])


def no_news() -> News:
    """A block of the right shape, to compile with."""
    none = np.zeros(NEWS_BLOCK, np.int32)
    return News(none, none, np.zeros(NEWS_BLOCK, np.float32))


def rated_matrix(learned: Learned) -> Array:
    """Who rated what in training (raters × movies, 0 or 1)."""
    users = np.arange(min(learned.matrix.n_users, learned.rater_rows))
    rated_UxM = np.zeros((learned.rater_rows, learned.n_padded), np.uint8)
    learned.matrix.dense(users, learned.n_padded, out=rated_UxM)
    return (rated_UxM > 0).astype(np.float32)
