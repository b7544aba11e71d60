"""The study's network on packed cells: the same loss and the same gradients as over dense rows."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from engine.bench import masked_autoencoder as masked
from engine.bench.masked_autoencoder import MaskedStudy, capacity_of, packed
from engine.config import preset
from engine.models.packing import CHUNK, pack
from tests.helpers.matrices import MOVIES, USERS, uneven_ratings


def dense_loss(network: MaskedStudy, half_BxM: jax.Array) -> jax.Array:
    stars_BxM, rated_BxM = half_BxM * 0.1, half_BxM > 0
    return jnp.sum(jnp.where(rated_BxM, network(stars_BxM) - stars_BxM, 0.0) ** 2) / jnp.sum(rated_BxM)


def test_loss_and_gradients_are_those_over_dense_rows() -> None:
    ratings, half_UxM = uneven_ratings()
    users_B = np.arange(12)
    cells = pack(ratings.take(users_B), capacity_of(ratings, users_B[None]))
    graph, state = masked.init(preset("study"), MOVIES, seed=0)

    def ours(weights: nnx.State) -> jax.Array:
        return nnx.merge(graph, weights).loss(cells)

    def dense(weights: nnx.State) -> jax.Array:
        return dense_loss(nnx.merge(graph, weights), jnp.asarray(half_UxM[users_B]))

    loss, gradient = jax.value_and_grad(ours)(state.weights)
    dense_value, dense_gradient = jax.value_and_grad(dense)(state.weights)
    np.testing.assert_allclose(loss, dense_value, rtol=1e-5)
    for mine, theirs in zip(jax.tree.leaves(gradient), jax.tree.leaves(dense_gradient), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-6)


def test_epochs_learn_and_are_the_same_bits_again() -> None:
    ratings, half_UxM = uneven_ratings()

    def train() -> tuple[list[float], masked.State]:
        graph, state = masked.init(preset("study"), MOVIES, seed=0)
        losses = []
        for number in range(5):
            users_TxB = np.random.default_rng(number).permutation(USERS).reshape(5, 8)
            state, loss_T = masked.epoch(graph, state, packed(ratings, users_TxB, capacity_of(ratings, users_TxB)))
            losses.append(float(loss_T.mean()))
        stars_UxM = np.asarray(masked.predict(graph, state.weights, half_UxM.astype(np.uint8)))
        assert stars_UxM.shape == (USERS, MOVIES)
        assert ((stars_UxM > 0) & (stars_UxM < 5)).all()
        return losses, state

    losses, state = train()
    assert losses[-1] < 0.8 * losses[0]
    again, same = train()
    assert again == losses
    for mine, theirs in zip(jax.tree.leaves(state), jax.tree.leaves(same), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_capacity_is_whole_chunks_and_enough_for_the_largest_batch() -> None:
    ratings, _ = uneven_ratings()
    crowded = np.full((1, 64), 4)
    capacity = capacity_of(ratings, crowded)
    assert capacity.segments % CHUNK == 0
    assert capacity.cells >= 64 * ratings.lengths[4]
