"""Step 3, model: the two autoencoders.

`StudyAutoencoder` is the study's network. `RatersAutoencoder` is the one used by default: a linear encoder, and a
decoder whose row for a movie is its own vector plus the sum of the vectors of those who rated it. Which movies were
rated at all, by whom, says more than the stars alone.

Both are Flax NNX modules without state of their own beside the weights: `nnx.split` once, then pure functions.
Letters: B viewers, M movies (padded), U raters (padded), D hidden units.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
from flax import nnx

from engine.config import Config
from engine.models import sparse_ops as sparse
from engine.models.rater_index import RatedBy
from engine.models.sparse_ops import Cells

Rows = jax.Array | Cells
"""Viewers of a batch: half stars as dense rows (B × M), or as lists of rated cells."""


class Offsets(NamedTuple):
    """What is known before any network: how high stars are given, by and large and to each movie."""

    mean: jax.Array
    """Mean of the training stars."""
    movie_M: jax.Array
    """Each movie's shrunk deviation from the mean, in stars."""
    known_M: jax.Array
    """1 for movies of the catalogue, 0 for the padding."""
    user_shrink: jax.Array
    """Ratings at the mean that a viewer's offset is shrunk by."""
    low: jax.Array
    """Lowest stars of the data."""
    high: jax.Array
    """Highest stars of the data."""


class Viewers(NamedTuple):
    """Viewers as the `raters` network sees them."""

    residual_BxM: jax.Array
    """Stars less the offsets, 0 where unrated."""
    rated_BxM: jax.Array
    """1 where rated, else 0."""
    base_BxM: jax.Array
    """Mean and offsets: the prediction without a network."""


def centre(half_BxM: jax.Array, offsets: Offsets) -> Viewers:
    """Rows of half stars as residuals and mask. A viewer without ratings has offset 0."""
    rated_BxM = (half_BxM > 0).astype(jnp.float32)
    above_BxM = (half_BxM * jnp.float32(0.5) - offsets.mean - offsets.movie_M) * rated_BxM
    count_B = rated_BxM.sum(1)
    user_B = above_BxM.sum(1) / (count_B + offsets.user_shrink)
    residual_BxM = above_BxM - user_B[:, None] * rated_BxM
    return Viewers(residual_BxM, rated_BxM, offsets.mean + offsets.movie_M + user_B[:, None])


class Autoencoder(Protocol):
    """What training and serving ask of a network."""

    def fold(self, raters_MxD: jax.Array) -> None:
        """Make the decoder's part made of raters a part of the weights, for serving."""
        ...

    def predict(self, half_BxM: jax.Array, offsets: Offsets) -> jax.Array:
        """Fold in: rows of half stars to predicted stars (B × M), one forward pass."""
        ...

    def loss(self, rows: Rows, offsets: Offsets, raters_MxD: jax.Array, key: jax.Array) -> jax.Array:
        """Training loss of a batch."""
        ...


class Member(NamedTuple):
    """One network of an ensemble: its columns of the tables, the decoder's part made of raters included."""

    stars_MxD: jax.Array
    rated_MxD: jax.Array
    decode_MxD: jax.Array


