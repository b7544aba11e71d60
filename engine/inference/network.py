"""The network as it answers viewers: weights that never change, the implicit part in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import jax
import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.models.autoencoder import Graphs, TrainState, Tree, forward, frozen_weights, merge
from engine.models.biases import Biases, above, baseline, centre_history, on_host, shrunk, viewer_means
from engine.models.tables import Dense, Tables

EVERY = slice(None)
"""All movies."""


@dataclass(frozen=True)
class FrozenNetwork:
    """Weights and biases: a history of any length is answered by one forward pass in fixed shapes."""

    graphs: Graphs
    weights: Tree
    biases: Biases
    trained: bool = True
    """False before the first epoch: then the biases answer alone."""

    @property
    def n_padded(self) -> int:
        """Movies with padding: the length of a dense row."""
        return len(self.biases.movie_M)

    def stars(self, half_BxM: Array) -> Array:
        """Predicted stars (B × M, padded) of rows of half stars (B × M, padded).

        A viewer without ratings gets the biases: a network that was never shown an empty row answers it with noise.
        """
        if not self.trained:
            return self._baseline(half_BxM)
        stars_BxM = np.asarray(forward(self.graphs, self.weights, self.biases, half_BxM))
        empty_B: Array = half_BxM.max(axis=1) == 0
        return np.where(empty_B[:, None], self._baseline(half_BxM[:1] * 0), stars_BxM) if empty_B.any() else stars_BxM

    def _baseline(self, half_BxM: Array) -> Array:
        biases = self.host_biases
        return baseline(viewer_means(half_BxM, biases)[:, None], np.asarray(biases.movie_M), biases).astype(np.float32)

    def stars_of_one(self, movie_L: Array, half_L: Array, chosen: Array | slice = EVERY) -> Array:
        """Predicted stars of one viewer from a history: of the chosen movies, or of all (M, padded).

        On the host, whatever the device, and without BLAS: to hand so little work to other threads takes longer than
        the work. A movie's stars have the same bits whichever others are chosen.
        """
        tables, biases = self.tables, self.host_biases
        if self.trained and len(movie_L) and tables is None:
            half_1xM = np.zeros((1, self.n_padded), np.uint8)
            half_1xM[0, movie_L] = half_L
            whole_M = np.array(self.stars(half_1xM)[0])
            return whole_M[chosen]
        above_L, user = centre_history(movie_L, half_L, biases)
        movie_C = np.asarray(biases.movie_M)[chosen]
        if not self.trained or tables is None or not len(movie_L):
            return baseline(np.clip(biases.mean + user, biases.low, biases.high), movie_C, biases)
        stars_C: Array = np.einsum("cd,d->c", tables.decode_MxD[chosen], tables.hidden(movie_L, above_L - user))
        stars_C += biases.mean + user + movie_C
        return self.clip(stars_C)

    def parts_of_one(self, movie_L: Array, half_L: Array, chosen: Array) -> Array | None:
        """What each rating (one at least) gives to the stars of the chosen movies, before they are clipped (L × C).

        None for a network whose stars are no sum over the ratings.
        """
        tables, biases = self.tables, self.host_biases
        if self.trained and tables is None:
            return None
        above_L, user = centre_history(movie_L, half_L, biases)
        part_LxC = np.tile((above_L / (len(movie_L) + biases.user_shrink))[:, None], len(chosen)).astype(np.float64)
        if self.trained and tables is not None:
            part_LxC += np.einsum("ld,cd->lc", tables.each(movie_L, above_L - user), tables.decode_MxD[chosen])
        return part_LxC

    def clip(self, stars_X: Array) -> Array:
        """Clip stars to the range of the data, in place."""
        return np.clip(stars_X, self.host_biases.low, self.host_biases.high, out=stars_X)

    def viewer_means(self, half_BxM: Array) -> Array:
        """What viewers with these rows give to an unknown movie (B)."""
        return viewer_means(half_BxM, self.host_biases)

    def levels(self, ratings: CsrRatings) -> Array:
        """Biases of the viewers with these ratings (B)."""
        biases = self.host_biases
        above_N = above(ratings.half_N, np.asarray(biases.movie_M)[ratings.movie_N], biases)
        sum_B = np.bincount(ratings.row_N, above_N, ratings.n_rows)
        level_B: Array = shrunk(sum_B, ratings.lengths, biases.user_shrink)
        return level_B

    @property
    def movie_biases(self) -> Array:
        """Biases of the movies (M, padded)."""
        return np.asarray(self.host_biases.movie_M)

    @property
    def scale(self) -> tuple[float, float]:
        """The lowest and the highest stars of the data."""
        return float(self.host_biases.low), float(self.host_biases.high)

    def with_biases(self, movie_M: jax.Array, known_M: jax.Array) -> FrozenNetwork:
        """The same weights with other biases of movies."""
        return replace(self, biases=self.biases._replace(movie_M=movie_M, known_M=known_M))

    @cached_property
    def host_biases(self) -> Biases:
        """The biases as arrays of the host."""
        return on_host(self.biases)

    @cached_property
    def tables(self) -> Tables | None:
        """The network's tables on the host; None for a network that isn't made of any."""
        tables = self.graphs.spec.tables
        return None if tables is None else tables(merge(self.graphs, self.weights))

    @cached_property
    def layers(self) -> tuple[Dense, ...]:
        """The network's layers on the host, the output's last; none for a network that isn't made of them."""
        layers = self.graphs.spec.layers
        return () if layers is None else layers(merge(self.graphs, self.weights))


def freeze(graphs: Graphs, state: TrainState, biases: Biases) -> FrozenNetwork:
    """The network of a training state, ready to answer viewers."""
    return FrozenNetwork(graphs, frozen_weights(graphs, state.weights, state.implicit_MxD), biases)
