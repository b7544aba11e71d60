"""What answers viewers: weights that never change; a run puts better ones in their place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from engine.data.interactions import Array
from engine.models.autoencoder import Offsets, RatersAutoencoder
from engine.training import steps as train

EVERY = slice(None)
"""All movies."""


class Tables(NamedTuple):
    """The `raters` network as arrays of the host, raters folded in."""

    stars_MxD: Array
    rated_MxD: Array
    decode_MxD: Array
    members: int

    def hidden(self, movies: Array, residual_L: Array) -> Array:
        """Hidden units of a viewer with these residuals on these movies (one at least), over the members."""
        hidden_D: Array = np.einsum("l,ld->d", residual_L, self.stars_MxD.take(movies, 0))
        hidden_D += np.add.reduce(self.rated_MxD.take(movies, 0), 0)
        hidden_D /= np.float32(len(movies)) ** np.float32(0.5) * np.float32(self.members)
        return hidden_D


@dataclass(frozen=True)
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

    def stars_of_one(self, movies: Array, half: Array, wanted: Array | slice = EVERY) -> Array:
        """Predicted stars of one viewer from a list of ratings: of the wanted movies, or of all (M, padded).

        On the host, whatever the device, and without BLAS: to hand so little work to other threads takes longer than
        the work. A movie's stars have the same bits whichever others are wanted.
        """
        tables = self._tables
        if self.trained and len(movies) and tables is None:
            half_1xM = np.zeros((1, len(self.offsets.movie_M)), np.uint8)
            half_1xM[0, movies] = half
            whole_M = np.array(self.stars(half_1xM)[0])
            return whole_M[wanted]
        mean, movie_M, _, shrink, low, high = self._known
        above_L = half * np.float32(0.5) - mean - movie_M[movies]
        user = above_L.sum() / (np.float32(len(movies)) + shrink)
        if not self.trained or tables is None or not len(movies):
            alone: Array = np.clip(np.clip(mean + user, low, high) + movie_M[wanted], low, high)
            return alone
        hidden_D = tables.hidden(movies, above_L - user)
        stars_W: Array = np.einsum("wd,d->w", tables.decode_MxD[wanted], hidden_D)
        stars_W += mean + user + movie_M[wanted]
        return self.clip(stars_W)

    def clip(self, stars_X: Array) -> Array:
        """Stars in the range of the data, in place."""
        return np.clip(stars_X, self._known.low, self._known.high, out=stars_X)

    @cached_property
    def _known(self) -> Offsets:
        """The offsets on the host."""
        return Offsets(*(np.asarray(part) for part in self.offsets))  # type: ignore[arg-type]

    @cached_property
    def _tables(self) -> Tables | None:
        """The network's tables on the host; None for a network that isn't made of any."""
        network = train.merge_network(self.graphs, self.weights)
        if not isinstance(network, RatersAutoencoder):
            return None
        stars_MxD, rated_MxD = np.asarray(network.stars_MxD[...]), np.asarray(network.rated_MxD[...])
        return Tables(stars_MxD, rated_MxD, np.asarray(network.decode_MxD[...]), network.members)

    def means(self, half_BxM: Array) -> Array:
        """What viewers with these rows give to a movie nobody knows: the mean and their own offset."""
        mean, movie_M, _, shrink, low, high = self._known
        rated_BxM = half_BxM > 0
        above_BxM = (half_BxM * 0.5 - mean - movie_M) * rated_BxM
        mean_B: Array = np.clip(mean + above_BxM.sum(1) / (rated_BxM.sum(1) + shrink), low, high)
        return mean_B


def serve(graphs: train.Graphs, state: train.State, offsets: Offsets) -> Serving:
    """A training state as it would answer."""
    return Serving(graphs, train.folded(graphs, state.weights, state.raters_MxD), offsets)