class RatersAutoencoder(nnx.Module):
    """Linear encoder `h = (x A + m B) / sqrt(n)`, decoder `W + raters`, loss on the rated cells.

    x are centred stars, m the mask of what is rated, n its count, `raters` the product that `Raters` makes. Input
    dropout hides ratings from the encoder, so that the network learns to predict what it does not see. Encoder and
    decoder are linear as in AutoRec's best variants (Sedhain et al. 2015); the mask as an input and the raters'
    vectors play the part that implicit feedback plays in SVD++ (Koren 2008).

    An ensemble of such networks is a wider one: the mean of their predictions is one product of the hidden units side
    by side, over their number. In training each member has a loss of its own and hides other ratings.
    """

    def __init__(self, n_movies: int, config: Config, *, rngs: nnx.Rngs) -> None:
        shape = (n_movies, config.hidden)
        self.stars_MxD = nnx.Param(config.init_scale * jax.random.normal(rngs.params(), shape))
        self.rated_MxD = nnx.Param(config.init_scale * jax.random.normal(rngs.params(), shape))
        self.decode_MxD = nnx.Param(config.init_scale * jax.random.normal(rngs.params(), shape))
        self.dropout, self.members, self.mixed = config.dropout, config.members, config.mixed_precision

    def __call__(self, viewers: Viewers, raters_MxD: jax.Array | float = 0.0) -> jax.Array:
        """Predicted residuals (B × M), the mean over the members."""
        residual_BxM, rated_BxM, _ = viewers
        count_Bx1 = jnp.maximum(rated_BxM.sum(1, keepdims=True), 1.0)
        hidden_BxD = residual_BxM @ self.stars_MxD[...] + rated_BxM @ self.rated_MxD[...]
        hidden_BxD /= jnp.sqrt(count_Bx1) * self.members
        return hidden_BxD @ (self.decode_MxD[...] + raters_MxD).T

    def fold(self, raters_MxD: jax.Array) -> None:
        """Make the decoder's part made of raters a part of the weights, for serving."""
        self.decode_MxD[...] += raters_MxD

    def predict(self, half_BxM: jax.Array, offsets: Offsets) -> jax.Array:
        """Fold in: rows of half stars to predicted stars (B × M), one forward pass."""
        viewers = centre(half_BxM, offsets)
        return jnp.clip(viewers.base_BxM + self(viewers), offsets.low, offsets.high)

    def loss(self, rows: Rows, offsets: Offsets, raters_MxD: jax.Array, key: jax.Array) -> jax.Array:
        """Mean squared error over the rated cells, in stars²; the mean over the members."""
        keys = [key] if self.members == 1 else list(jax.random.split(key, self.members))
        pairs = zip(self._each(raters_MxD), keys, strict=True)
        if isinstance(rows, Cells):
            centred = _centre_cells(rows, offsets)
            losses = [self._loss_of_cells(rows, centred, member, own) for member, own in pairs]
        else:
            viewers = centre(rows, offsets)
            losses = [self._loss_of_rows(viewers, member, own) for member, own in pairs]
        return jnp.stack(losses).mean()

    def _each(self, raters_MxD: jax.Array) -> list[Member]:
        tables = (self.stars_MxD[...], self.rated_MxD[...], self.decode_MxD[...] + raters_MxD)
        parts = zip(*(jnp.split(table_MxD, self.members, axis=1) for table_MxD in tables), strict=True)
        return [Member(*part) for part in parts]

    def _loss_of_rows(self, viewers: Viewers, member: Member, key: jax.Array) -> jax.Array:
        residual_BxM, rated_BxM, _ = viewers
        shown_BxM = keep_mask(key, rated_BxM.shape, self.dropout)
        hidden_BxD = product(residual_BxM * shown_BxM, member.stars_MxD, mixed=self.mixed)
        hidden_BxD += product(rated_BxM * shown_BxM, member.rated_MxD, mixed=self.mixed)
        hidden_BxD /= jnp.sqrt(jnp.maximum(rated_BxM.sum(1, keepdims=True), 1.0))
        error_BxM = (product(hidden_BxD, member.decode_MxD.T, mixed=self.mixed) - residual_BxM) * rated_BxM
        return jnp.sum(error_BxM**2) / jnp.maximum(jnp.sum(rated_BxM), 1.0)

    def _loss_of_cells(self, cells: Cells, centred: _CentredCells, member: Member, key: jax.Array) -> jax.Array:
        """The same loss from lists of cells: its cost follows the ratings, not viewers × movies."""
        residual_SxK, rated_SxK, count_B = centred
        shown_SxK = keep_mask(key, rated_SxK.shape, self.dropout)
        hidden_BxD = sparse.times(cells, residual_SxK * shown_SxK, member.stars_MxD)
        hidden_BxD += sparse.times(cells, rated_SxK * shown_SxK, member.rated_MxD)
        hidden_BxD /= jnp.sqrt(jnp.maximum(count_B, 1.0))[:, None]
        found_SxK = sparse.at_cells(cells, hidden_BxD, member.decode_MxD)
        return jnp.sum(((found_SxK - residual_SxK) * rated_SxK) ** 2) / jnp.maximum(jnp.sum(rated_SxK), 1.0)


