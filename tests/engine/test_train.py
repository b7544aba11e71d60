from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from engine.config import Config, preset
from engine.inference.model_state import Learned, prepare
from engine.models.rater_index import rated_by
from engine.training import steps as train
from engine.training.batches import batches
from tests.engine.test_read import matrix_of


def learned_of(config: Config) -> Learned:
    rng = np.random.default_rng(0)
    half_UxM = (rng.integers(1, 11, (40, 30)) * (rng.random((40, 30)) < 0.4)).astype(np.uint8)
    return prepare(matrix_of(half_UxM), config, 0, jax.devices("cpu")[0])


def work(learned: Learned, n_steps: int, rate: float) -> train.Batches:
    users_SxB = np.tile(np.arange(40), (n_steps, 1))
    return batches(learned, users_SxB, np.full(n_steps, rate, np.float32), np.random.default_rng(0), None)


@pytest.mark.parametrize(("name", "rate"), [("default", 1e-2), ("study", 5.0)])
def test_steps_lower_the_loss(name: str, rate: float) -> None:
    learned = learned_of(replace(preset(name), dropout=0.0))
    _, state = train.init(learned.config, learned.n_padded, learned.rater_rows, 0)
    _, loss_S = train.steps(learned.graphs, learned.config, learned.serving.offsets, state, work(learned, 12, rate))
    assert loss_S.shape == (12,)
    assert float(loss_S[-1]) < 0.9 * float(loss_S[0])


def test_a_step_of_the_study_is_plain_gradient_descent() -> None:
    learned = learned_of(preset("study"))
    graphs, state = train.init(learned.config, learned.n_padded, learned.rater_rows, 0)
    before = jax.tree.map(np.array, state.weights)
    batch = work(learned, 1, 0.25)

    def loss(weights: train.Tree) -> jax.Array:
        network = train.merge_network(graphs, weights)
        return network.loss(batch.half_SxBxM[0], learned.serving.offsets, state.raters_MxD, jax.random.key(0))  # type: ignore[arg-type]

    gradient = jax.grad(loss)(state.weights)
    after, _ = train.steps(graphs, learned.config, learned.serving.offsets, state, batch)
    for old, slope, new in zip(*(jax.tree.leaves(t) for t in (before, gradient, after.weights)), strict=True):
        np.testing.assert_allclose(new, old - 0.25 * slope, atol=1e-6)


def test_a_step_is_adam_with_decoupled_weight_decay() -> None:
    """The first step of Adam goes one rate against the gradient's sign; decay shrinks by rate x decay."""
    config = replace(preset("default"), dropout=0.0, weight_decay=2.0)
    learned = learned_of(config)
    graphs, state = train.init(config, learned.n_padded, learned.rater_rows, 0)
    before = np.array(jax.tree.leaves(state.weights)[0])
    after, _ = train.steps(graphs, config, learned.serving.offsets, state, work(learned, 1, 1e-3))
    new = np.asarray(jax.tree.leaves(after.weights)[0])
    direction = (before - new - 1e-3 * 2.0 * before) / 1e-3
    rated = np.abs(direction[:30]) > 0.5  # columns of the catalogue have a gradient
    np.testing.assert_allclose(np.abs(direction[:30][rated]), 1, atol=0.1)
    np.testing.assert_allclose(direction[30:], 0, atol=1e-3)  # the padding only decays


def test_the_raters_move_against_the_gathered_gradient() -> None:
    learned = learned_of(replace(preset("default"), weight_decay=0.0))
    graphs, state = train.init(learned.config, learned.n_padded, learned.rater_rows, 0)
    state, _ = train.steps(graphs, learned.config, learned.serving.offsets, state, work(learned, 2, 1e-2))
    assert state.raters is not None
    gathered = np.asarray(state.raters.gradient_MxD)
    assert np.abs(gathered[:30]).max() > 0
    half_UxM = np.zeros((4, 8), np.uint8)
    half_UxM[3, 7] = 9
    rated = rated_by(matrix_of(half_UxM), learned.rater_rows, learned.n_padded)
    before = np.array(jax.tree.leaves(state.raters.weights)[0])
    moved = train.move_raters(learned.config, rated, state.raters, np.float32(0.5), np.float32(2))
    after = np.asarray(jax.tree.leaves(moved.weights)[0])
    np.testing.assert_allclose(after[3] - before[3], -0.5 * np.sign(gathered[7]), atol=1e-3)
    assert np.array_equal(np.delete(after, 3, 0), np.delete(before, 3, 0))
    assert not np.asarray(moved.gradient_MxD).any()


def test_the_old_state_gives_its_memory_back() -> None:
    """Donated buffers: a run never holds the weights and their moments twice."""
    learned = learned_of(preset("default"))
    graphs, state = train.init(learned.config, learned.n_padded, learned.rater_rows, 0)
    train.steps(graphs, learned.config, learned.serving.offsets, state, work(learned, 1, 1e-3))
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves((state.weights, state.moments)))
