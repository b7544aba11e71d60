from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from engine.config import preset
from engine.inference.model_state import prepare
from engine.inference.network import FrozenNetwork
from engine.models.autoencoder import Graphs, Ratings, Tree, merge
from engine.models.biases import Biases, Centred, centre
from engine.models.implicit import ImplicitAutoencoder, UserFactors, keep_mask
from engine.models.networks import NETWORKS, build, spec_of
from engine.models.rater_index import _scattered, rater_index
from engine.models.study import StudyAutoencoder
from engine.training import steps
from engine.training.batches import batches, capacity_for
from tests.helpers.matrices import matrix_of, random_half

M, D = 6, 3
CONFIG = replace(preset("default"), width=D, init_scale=0.5)


def biases(known: int = M, width: int = M) -> Biases:
    known_M = (np.arange(width) < known).astype(np.float32)
    movie_M = jnp.asarray(np.linspace(-0.5, 0.5, width), jnp.float32)
    return Biases(jnp.float32(3.0), movie_M, jnp.asarray(known_M), jnp.float32(2.0), jnp.float32(0.5), jnp.float32(5))


HALF_BxM = np.array([[10, 0, 4, 0, 0, 7], [0, 0, 0, 0, 0, 0]], np.uint8)


def centred() -> Centred:
    return centre(jnp.asarray(HALF_BxM), biases())


def test_the_implicit_network_is_the_formula() -> None:
    model = ImplicitAutoencoder(M, CONFIG, rngs=nnx.Rngs(0))
    viewers = centred()
    implicit_MxD = np.arange(M * D, dtype=np.float32).reshape(M, D) / 10
    a, b, w = (np.asarray(p[...]) for p in (model.stars_MxD, model.rated_MxD, model.decode_MxD))
    hidden = (np.asarray(viewers.residual) @ a + np.asarray(viewers.rated) @ b) / np.sqrt([[3.0], [1.0]])
    got = model(viewers.residual, viewers.rated, jnp.asarray(implicit_MxD))
    assert got.shape == (2, M)
    np.testing.assert_allclose(got, hidden @ (w + implicit_MxD).T, rtol=1e-4, atol=1e-5)


def test_a_viewer_without_ratings_gets_mean_and_movie_biases() -> None:
    model = ImplicitAutoencoder(M, CONFIG, rngs=nnx.Rngs(0))
    stars_BxM = model.predict(jnp.asarray(HALF_BxM), biases())
    np.testing.assert_allclose(stars_BxM[1], 3 + np.linspace(-0.5, 0.5, M), rtol=1e-5)


def test_the_implicit_part_is_the_scaled_sum_over_who_rated() -> None:
    factors = UserFactors(5, CONFIG, rngs=nnx.Rngs(0))
    half_UxM, held_UxM = np.zeros((3, M), np.uint8), np.zeros((3, M), bool)
    half_UxM[[0, 2], 1], half_UxM[:, 4], half_UxM[0, 3] = 7, 2, 10
    held_UxM[0, 3] = True
    z = np.asarray(factors.factor_UxD[...])
    product = np.asarray(factors(rater_index(matrix_of(half_UxM, held_UxM), 5, M + 2)))
    assert product.shape == (M + 2, D)
    np.testing.assert_allclose(product[1], (z[0] + z[2]) / np.sqrt(2), rtol=1e-5)
    np.testing.assert_allclose(product[4], z[:3].sum(0) / np.sqrt(3), rtol=1e-5)
    assert not product[[0, 2, 3, 5, 6, 7]].any()


def test_sums_over_who_rated_are_alike_on_every_platform() -> None:
    rng = np.random.default_rng(0)
    half_UxM = (rng.integers(1, 11, (9, 7)) * (rng.random((9, 7)) < 0.4)).astype(np.uint8)
    index = rater_index(matrix_of(half_UxM), 10, 8)
    table_UxD = rng.normal(size=(10, 3)).astype(np.float32)
    ones_UxM = np.pad((half_UxM > 0).astype(np.float32), ((0, 1), (0, 1)))
    np.testing.assert_allclose(index.of_movies(jnp.asarray(table_UxD)), ones_UxM.T @ table_UxD, atol=1e-5)
    on_gpu = _scattered(jnp.asarray(index.movie_start), jnp.asarray(index.user_N), jnp.asarray(table_UxD))
    np.testing.assert_allclose(on_gpu, ones_UxM.T @ table_UxD, atol=1e-5)
    table_MxD = rng.normal(size=(8, 3)).astype(np.float32)
    np.testing.assert_allclose(index.of_users(jnp.asarray(table_MxD)), ones_UxM @ table_MxD, atol=1e-5)