class _CentredCells(NamedTuple):
    """`Viewers` as lists of cells."""

    residual_SxK: jax.Array
    rated_SxK: jax.Array
    count_B: jax.Array


def _centre_cells(cells: Cells, offsets: Offsets) -> _CentredCells:
    half_SxK = jnp.asarray(cells.half_SxK)
    rated_SxK = (half_SxK > 0).astype(jnp.float32)
    above_SxK = (half_SxK * jnp.float32(0.5) - offsets.mean - offsets.movie_M[cells.movie_SxK]) * rated_SxK
    count_B = sparse.by_user(cells, rated_SxK)
    user_B = sparse.by_user(cells, above_SxK) / (count_B + offsets.user_shrink)
    return _CentredCells(above_SxK - user_B[cells.user_S][:, None] * rated_SxK, rated_SxK, count_B)


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


class Raters(nnx.Module):
    """One vector a rater; summed over those who rated a movie they become a part of the decoder."""

    def __init__(self, n_raters: int, config: Config, *, rngs: nnx.Rngs) -> None:
        self.vector_UxD = nnx.Param(config.init_scale * jax.random.normal(rngs.params(), (n_raters, config.hidden)))

    def __call__(self, rated: RatedBy) -> jax.Array:
        """The decoder's part made of raters, M × D: sum of a movie's raters' vectors over the root of their number."""
        return rated.of_movies(self.vector_UxD[...]) * rated.scale()


class StudyAutoencoder(nnx.Module):
    """The study's network: movies-256-128-64-128-256-movies, ReLU inside, sigmoid at the end.

    Input are stars / 5 with 0 where there is no rating, and the loss is the mean squared error between input and
    reconstruction over all cells.
    """

    def __init__(self, n_movies: int, config: Config, *, rngs: nnx.Rngs) -> None:
        widths = (n_movies, *config.layers, *reversed(config.layers[:-1]), n_movies)
        he = nnx.initializers.he_normal()
        dtype = jnp.bfloat16 if config.mixed_precision else None
        self.layers = nnx.List(nnx.Linear(a, b, kernel_init=he, dtype=dtype, rngs=rngs) for a, b in pairwise(widths))

    def __call__(self, stars_BxM: jax.Array) -> jax.Array:
        """Reconstruction of stars / 5, each in 0..1."""
        hidden = stars_BxM
        for layer in self.layers[:-1]:
            hidden = nnx.relu(layer(hidden))
        return nnx.sigmoid(self.layers[-1](hidden).astype(jnp.float32))

    def fold(self, raters_MxD: jax.Array) -> None:
        """Nothing: this network has no raters."""

    def predict(self, half_BxM: jax.Array, offsets: Offsets) -> jax.Array:
        """Fold in: rows of half stars to predicted stars (B × M), one forward pass."""
        return jnp.clip(5.0 * self(half_BxM * jnp.float32(0.1)), offsets.low, offsets.high)

    def loss(self, rows: Rows, offsets: Offsets, raters_MxD: jax.Array, key: jax.Array) -> jax.Array:
        """Mean squared error over all cells of the catalogue, rated or not."""
        del raters_MxD, key
        if isinstance(rows, Cells):
            raise TypeError("the study's loss looks at all cells: it takes dense rows")
        stars_BxM = rows * jnp.float32(0.1)
        error_BxM = (self(stars_BxM) - stars_BxM) * offsets.known_M
        return jnp.sum(error_BxM**2) / (rows.shape[0] * offsets.known_M.sum())


def build(config: Config, n_movies: int, n_raters: int, seed: int) -> tuple[Autoencoder, Raters | None]:
    """The preset's network, freshly initialised, and its raters where it has them."""
    rngs = nnx.Rngs(seed)
    if config.network == "study":
        return StudyAutoencoder(n_movies, config, rngs=rngs), None
    return RatersAutoencoder(n_movies, config, rngs=rngs), Raters(n_raters, config, rngs=rngs)
