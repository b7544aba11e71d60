"""The movies as points of a plane, the same at each run: principal components of their vectors, turned in a fixed way.

A movie's vector is what the network multiplies its last hidden units with. The plane is that of the two widest
directions (PCA; a movie counts by its training ratings). PCA leaves open how the plane is turned, and may turn it at
any step of training. So it is turned, and mirrored where needed, until it lies as near as can be to a layout that never
changes: for each movie the sum of a seeded random place of each of its genres (orthogonal Procrustes, Schönemann 1966).
That depends on nothing that was shown before, and moves no further than the vectors do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.data.arrays import Array
from engine.errors import UsageError
from engine.inference.network import FrozenNetwork
from engine.lab.activations import hidden_layers
from engine.snapshots import MAP_UNIT, MapView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from engine.inference.model_state import ModelState
    from engine.recommender import Recommender

_SEED = 20_231
_LARGEST = 32_767
REACH = 2.0
"""From the middle to a viewer all of whose taste lies in the plane; the movies' mean distance is about 1."""


class Plane(NamedTuple):
    """How vectors are laid on the map."""

    axes_Dx2: Array
    """From a vector less the centre to its place, scale included."""
    centre_D: Array
    place_Mx2: Array
    """Where the movies are; their weighted mean square distance from the middle is 1."""


class MapMaker:
    """Keeps the last plane: most looks come between two changes of the weights."""

    def __init__(self) -> None:
        self._of: FrozenNetwork | None = None
        self._plane: Plane | None = None

    def plane(self, state: ModelState, genre_MxG: Array) -> Plane:
        """The plane of a state. UsageError where nothing has trained."""
        network = state.serving.network
        if self._plane is None or network is not self._of:
            self._of, self._plane = network, make_plane(state, genre_MxG)
        return self._plane


def make_plane(state: ModelState, genre_MxG: Array) -> Plane:
    """PCA of the movies' vectors, turned to the fixed layout. UsageError where nothing has trained."""
    vector_MxD = _vectors(state)
    count_M = np.bincount(state.matrix.movie_N, ~state.matrix.held_N, state.matrix.n_movies)
    weight_M = np.sqrt(count_M) if count_M.any() else np.ones(len(count_M))
    weight_M = weight_M / weight_M.sum()
    centre_D = weight_M @ vector_MxD
    off_MxD = vector_MxD - centre_D
    spread_DxD = (off_MxD * weight_M[:, None]).T @ off_MxD
    _, directions_DxD = np.linalg.eigh(spread_DxD)
    axes_Dx2 = directions_DxD[:, ::-1][:, :2]
    place_Mx2 = off_MxD @ axes_Dx2
    size = float(np.sqrt(weight_M @ (place_Mx2**2).sum(1))) or 1.0
    turn_2x2 = _turn(place_Mx2 * weight_M[:, None], genre_MxG[: len(place_Mx2)])
    return Plane(axes_Dx2 @ turn_2x2 / size, centre_D, place_Mx2 @ turn_2x2 / size)


def _vectors(state: ModelState) -> Array:
    """What the network multiplies its last hidden units with, for every movie (M × D)."""
    network, n_movies = state.serving.network, state.matrix.n_movies
    if network.trained and network.tables is not None:
        return network.tables.decode_MxD[:n_movies].astype(np.float64)
    if network.trained and network.layers:
        return network.layers[-1].weight_XxX.T[:n_movies].astype(np.float64)
    raise UsageError("there is no map yet: nothing has trained, or the network has no vectors of movies")


def _turn(weighted_Mx2: Array, genre_MxG: Array) -> Array:
    """The rotation, perhaps with a mirror, that brings the plane nearest to the fixed layout."""
    layout_Gx2 = np.random.default_rng(_SEED).normal(size=(genre_MxG.shape[1], 2))
    u_2x2, _, v_2x2 = np.linalg.svd(weighted_Mx2.T @ (genre_MxG @ layout_Gx2))
    turn_2x2: Array = u_2x2 @ v_2x2
    return turn_2x2


def map_view(
    model: Recommender, user_id: int, histories: Sequence[Mapping[Any, float]], maker: MapMaker, would_be: bool = False
) -> MapView:
    """The map with a viewer's way over it: the place after each of these histories, the last one being now.

    A viewer stands where the movies are that the hidden units speak for; further out, the more of it lies in the plane.
    """
    plane = maker.plane(model.state, model.features.flags(len(model.movies)))
    ids = np.asarray(model.movie_ids, np.int32)
    path = [place for history in histories if (place := _viewer(model, plane, history)) is not None]
    return MapView(
        user_id, ids.tobytes(), _packed(plane.place_Mx2), tuple(path), model.state.matrix.n_ratings, would_be
    )  # fmt: skip


def _packed(place_Mx2: Array) -> bytes:
    whole_Mx2 = np.clip(np.rint(place_Mx2 * MAP_UNIT), -_LARGEST, _LARGEST)
    packed: bytes = whole_Mx2.astype("<i2").tobytes()
    return packed


def _viewer(model: Recommender, plane: Plane, history: Mapping[Any, float]) -> tuple[float, float] | None:
    values = hidden_layers(model.state.serving.network, model.fold_in(dict(history)).ratings)
    if not values:
        return None
    hidden_D = values[-1]
    # by the axes without the movies' scale
    unit_Dx2 = plane.axes_Dx2 / np.linalg.norm(plane.axes_Dx2, axis=0)
    x, y = REACH * (hidden_D @ unit_Dx2) / max(float(np.linalg.norm(hidden_D)), 1e-12)
    return round(float(x), 4), round(float(y), 4)
