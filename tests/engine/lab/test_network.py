"""The lab's figures are those that the model answers with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.errors import UnknownMovie, UsageError
from engine.lab.activations import given_by_ratings, hidden_layers, stars_of_unit
from engine.lab.network import before_last, network_view, unit_view
from engine.recommender import Recommender
from engine.snapshots import LastRating
from tests.helpers.made_up import history

MODELS = ["fitted", "study"]


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> Recommender:
    found: Recommender = request.getfixturevalue(request.param)
    return found


def rated(ratings: pd.DataFrame, user: int) -> dict[int, float]:
    own = history(ratings, user)
    return dict(zip(own["movie"].tolist(), own["stars"].tolist(), strict=True))


def test_shares_add_up_to_the_stars_of_the_list(model: Recommender, ratings: pd.DataFrame) -> None:
    for user in (1, 2, 17):
        own = rated(ratings, user)
        last = LastRating(next(iter(own)), round(2 * next(iter(own.values()))), 3)
        stars, earlier = (model.rank(each)[1] for each in (own, before_last(own, last)))
        for column, movie in enumerate(model.movie_ids):
            view = network_view(model, user, own, movie, last)
            assert view.stars == pytest.approx(stars[column], abs=1e-4)
            assert view.before == pytest.approx(earlier[column], abs=1e-4)
            assert sum(share.stars for share in view.shares) == pytest.approx(stars[column], abs=1e-4)
            assert sum(share.before for share in view.shares) == pytest.approx(earlier[column], abs=1e-4)


def test_nothing_is_left_over_for_the_range_inside_the_scale(model: Recommender, ratings: pd.DataFrame) -> None:
    """The shares come from the network's formula: what they missed would show as cut off."""
    inside = 0
    for user in (1, 2, 17):
        own = rated(ratings, user)
        network = model.state.serving.network.stars_of_one(*model.columns(own))
        for column, movie in enumerate(model.movie_ids):
            view = network_view(model, user, own, movie)
            if 1.0 < network[column] < 4.9 and 1.0 < view.stars < 4.9:
                inside += 1
                [cut] = [share.stars for share in view.shares if share.part == "range"]
                assert cut == pytest.approx(0, abs=1e-4)
    assert inside > 50


def test_units_add_up_to_the_networks_parts(model: Recommender, ratings: pd.DataFrame) -> None:
    view = network_view(model, 3, rated(ratings, 3), 7)
    parts = {share.part: share.stars for share in view.shares}
    by_units = parts["units"] if view.network == "study" else parts["decoder"] + parts["implicit"]
    assert sum(view.unit_stars) == pytest.approx(by_units, abs=1e-6)
    assert [len(layer.now) for layer in view.layers] == ([256, 128, 64, 128, 256] if view.network == "study" else [96])


def test_the_implicit_part_is_what_the_raters_factors_make(fitted: Recommender, ratings: pd.DataFrame) -> None:
    own = rated(ratings, 3)
    [hidden_D] = hidden_layers(fitted.state.serving.network, fitted.fold_in(own).ratings)
    train_state = fitted.state.continuation.train_state
    assert train_state is not None
    shares = {share.part: share.stars for share in network_view(fitted, 3, own, 7).shares}
    column = fitted.movies.index(7)
    assert shares["implicit"] == pytest.approx(hidden_D @ np.asarray(train_state.implicit_MxD[column]), abs=1e-6)
    weights = train_state.weights["decode_MxD"][...]
    assert shares["decoder"] == pytest.approx(hidden_D @ np.asarray(weights)[column], abs=1e-5)


def test_a_viewer_without_ratings_gets_biases_and_features(model: Recommender) -> None:
    view = network_view(model, 0, {}, 7)
    assert view.layers == ()
    assert view.unit_stars == ()
    assert [share.part for share in view.shares][:3] == ["mean", "movie", "viewer"]
    assert sum(share.stars for share in view.shares) == pytest.approx(
        model.rank({})[1][model.movies.index(7)], abs=1e-4
    )


def test_what_ratings_give_to_a_hidden_unit_adds_up(fitted: Recommender, ratings: pd.DataFrame) -> None:
    own = fitted.fold_in(rated(ratings, 5)).ratings
    network = fitted.state.serving.network
    given = given_by_ratings(network, own, 0, 11)
    assert given.sum() == pytest.approx(hidden_layers(network, own)[0][11], abs=1e-5)


