"""Networks as arrays of the host. One whose stars are a sum over the ratings: one viewer needs no device.

The products are short ones, without BLAS: to hand so little work to other threads takes longer than the work.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.data.arrays import Array


class Tables(NamedTuple):
    """Hidden units are `(x A + m B) / sqrt(n)`, stars the rows of W times these: see `engine.models.implicit`."""

    stars_MxD: Array
    rated_MxD: Array
    decode_MxD: Array
    members: int

    def hidden(self, movie_L: Array, residual_L: Array) -> Array:
        """Hidden units of a viewer with these residuals on these movies (one at least), over the members."""
        hidden_D: Array = np.einsum("l,ld->d", residual_L, self.stars_MxD.take(movie_L, 0))
        hidden_D += np.add.reduce(self.rated_MxD.take(movie_L, 0), 0)
        hidden_D /= self._scale(len(movie_L))
        return hidden_D

    def each(self, movie_L: Array, residual_L: Array) -> Array:
        """What each of these ratings gives to the hidden units (L × D)."""
        each_LxD: Array = residual_L[:, None] * self.stars_MxD.take(movie_L, 0) + self.rated_MxD.take(movie_L, 0)
        each_LxD /= self._scale(len(movie_L))
        return each_LxD

    def _scale(self, n: int) -> np.float32:
        return np.float32(n) ** np.float32(0.5) * np.float32(self.members)


class Dense(NamedTuple):
    """One layer of a network of dense layers: `x W + b`, then a ReLU, at the end a sigmoid."""

    weight_XxX: Array
    bias_X: Array
