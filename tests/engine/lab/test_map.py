"""The map: the same in every process, no jumps, a viewer where their taste is."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import pytest

from engine.errors import UsageError
from engine.lab.map import MapMaker, make_plane, map_view
from engine.recommender import Recommender
from engine.snapshots import MAP_UNIT, MapView
from tests.engine.lab.test_network import rated


def flags(model: Recommender) -> np.ndarray:
    return model.features.flags(len(model.movies))


def places(view: MapView) -> np.ndarray:
    return np.frombuffer(view.places, "<i2").reshape(-1, 2) / MAP_UNIT


@pytest.mark.parametrize("name", ["fitted", "study"])
def test_movies_have_a_place_each_at_a_mean_distance_of_one(
    name: str, request: pytest.FixtureRequest, ratings: pd.DataFrame
) -> None:
    model: Recommender = request.getfixturevalue(name)
    view = map_view(model, 1, [rated(ratings, 1)], MapMaker())
    assert np.frombuffer(view.movie_ids, "<i4").tolist() == model.movie_ids
    place = places(view)
    assert place.shape == (80, 2)
    assert 0.5 < np.sqrt((place**2).sum(1).mean()) < 2
    [(x, y)] = view.path
    assert np.hypot(x, y) <= 2.0 + 1e-6


def test_viewers_stand_on_the_side_of_what_they_love(fitted: Recommender, ratings: pd.DataFrame) -> None:
    """Even viewers love even movies."""
    maker = MapMaker()
    views = [map_view(fitted, user, [rated(ratings, user)], maker) for user in (2, 3, 4, 5)]
    place = places(views[0])
    loved = np.array([movie % 2 == 0 for movie in fitted.movie_ids])
    side = place[loved].mean(0) - place[~loved].mean(0)
    assert [np.sign(np.dot(view.path[0], side)) for view in views] == [1, -1, 1, -1]


def test_the_way_has_a_point_for_each_history(fitted: Recommender, ratings: pd.DataFrame) -> None:
    own = list(rated(ratings, 2).items())
    view = map_view(fitted, 2, [{}, dict(own[:1]), dict(own[:2])], MapMaker())
    assert len(view.path) == 2
    assert view.path[0] != view.path[1]


def test_a_turned_space_is_the_same_map(fitted: Recommender) -> None:
    """Of the vectors only their plane counts, not how training happened to turn the hidden units."""
    network = fitted.state.serving.network
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(96, 96)))

    def turned(leaf: jax.Array) -> jax.Array:
        return jax.numpy.asarray(np.asarray(leaf) @ turn.astype(np.float32))

    other = fitted.state.with_serving(network=replace(network, weights=jax.tree.map(turned, network.weights)))
    before, after = make_plane(fitted.state, flags(fitted)), make_plane(other, flags(fitted))
    np.testing.assert_allclose(after.place_Mx2, before.place_Mx2, atol=1e-3)


def test_a_small_step_moves_no_movie_far(fitted: Recommender) -> None:
    network = fitted.state.serving.network
    rng = np.random.default_rng(2)

    def moved(leaf: jax.Array) -> jax.Array:
        size = float(np.abs(np.asarray(leaf)).mean())
        return leaf + 0.01 * size * rng.normal(size=leaf.shape).astype(np.float32)

    other = fitted.state.with_serving(network=replace(network, weights=jax.tree.map(moved, network.weights)))
    before, after = make_plane(fitted.state, flags(fitted)), make_plane(other, flags(fitted))
    assert np.abs(after.place_Mx2 - before.place_Mx2).max() < 0.1


def test_the_plane_is_kept_while_the_weights_are(fitted: Recommender) -> None:
    maker = MapMaker()
    assert maker.plane(fitted.state, flags(fitted)) is maker.plane(fitted.state, flags(fitted))
    other = fitted.state.with_serving(network=replace(fitted.state.serving.network))
    assert maker.plane(other, flags(fitted)) is not maker.plane(fitted.state, flags(fitted))


def test_no_map_before_training(ratings: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="no map yet"):
        map_view(Recommender.prepare(ratings), 1, [{}], MapMaker())


_OTHER = """
import hashlib, sys
from engine.lab.map import MapMaker, map_view
from engine.recommender import Recommender
model = Recommender.load(sys.argv[1], "cpu")
view = map_view(model, 1, [{1: 5.0, 2: 1.0}], MapMaker())
print(hashlib.sha256(view.places + repr(view.path).encode()).hexdigest())
"""


@pytest.mark.slow
def test_two_processes_make_the_same_map(saved: Path) -> None:
    done = [
        subprocess.run([sys.executable, "-c", _OTHER, str(saved)], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    view = map_view(Recommender.load(saved), 1, [{1: 5.0, 2: 1.0}], MapMaker())
    here = hashlib.sha256(view.places + repr(view.path).encode()).hexdigest()
    assert [each.strip() for each in done] == [here, here]
