"""The pictures of the network for one viewer: shares and activations now and before the last rating, one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import UnknownMovie, UsageError
from engine.lab.activations import given_by_ratings, hidden_layers, layer_names, stars_of_unit
from engine.lab.shares import StarsOf, stars_of
from engine.snapshots import Amount, LastRating, Layer, NetworkView, StarsShare, UnitView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.data.arrays import Array
    from engine.data.csr import CsrRatings
    from engine.recommender import Recommender

History = dict[Any, float]
"""Movie ids with stars."""
_MOST = 6
"""Movies named of each kind."""


def before_last(history: Mapping[Any, float], last: LastRating | None) -> History:
    """A history as it was before its last change."""
    earlier = dict(history)
    if last is not None:
        earlier.pop(last.movie_id, None)
        if last.before is not None:
            earlier[last.movie_id] = last.before / 2
    return earlier


def network_view(
    model: Recommender, user_id: int, history: Mapping[Any, float], movie_id: int, last: LastRating | None = None
) -> NetworkView:
    """The network for a viewer with this history, and what it makes of a movie. Raises UnknownMovie."""
    column = column_of(model, movie_id)
    ratings, earlier = (model.fold_in(each).ratings for each in (dict(history), before_last(history, last)))
    now, before = stars_of(model.state, ratings, column), stars_of(model.state, earlier, column)
    network = model.state.serving.network
    return NetworkView(
        user_id, movie_id, model.state.config.network, network.trained, len(ratings.movie_N), now.stars, before.stars,
        _shares(now, before), _layers(model, ratings, earlier), tuple(now.unit_D.tolist()), last,
    )  # fmt: skip


def column_of(model: Recommender, movie_id: int) -> int:
    """A movie's column; UnknownMovie for one that the model does not know."""
    column = model.movies.index(movie_id)
    if column < 0:
        raise UnknownMovie(f"the model knows no movie number {movie_id}")
    return column


def _shares(now: StarsOf, before: StarsOf) -> tuple[StarsShare, ...]:
    """All parts that either has, in one order; what another kind of answer lacks is 0."""
    names = dict.fromkeys((*now.parts, *before.parts))
    return tuple(StarsShare(name, now.parts.get(name, 0.0), before.parts.get(name, 0.0)) for name in names)


def _layers(model: Recommender, ratings: CsrRatings, earlier: CsrRatings) -> tuple[Layer, ...]:
    network = model.state.serving.network
    now = hidden_layers(network, ratings)
    before = hidden_layers(network, earlier) or [np.zeros_like(value_X) for value_X in now]
    rows = zip(layer_names(network), now, before, strict=True) if now else ()
    return tuple(Layer(name, tuple(a.tolist()), tuple(b.tolist())) for name, a, b in rows)


def unit_view(model: Recommender, user_id: int, history: Mapping[Any, float], layer: int, unit: int) -> UnitView:
    """One hidden unit of a viewer with this history. UsageError where there is none."""
    network, ratings = model.state.serving.network, model.fold_in(dict(history)).ratings
    values = hidden_layers(network, ratings)
    if not (0 <= layer < len(values) and 0 <= unit < len(values[layer])):
        raise UsageError(
            f"the network has no unit {unit} in layer {layer} that answers this viewer; rate a movie first"
        )
    given_L = given_by_ratings(network, ratings, layer, unit)
    stars_M = stars_of_unit(network, ratings, layer, unit)[: len(model.movies)]
    strongest = np.argsort(-np.abs(given_L), kind="stable")[:_MOST]
    order = np.argsort(-stars_M, kind="stable")
    return UnitView(
        user_id, layer, unit, float(values[layer][unit]),
        _amounts(model, ratings.movie_N[strongest], given_L[strongest]),
        _amounts(model, order[:_MOST], stars_M[order[:_MOST]]),
        _amounts(model, order[::-1][:_MOST], stars_M[order[::-1][:_MOST]]),
    )  # fmt: skip


def _amounts(model: Recommender, movies: Array, amounts: Array) -> tuple[Amount, ...]:
    ids: list[Any] = model.movie_ids
    return tuple(Amount(ids[movie], amount) for movie, amount in zip(movies.tolist(), amounts.tolist(), strict=True))