def test_the_default_loss_looks_at_rated_cells_only() -> None:
    model = ImplicitAutoencoder(M, replace(CONFIG, dropout=0.0), rngs=nnx.Rngs(0))
    viewers = centred()
    error = np.asarray(model(viewers.residual, viewers.rated, jnp.zeros((M, D))) - viewers.residual)[0, [0, 2, 5]]
    key = jax.random.key(0, impl="unsafe_rbg")
    loss = model.loss(jnp.asarray(HALF_BxM), biases(), jnp.zeros((M, D)), key)
    assert float(loss) == pytest.approx(float((error**2).mean()), rel=1e-5)


@pytest.mark.parametrize("members", [1, 3])
def test_packed_cells_give_the_loss_and_the_gradients_of_dense_rows(members: int) -> None:
    rng = np.random.default_rng(0)
    matrix = matrix_of(random_half((9, M), 0.5))
    model = prepare(matrix, replace(CONFIG, dropout=0.0, members=members), 0, jax.devices("cpu")[0])
    users_B = np.array([3, 0, -1, 8, 3])
    graphs, state = steps.init(model.config, model.n_padded, model.user_rows, 0)
    implicit_MxD = jnp.asarray(rng.normal(size=(model.n_padded, D * members)), jnp.float32)
    values = []
    for capacity in (None, capacity_for(model, users_B[None])):
        ratings = batches(model, users_B[None], np.zeros(1, np.float32), rng, capacity).half_SxBxM
        ratings = jax.tree.map(lambda leaf: jnp.asarray(leaf[0]), ratings)

        def loss(weights: Tree, implicit_MxD: jax.Array, ratings: Ratings = ratings) -> jax.Array:
            key = jax.random.key(0, impl="unsafe_rbg")
            return merge(graphs, weights).loss(ratings, model.serving.network.biases, implicit_MxD, key)

        values.append(jax.value_and_grad(loss, (0, 1))(state.weights, implicit_MxD))
    for dense, packed in zip(*(jax.tree.leaves(value) for value in values), strict=True):
        np.testing.assert_allclose(packed, dense, rtol=1e-4, atol=1e-5)


def alone(ensemble: ImplicitAutoencoder, member: int) -> ImplicitAutoencoder:
    """One member as a network of its own."""
    model = ImplicitAutoencoder(M, CONFIG, rngs=nnx.Rngs(9))
    columns = slice(member * D, (member + 1) * D)
    for name in ("stars_MxD", "rated_MxD", "decode_MxD"):
        getattr(model, name)[...] = getattr(ensemble, name)[...][:, columns]
    return model


def test_an_ensemble_is_the_mean_of_its_members() -> None:
    config = replace(CONFIG, members=2, dropout=0.0)
    ensemble = ImplicitAutoencoder(M, config, rngs=nnx.Rngs(0))
    members = [alone(ensemble, 0), alone(ensemble, 1)]
    for member in members:
        member.dropout = 0.0
    viewers = centred()
    mean = (members[0](viewers.residual, viewers.rated) + members[1](viewers.residual, viewers.rated)) / 2
    np.testing.assert_allclose(ensemble(viewers.residual, viewers.rated), mean, rtol=1e-4)
    key = jax.random.key(0, impl="unsafe_rbg")
    losses = [float(m.loss(jnp.asarray(HALF_BxM), biases(), jnp.zeros((M, D)), key)) for m in members]
    loss = float(ensemble.loss(jnp.asarray(HALF_BxM), biases(), jnp.zeros((M, 2 * D)), key))
    assert loss == pytest.approx(sum(losses) / 2, rel=1e-4)
    assert losses[0] != losses[1]


def test_members_hide_other_ratings() -> None:
    ensemble = ImplicitAutoencoder(M, replace(CONFIG, members=2, dropout=0.5), rngs=nnx.Rngs(0))
    for name in ("stars_MxD", "rated_MxD", "decode_MxD"):
        table_MxD = getattr(ensemble, name)[...]
        getattr(ensemble, name)[...] = jnp.concatenate((table_MxD[:, :D], table_MxD[:, :D]), axis=1)
    keys = jax.random.split(jax.random.key(3, impl="unsafe_rbg"), 2)
    rows, none = jnp.asarray(HALF_BxM), jnp.zeros((M, D))
    member = alone(ensemble, 0)
    member.dropout = 0.5
    own = [float(member.loss(rows, biases(), none, key)) for key in keys]
    loss = float(ensemble.loss(rows, biases(), jnp.zeros((M, 2 * D)), jax.random.key(3, impl="unsafe_rbg")))
    assert own[0] != own[1]
    assert loss == pytest.approx(sum(own) / 2, rel=1e-4)


