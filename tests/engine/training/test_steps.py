from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from engine.config import Config, preset
from engine.inference.model_state import ModelState, prepare
from engine.models.autoencoder import Tree, merge
from engine.models.rater_index import rater_index
from engine.training import steps
from engine.training.batches import batches
from tests.helpers.matrices import matrix_of, random_half


def model_of(config: Config) -> ModelState:
    return prepare(matrix_of(random_half((40, 30), 0.4)), config, 0, jax.devices("cpu")[0])


def work(model: ModelState, n_steps: int, rate: float) -> steps.Batches:
    users_SxB = np.tile(np.arange(40), (n_steps, 1))
    return batches(model, users_SxB, np.full(n_steps, rate, np.float32), np.random.default_rng(0), None)


@pytest.mark.parametrize(("name", "rate"), [("default", 1e-2), ("study", 5.0)])
def test_steps_lower_the_loss(name: str, rate: float) -> None:
    model = model_of(replace(preset(name), dropout=0.0))
    _, state = steps.init(model.config, model.n_padded, model.user_rows, 0)
    _, loss_S = steps.take(model.graphs, model.config, model.serving.network.biases, state, work(model, 12, rate))
    assert loss_S.shape == (12,)
    assert float(loss_S[-1]) < 0.9 * float(loss_S[0])


def test_a_step_of_the_study_is_plain_gradient_descent() -> None:
    model = model_of(preset("study"))
    graphs, state = steps.init(model.config, model.n_padded, model.user_rows, 0)
    before = jax.tree.map(np.array, state.weights)
    batch = work(model, 1, 0.25)

    def loss(weights: Tree) -> jax.Array:
        network = merge(graphs, weights)
        return network.loss(batch.half_SxBxM[0], model.serving.network.biases, state.implicit_MxD, jax.random.key(0))  # type: ignore[arg-type]

    gradient = jax.grad(loss)(state.weights)
    after, _ = steps.take(graphs, model.config, model.serving.network.biases, state, batch)
    for old, slope, new in zip(*(jax.tree.leaves(t) for t in (before, gradient, after.weights)), strict=True):
        np.testing.assert_allclose(new, old - 0.25 * slope, atol=1e-6)


def test_a_step_is_adam_with_decoupled_weight_decay() -> None:
    """The first step of Adam goes one rate against the gradient's sign; decay shrinks by rate x decay."""
    config = replace(preset("default"), dropout=0.0, weight_decay=2.0)
    model = model_of(config)
    graphs, state = steps.init(config, model.n_padded, model.user_rows, 0)
    before = np.array(jax.tree.leaves(state.weights)[0])
    after, _ = steps.take(graphs, config, model.serving.network.biases, state, work(model, 1, 1e-3))
    new = np.asarray(jax.tree.leaves(after.weights)[0])
    direction = (before - new - 1e-3 * 2.0 * before) / 1e-3
    rated = np.abs(direction[:30]) > 0.5  # columns of the catalogue have a gradient
    np.testing.assert_allclose(np.abs(direction[:30][rated]), 1, atol=0.1)
    np.testing.assert_allclose(direction[30:], 0, atol=1e-3)  # the padding only decays


def test_the_factors_move_against_the_gathered_gradient() -> None:
    model = model_of(replace(preset("default"), weight_decay=0.0))
    graphs, state = steps.init(model.config, model.n_padded, model.user_rows, 0)
    state, _ = steps.take(graphs, model.config, model.serving.network.biases, state, work(model, 2, 1e-2))
    assert state.factors is not None
    gathered = np.asarray(state.factors.gradient_MxD)
    assert np.abs(gathered[:30]).max() > 0
    half_UxM = np.zeros((4, 8), np.uint8)
    half_UxM[3, 7] = 9
    index = rater_index(matrix_of(half_UxM), model.user_rows, model.n_padded)
    before = np.array(jax.tree.leaves(state.factors.weights)[0])
    moved = steps.move_factors(model.config, index, state.factors, np.float32(0.5), np.float32(2))
    after = np.asarray(jax.tree.leaves(moved.weights)[0])
    np.testing.assert_allclose(after[3] - before[3], -0.5 * np.sign(gathered[7]), atol=1e-3)
    assert np.array_equal(np.delete(after, 3, 0), np.delete(before, 3, 0))
    assert not np.asarray(moved.gradient_MxD).any()


def test_the_old_state_gives_its_memory_back() -> None:
    """Donated buffers: a run never holds the weights and the optimiser's state twice."""
    model = model_of(preset("default"))
    graphs, state = steps.init(model.config, model.n_padded, model.user_rows, 0)
    steps.take(graphs, model.config, model.serving.network.biases, state, work(model, 1, 1e-3))
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves((state.weights, state.opt_state)))
