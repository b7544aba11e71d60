"""The network used by default: a linear encoder, and a decoder that knows who rated a movie at all.

Its row for a movie is its own vector plus the implicit part: the sum of the factors of the users who rated it. Which
movies were rated, by whom, says more than the stars alone.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from engine.config import Config
from engine.models import sparse_ops as sparse
from engine.models.autoencoder import NetworkSpec, Ratings
from engine.models.biases import Biases, Centred, centre, centre_packed
from engine.models.packing import PackedBatch
from engine.models.rater_index import RaterIndex
from engine.models.tables import Tables


class Member(NamedTuple):
    """One network of an ensemble: its columns of the tables, the implicit part included."""

    stars_MxD: jax.Array
    rated_MxD: jax.Array
    decode_MxD: jax.Array


class ImplicitAutoencoder(nnx.Module):
    """Linear encoder `h = (x A + m B) / sqrt(n)`, decoder `W + implicit part`, loss on the rated cells.

    x are residuals over the biases, m the mask of what is rated, n its count; `UserFactors` make the implicit part.
    Input dropout hides ratings from the encoder, so that the network learns to predict what it does not see. Encoder
    and decoder are linear as in AutoRec's best variants (Sedhain et al. 2015); the mask as an input and the users'
    factors play the part that implicit feedback plays in SVD++ (Koren 2008).

    An ensemble of such networks is a wider one: the mean of their predictions is one product of the hidden units side
    by side, over their number. In training each member has a loss of its own and hides other ratings.
    """

    def __init__(self, n_movies: int, config: Config, *, rngs: nnx.Rngs) -> None:
        shape = (n_movies, config.hidden)
        self.stars_MxD = nnx.Param(config.init_scale * jax.random.normal(rngs.params(), shape))
        self.rated_MxD = nnx.Param(config.init_scale * jax.random.normal(rngs.params(), shape))
        self.decode_MxD = nnx.Param(config.init_scale * jax.random.normal(rngs.params(), shape))
        self.dropout, self.members, self.mixed = config.dropout, config.members, config.mixed_precision

    def __call__(self, residual_BxM: jax.Array, rated_BxM: jax.Array, implicit_MxD: jax.Array | float = 0) -> jax.Array:
        """Predicted residuals (B × M), the mean over the members."""
        count_Bx1 = jnp.maximum(rated_BxM.sum(1, keepdims=True), 1.0)
        hidden_BxD = residual_BxM @ self.stars_MxD[...] + rated_BxM @ self.rated_MxD[...]
        hidden_BxD /= jnp.sqrt(count_Bx1) * self.members
        return hidden_BxD @ (self.decode_MxD[...] + implicit_MxD).T

    def absorb(self, implicit_MxD: jax.Array) -> None:
        """Add the implicit part to the decoder's weights, for inference."""
        self.decode_MxD[...] += implicit_MxD

    def predict(self, half_BxM: jax.Array, biases: Biases) -> jax.Array:
        """Fold viewers in: rows of half stars to predicted stars (B × M), one forward pass."""
        centred = centre(half_BxM, biases)
        base_BxM = biases.mean + biases.movie_M + centred.user_B[:, None]
        return jnp.clip(base_BxM + self(centred.residual, centred.rated), biases.low, biases.high)

    def loss(self, ratings: Ratings, biases: Biases, implicit_MxD: jax.Array, key: jax.Array) -> jax.Array:
        """Mean squared error over the rated cells, in stars²; the mean over the members."""
        keys = [key] if self.members == 1 else list(jax.random.split(key, self.members))
        members = zip(self._members(implicit_MxD), keys, strict=True)
        if isinstance(ratings, PackedBatch):
            centred = centre_packed(ratings, biases)
            losses = [self._loss_packed(ratings, centred, member, own) for member, own in members]
        else:
            centred = centre(ratings, biases)
            losses = [self._loss_dense(centred, member, own) for member, own in members]
        return jnp.stack(losses).mean()

    def _members(self, implicit_MxD: jax.Array) -> list[Member]:
        tables = (self.stars_MxD[...], self.rated_MxD[...], self.decode_MxD[...] + implicit_MxD)
        parts = zip(*(jnp.split(table_MxD, self.members, axis=1) for table_MxD in tables), strict=True)
        return [Member(*part) for part in parts]

    def _loss_dense(self, centred: Centred, member: Member, key: jax.Array) -> jax.Array:
        residual_BxM, rated_BxM = centred.residual, centred.rated
        shown_BxM = keep_mask(key, rated_BxM.shape, self.dropout)
        hidden_BxD = product(residual_BxM * shown_BxM, member.stars_MxD, mixed=self.mixed)
        hidden_BxD += product(rated_BxM * shown_BxM, member.rated_MxD, mixed=self.mixed)
        hidden_BxD /= jnp.sqrt(jnp.maximum(rated_BxM.sum(1, keepdims=True), 1.0))
        error_BxM = (product(hidden_BxD, member.decode_MxD.T, mixed=self.mixed) - residual_BxM) * rated_BxM
        return jnp.sum(error_BxM**2) / jnp.maximum(jnp.sum(rated_BxM), 1.0)

    def _loss_packed(self, batch: PackedBatch, centred: Centred, member: Member, key: jax.Array) -> jax.Array:
        """The same loss over packed cells: its cost follows the ratings, not viewers × movies."""
        residual_JxW, rated_JxW = centred.residual, centred.rated
        shown_JxW = keep_mask(key, rated_JxW.shape, self.dropout)
        hidden_BxD = sparse.times(batch, residual_JxW * shown_JxW, member.stars_MxD)
        hidden_BxD += sparse.times(batch, rated_JxW * shown_JxW, member.rated_MxD)
        hidden_BxD /= jnp.sqrt(jnp.maximum(centred.count_B, 1.0))[:, None]
        found_JxW = sparse.at_cells(batch, hidden_BxD, member.decode_MxD)
        return jnp.sum(((found_JxW - residual_JxW) * rated_JxW) ** 2) / jnp.maximum(jnp.sum(rated_JxW), 1.0)


