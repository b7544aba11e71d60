"""Small rating matrices and cells, written out by hand or made up."""

from __future__ import annotations

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.data.delta import RatingDelta
from engine.data.interactions import Triples
from engine.data.matrix import RatingMatrix

USERS, MOVIES = 40, 70


def undated(user_N: Array, movie_N: Array, half_N: Array) -> Triples:
    """Ratings whose times are unknown."""
    return Triples(user_N, movie_N, half_N, np.full(len(user_N), np.nan))


def matrix_of(half_UxM: Array, held_UxM: Array | None = None) -> RatingMatrix:
    """A matrix from half stars written out, 0 where unrated, and which of them are held out."""
    user_N, movie_N = np.nonzero(half_UxM)
    held_N = np.zeros(len(user_N), bool) if held_UxM is None else held_UxM[user_N, movie_N]
    return RatingMatrix.build(undated(user_N, movie_N, half_UxM[user_N, movie_N]), held_N, *half_UxM.shape)


def random_half(shape: tuple[int, int], share: float, seed: int = 0) -> Array:
    """Half stars 1 to 10 in about this share of the cells, 0 elsewhere (uint8)."""
    rng = np.random.default_rng(seed)
    return (rng.integers(1, 11, shape) * (rng.random(shape) < share)).astype(np.uint8)


def uneven_ratings(seed: int = 0) -> tuple[CsrRatings, Array]:
    """Ratings and the same written out; user 3 rated nothing, user 4 nearly all."""
    rng = np.random.default_rng(seed)
    share_Ux1 = rng.uniform(0.05, 0.6, (USERS, 1))
    share_Ux1[3], share_Ux1[4] = 0.0, 0.97
    half_UxM = rng.integers(1, 11, (USERS, MOVIES)) * (rng.random((USERS, MOVIES)) < share_Ux1)
    return CsrRatings.of_dense(half_UxM.astype(np.uint8)), half_UxM.astype(np.float32)


def delta_of(before_UxM: Array, after_UxM: Array) -> RatingDelta:
    """The delta of the viewers whose rows differ."""
    user_B = np.flatnonzero((before_UxM != after_UxM).any(1))
    return RatingDelta.between(matrix_of(before_UxM), matrix_of(after_UxM), user_B)