@pytest.mark.parametrize("layer", range(5))
def test_a_units_slope_is_that_of_the_network(study: Recommender, ratings: pd.DataFrame, layer: int) -> None:
    """What a rating gives is its input times the slope: seen by a very small change of that rating's input."""
    own = study.fold_in(rated(ratings, 5)).ratings
    network = study.state.serving.network
    unit = int(np.argmax(hidden_layers(network, own)[layer]))
    given = given_by_ratings(network, own, layer, unit)
    step = 1e-4
    more = own._replace(half_N=own.half_N.astype(np.float64) * np.where(np.arange(len(own.half_N)) == 2, 1 + step, 1))
    moved = hidden_layers(network, more)[layer][unit] - hidden_layers(network, own)[layer][unit]
    assert moved / step == pytest.approx(given[2], abs=1e-6)


def test_a_units_stars_are_what_is_lost_without_it(study: Recommender, ratings: pd.DataFrame) -> None:
    own = study.fold_in(rated(ratings, 5)).ratings
    network = study.state.serving.network
    last = hidden_layers(network, own)[-1]
    unit = int(np.argmax(last))
    out = network.layers[-1]
    with_unit, without = (
        last @ out.weight_XxX + out.bias_X,
        (last * (np.arange(256) != unit)) @ out.weight_XxX + out.bias_X,
    )
    expected = 5 / (1 + np.exp(-with_unit)) - 5 / (1 + np.exp(-without))
    np.testing.assert_allclose(stars_of_unit(network, own, 4, unit), expected, atol=1e-5)
    whole = network.stars_of_one(own.movie_N, own.half_N)
    np.testing.assert_allclose(
        np.clip(5 / (1 + np.exp(-with_unit)), 0.5, 5)[: len(study.movies)], whole[: len(study.movies)], atol=1e-4
    )


def test_a_unit_names_what_moves_it_and_what_it_says(model: Recommender, ratings: pd.DataFrame) -> None:
    own = rated(ratings, 5)
    [layer, *_] = network_view(model, 5, own, 7).layers
    unit = int(np.argmax(np.abs(layer.now)))
    view = unit_view(model, 5, own, 0, unit)
    assert view.value == layer.now[unit]
    assert {each.movie_id for each in view.movers} <= set(own)
    sizes = [abs(each.amount) for each in view.movers]
    assert sizes == sorted(sizes, reverse=True)
    assert view.raises[0].amount >= view.raises[-1].amount > view.lowers[-1].amount >= view.lowers[0].amount


def test_what_is_not_there_is_refused(model: Recommender, ratings: pd.DataFrame) -> None:
    own = rated(ratings, 5)
    with pytest.raises(UnknownMovie, match="number 999"):
        network_view(model, 5, own, 999)
    for layer, unit in ((9, 0), (0, 4000), (-1, 0)):
        with pytest.raises(UsageError, match="no unit"):
            unit_view(model, 5, own, layer, unit)
    with pytest.raises(UsageError, match="rate a movie first"):
        unit_view(model, 5, {}, 0, 0)


def test_before_the_last_rating() -> None:
    own = {1: 4.0, 2: 5.0}
    assert before_last(own, None) == own
    assert before_last(own, LastRating(2, 10, None)) == {1: 4.0}
    assert before_last(own, LastRating(2, 10, 3)) == {1: 4.0, 2: 1.5}
    assert before_last(own, LastRating(3, None, 7)) == {1: 4.0, 2: 5.0, 3: 3.5}


def test_while_the_first_run_trains_the_parts_still_add_up(fitted: Recommender, ratings: pd.DataFrame) -> None:
    """The weights that serve hold the implicit part; what trains is not kept yet."""
    early = fitted.fork()
    early.state = replace(early.state, continuation=replace(early.state.continuation, train_state=None))
    own = rated(ratings, 3)
    view = network_view(early, 3, own, 7)
    assert {share.part: share.stars for share in view.shares}["implicit"] == 0
    assert sum(share.stars for share in view.shares) == pytest.approx(
        early.rank(own)[1][early.movies.index(7)], abs=1e-4
    )