class UserFactors(nnx.Module):
    """One vector a user; summed over the users who rated a movie they make the implicit part of the decoder."""

    def __init__(self, n_users: int, config: Config, *, rngs: nnx.Rngs) -> None:
        self.factor_UxD = nnx.Param(config.init_scale * jax.random.normal(rngs.params(), (n_users, config.hidden)))

    def __call__(self, index: RaterIndex) -> jax.Array:
        """The implicit part, M × D: sum of the factors of a movie's raters over the root of their number."""
        return index.of_movies(self.factor_UxD[...]) * index.scale()


def product(a: jax.Array, b: jax.Array, *, mixed: bool) -> jax.Array:
    """The matrix product in float32; `mixed` rounds the operands to bfloat16, which tensor cores take."""
    if mixed:
        a, b = a.astype(jnp.bfloat16), b.astype(jnp.bfloat16)
    return jnp.matmul(a, b, preferred_element_type=jnp.float32)


def keep_mask(key: jax.Array, shape: tuple[int, ...], dropout: float) -> jax.Array:
    """Inverted dropout: 0 for hidden cells, 1 / (1 - p) for the others, p in steps of 1/256 (cheap random bytes)."""
    hidden = round(dropout * 256)
    bits = jax.random.bits(key, shape, jnp.uint8)
    return jnp.where(bits >= hidden, jnp.float32(256 / (256 - hidden)), jnp.float32(0))


def _tables(network: ImplicitAutoencoder) -> Tables:
    stars_MxD, rated_MxD = np.asarray(network.stars_MxD[...]), np.asarray(network.rated_MxD[...])
    return Tables(stars_MxD, rated_MxD, np.asarray(network.decode_MxD[...]), network.members)


IMPLICIT = NetworkSpec(ImplicitAutoencoder, UserFactors, packs_cells=True, tables=_tables)
