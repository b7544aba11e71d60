"""A network that is not the product's: a module of its own and one line in the list is all that it takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from flax import nnx

from engine.config import Config, preset
from engine.errors import CheckpointDamaged, UnknownPreset
from engine.models.autoencoder import NetworkSpec, Ratings
from engine.models.biases import Biases, centre
from engine.models.networks import NETWORKS
from engine.models.packing import PackedBatch
from engine.recommender import Recommender
from engine.training import steps
from tests.helpers.made_up import history, made_up_movies, made_up_ratings


class ShallowAutoencoder(nnx.Module):
    """One matrix from residuals to residuals, through a few hidden units."""

    def __init__(self, n_movies: int, config: Config, *, rngs: nnx.Rngs) -> None:
        shape = (n_movies, config.width)
        self.encode_MxD = nnx.Param(0.1 * jax.random.normal(rngs.params(), shape))
        self.decode_MxD = nnx.Param(0.1 * jax.random.normal(rngs.params(), shape))

    def __call__(self, residual_BxM: jax.Array) -> jax.Array:
        return residual_BxM @ self.encode_MxD[...] @ self.decode_MxD[...].T

    def predict(self, half_BxM: jax.Array, biases: Biases) -> jax.Array:
        centred = centre(half_BxM, biases)
        base_BxM = biases.mean + biases.movie_M + centred.user_B[:, None]
        return jnp.clip(base_BxM + self(centred.residual), biases.low, biases.high)

    def loss(self, ratings: Ratings, biases: Biases, implicit_MxD: jax.Array, key: jax.Array) -> jax.Array:
        assert not isinstance(ratings, PackedBatch)
        centred = centre(ratings, biases)
        error_BxM = (self(centred.residual) - centred.residual) * centred.rated
        return jnp.sum(error_BxM**2) / jnp.maximum(jnp.sum(centred.rated), 1.0)


CONFIG = replace(preset("default"), name="shallow", network="shallow", width=4, epochs=12, learning_rate=0.01)
NEW = pd.DataFrame({"user": [1, 900], "movie": [3, 4], "stars": [5.0, 1.0]})


@pytest.fixture(scope="module")
def fitted() -> Recommender:
    with pytest.MonkeyPatch.context() as listed:
        listed.setitem(NETWORKS, "shallow", NetworkSpec(ShallowAutoencoder))
        return Recommender.fit(made_up_ratings(), made_up_movies(), CONFIG)


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS, "shallow", NetworkSpec(ShallowAutoencoder))


def test_a_new_network_trains_and_knows_more_than_the_biases(fitted: Recommender) -> None:
    biases = Recommender.prepare(made_up_ratings(), made_up_movies(), preset=CONFIG)
    ratings = made_up_ratings().head(500)
    errors = [float(((each.predict(ratings) - ratings["stars"]) ** 2).mean()) for each in (fitted, biases)]
    assert fitted.trained
    assert errors[0] < 0.8 * errors[1]


def test_a_new_network_answers_and_gives_reasons(fitted: Recommender) -> None:
    mine = history(made_up_ratings(), 2)
    made = fitted.recommend(mine, n=5, diversity=0.3)
    assert len(made) == 5
    assert set(made["movie"]).isdisjoint(mine["movie"])
    assert np.isfinite(fitted.explain(mine, made["movie"].iloc[0])["share"]).all()


def test_a_new_network_learns_and_grows(fitted: Recommender) -> None:
    copy = fitted.fork()
    copy.add_movies(pd.DataFrame({"movie": range(1000, 1300)}))
    record = copy.learn(NEW)
    assert record.event == "done"
    assert np.isfinite(copy.predict(NEW)).all()


def test_a_new_network_comes_back_from_a_checkpoint(fitted: Recommender, tmp_path: Path) -> None:
    fitted.save(tmp_path / "new.ckpt")
    loaded = Recommender.load(tmp_path / "new.ckpt")
    pairs = made_up_ratings().head(50)
    assert loaded.predict(pairs).tolist() == fitted.predict(pairs).tolist()
    assert loaded.learn(NEW).event == "done"


def test_a_network_that_is_not_listed_is_refused_by_name(
    fitted: Recommender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted.save(tmp_path / "new.ckpt")
    monkeypatch.delitem(NETWORKS, "shallow")
    with pytest.raises(CheckpointDamaged, match="shallow"):
        Recommender.load(tmp_path / "new.ckpt")
    with pytest.raises(UnknownPreset, match="shallow"):
        Recommender.prepare(made_up_ratings(), preset=CONFIG)


@pytest.mark.parametrize("name", ["default", "study", "best"])
def test_the_template_has_the_structure_and_the_shapes_of_a_fresh_state(name: str) -> None:
    config = replace(preset(name), layers=(6, 3), width=2)
    graphs, state = steps.init(config, 12, 7, 0)
    expected, shapes = steps.template(config, 12, 7)
    assert graphs == expected
    assert jax.tree.structure(state) == jax.tree.structure(shapes)
    for array, shape in zip(jax.tree.leaves(state), jax.tree.leaves(shapes), strict=True):
        assert (array.shape, array.dtype) == (shape.shape, shape.dtype)
