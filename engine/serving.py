"""What answers viewers: weights that never change; a run puts better ones in their place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine import train
from engine.model import Offsets
from engine.read import Array

LENGTHS = (64, 256, 1024)
"""Lengths that one viewer's list of ratings is filled up to; longer ones go by powers of four."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Weights with the raters folded in: a history of any length is answered by one forward pass in fixed shapes."""

    graphs: train.Graphs
    weights: train.Tree
    offsets: Offsets
    trained: bool = True
    """False before the first epoch: then the offsets answer alone."""

    def stars(self, half_BxM: Array) -> Array:
        """Predicted stars (B × M, padded) of rows of half stars (B × M, padded).

        A viewer without ratings gets the offsets: a network that was never shown an empty row answers it with noise.
        """
        if not self.trained:
            return self._by_offsets(half_BxM)
        stars_BxM = np.asarray(train.fold_in(self.graphs, self.weights, self.offsets, half_BxM))
        empty_B: Array = half_BxM.max(axis=1) == 0
        return np.where(empty_B[:, None], self._by_offsets(half_BxM[:1] * 0), stars_BxM) if empty_B.any() else stars_BxM

    def _by_offsets(self, half_BxM: Array) -> Array:
        stars_BxM = self.means(half_BxM)[:, None] + np.asarray(self.offsets.movie_M)
        clipped_BxM: Array = np.clip(stars_BxM, float(self.offsets.low), float(self.offsets.high)).astype(np.float32)
        return clipped_BxM

    def stars_of_one(self, movies: Array, half: Array) -> Array:
        """Predicted stars (M, padded) of one viewer from a list of ratings."""
        if not self.trained or not half.any():
            half_1xM = np.zeros((1, len(self.offsets.movie_M)), np.uint8)
            half_1xM[0, movies] = half
            alone_M: Array = self.stars(half_1xM)[0]
            return alone_M
        movie_L, half_L = filled(movies, half)
        return np.asarray(train.fold_in_one(self.graphs, self.weights, self.offsets, movie_L, half_L))

    def means(self, half_BxM: Array) -> Array:
        """What viewers with these rows give to a movie nobody knows: the mean and their own offset."""
        mean, movie_M, _, shrink, low, high = (np.asarray(part) for part in self.offsets)
        rated_BxM = half_BxM > 0
        above_BxM = (half_BxM * 0.5 - mean - movie_M) * rated_BxM
        mean_B: Array = np.clip(mean + above_BxM.sum(1) / (rated_BxM.sum(1) + shrink), low, high)
        return mean_B


def serve(graphs: train.Graphs, state: train.State, offsets: Offsets) -> Serving:
    """A training state as it would answer."""
    return Serving(graphs, train.folded(graphs, state.weights, state.raters_MxD), offsets)


def filled(movies: Array, half: Array) -> tuple[Array, Array]:
    """A list of ratings filled up with half stars 0 to a length that is compiled."""
    length = next((size for size in LENGTHS if size >= len(movies)), LENGTHS[-1])
    while length < len(movies):
        length *= 4
    movie_L, half_L = np.zeros(length, np.int32), np.zeros(length, np.uint8)
    movie_L[: len(movies)], half_L[: len(movies)] = movies, half
    return movie_L, half_L