@pytest.mark.parametrize("name", ["default", "study"])
def test_one_viewers_list_is_answered_like_a_row(name: str) -> None:
    config = replace(preset(name), width=D, init_scale=0.5, members=2)
    model, _ = build(config, M, 5, seed=1)
    if isinstance(model, ImplicitAutoencoder):
        model.absorb(jnp.ones((M, 2 * D)))
    graph, weights = nnx.split(model)
    network = FrozenNetwork(Graphs(spec_of(config), graph, None), weights, biases())
    one_M = network.stars_of_one(np.array([0, 2, 5]), np.array([10, 4, 7], np.uint8))
    np.testing.assert_allclose(one_M, model.predict(jnp.asarray(HALF_BxM), biases())[0], atol=1e-5)


def test_frozen_weights_hold_the_implicit_part() -> None:
    model, _ = build(CONFIG, M, 5, seed=1)
    assert isinstance(model, ImplicitAutoencoder)
    viewers, implicit_MxD = centred(), jnp.ones((M, D))
    before = model(viewers.residual, viewers.rated, implicit_MxD)
    model.absorb(implicit_MxD)
    np.testing.assert_allclose(model(viewers.residual, viewers.rated), before, atol=1e-5)


def test_dropout_keeps_the_mean() -> None:
    mask = np.asarray(keep_mask(jax.random.key(0, impl="unsafe_rbg"), (200, 200), 0.4))
    assert set(np.unique(mask)) == {np.float32(0), np.float32(256 / (256 - 102))}
    assert abs(mask.mean() - 1) < 0.02


def test_the_study_network_has_the_studys_layers() -> None:
    model, factors = build(preset("study"), 50, 10, seed=0)
    assert isinstance(model, StudyAutoencoder)
    assert factors is None
    shapes = [layer.kernel[...].shape for layer in model.layers]
    assert shapes == [(50, 256), (256, 128), (128, 64), (64, 128), (128, 256), (256, 50)]


def test_the_study_network_by_hand() -> None:
    model = StudyAutoencoder(2, replace(preset("study"), layers=(1,)), rngs=nnx.Rngs(0))
    model.layers[0].kernel[...] = jnp.array([[1.0], [-2.0]])
    model.layers[0].bias[...] = jnp.array([0.5])
    model.layers[1].kernel[...] = jnp.array([[2.0, -1.0]])
    model.layers[1].bias[...] = jnp.array([0.0, 1.0])
    # stars 5 and 0 are 1 and 0: hidden relu(1 + .5) = 1.5, output sigmoid(3) and sigmoid(-.5)
    half_BxM = jnp.array([[10, 0]], jnp.uint8)
    expected = 1 / (1 + np.exp(-np.array([3.0, -0.5])))
    np.testing.assert_allclose(model(half_BxM * 0.1)[0], expected, rtol=1e-5)
    some = biases(2, 2)
    np.testing.assert_allclose(model.predict(half_BxM, some)[0], 5 * expected, rtol=1e-5)
    loss = model.loss(half_BxM, some, jnp.zeros(0), jax.random.key(0))
    assert float(loss) == pytest.approx(float(((expected - [1, 0]) ** 2).mean()), rel=1e-5)


def test_the_studys_loss_does_not_look_at_the_padding() -> None:
    model = StudyAutoencoder(4, replace(preset("study"), layers=(2,)), rngs=nnx.Rngs(0))
    half_BxM = jnp.array([[10, 4, 0, 0]], jnp.uint8)
    error = np.asarray(model(half_BxM * 0.1))[0, :2] - [1, 0.4]
    loss = model.loss(half_BxM, biases(2, 4), jnp.zeros(0), jax.random.key(0))
    assert float(loss) == pytest.approx(float((error**2).mean()), rel=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_mixed_precision_rounds_the_products_and_keeps_the_weights(network: str) -> None:
    rng = np.random.default_rng(0)
    half_UxM = (rng.integers(1, 11, (9, M)) * (rng.random((9, M)) < 0.5)).astype(np.uint8)
    found = []
    for mixed in (False, True):
        config = replace(CONFIG, network=network, dropout=0.0, mixed_precision=mixed, layers=(4, 3))
        graphs, state = steps.init(config, M, 9, 0)

        def loss(weights: Tree, graphs: Graphs = graphs) -> jax.Array:
            key = jax.random.key(0, impl="unsafe_rbg")
            return merge(graphs, weights).loss(jnp.asarray(half_UxM), biases(), jnp.zeros((M, D)), key)

        found.append(jax.value_and_grad(loss)(state.weights))
    assert float(found[1][0]) == pytest.approx(float(found[0][0]), rel=2e-2)
    assert float(found[1][0]) != float(found[0][0])
    for full, rounded in zip(jax.tree.leaves(found[0][1]), jax.tree.leaves(found[1][1]), strict=True):
        assert rounded.dtype == jnp.float32
        np.testing.assert_allclose(rounded, full, rtol=0.1, atol=0.02)
