"""The arithmetic on the screen is the engine's: one of its own steps, one of its own lists."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.config import preset
from engine.errors import UsageError
from engine.inference.network import freeze
from engine.lab.batch import hand_batch
from engine.lab.by_hand import step_view
from engine.lab.list_by_hand import list_view
from engine.lab.step_implicit import TABLES, implicit_step
from engine.lab.step_study import study_step
from engine.lab.sums import FUNCTIONS, largest
from engine.recommender import Recommender
from engine.snapshots import ListView, Page, StepView, Sum
from engine.training import steps
from engine.types import Diversity
from tests.engine.lab.test_network import rated

VIEWER = 7
METHODS = ("dpp", "mmr", "calibrated")


def sums(pages: tuple[Page, ...]) -> Iterator[Sum]:
    return (each for page in pages for each in page.sums)


def page(view: StepView | ListView, name: str) -> tuple[Sum, ...]:
    [found] = [each.sums for each in view.pages if each.name == name]
    return found


def assert_each_number_follows(pages: tuple[Page, ...]) -> None:
    for each in sums(pages):
        for term in each.terms:
            if term.factors:
                assert math.prod(term.factors) == pytest.approx(term.value, rel=1e-9, abs=1e-12)
        if each.function == "max":
            assert each.value == max(term.value for term in each.terms)
            continue
        inner = (sum(term.value for term in each.terms) + each.rest) / each.over
        assert each.value == pytest.approx(FUNCTIONS[each.function](inner), rel=1e-9, abs=1e-12), each.name


def test_a_step_of_the_implicit_network_is_the_engines(fitted: Recommender) -> None:
    state, batch = fitted.state, hand_batch(fitted, VIEWER)
    made = implicit_step(fitted, batch)
    before = state.continuation.train_state
    assert before is not None
    after, loss = steps.take_kept(state.graphs, state.config, state.serving.network.biases, before, batch.work)
    assert made.loss == pytest.approx(float(loss[0]), rel=1e-5)
    for name, new, old in zip(TABLES, made.new, made.weights, strict=True):
        engine = np.asarray(after.weights[name][...])[made.movie_K]
        np.testing.assert_allclose(new, engine, atol=2e-6)
        moved, theirs = new - old, engine - old
        assert np.abs(moved).max() > 1e-5
        assert np.corrcoef(moved.ravel(), theirs.ravel())[0, 1] > 0.9999
    again = replace(state.config, dropout=state.config.dropout)
    _, new_loss = steps.take_kept(state.graphs, again, state.serving.network.biases, after, batch.work)
    assert made.new_loss == pytest.approx(float(new_loss[0]), rel=1e-5)
    assert made.new_loss < made.loss


def test_a_step_of_the_study_is_the_engines(study: Recommender) -> None:
    state, batch = study.state, hand_batch(study, VIEWER)
    made = study_step(study, batch)
    before = state.continuation.train_state
    assert before is not None
    after, loss = steps.take_kept(state.graphs, state.config, state.serving.network.biases, before, batch.work)
    assert made.loss == pytest.approx(float(loss[0]), rel=1e-5)
    layers = freeze(state.graphs, after, state.serving.network.biases).layers
    for (weight, bias), theirs, (old, _) in zip(made.new, layers, made.weights, strict=True):
        np.testing.assert_allclose(weight, theirs.weight_XxX, atol=5e-6)
        np.testing.assert_allclose(bias, theirs.bias_X, atol=5e-6)
        assert np.abs(weight - old).max() > 1e-6
    _, new_loss = steps.take_kept(state.graphs, state.config, state.serving.network.biases, after, batch.work)
    assert made.new_loss == pytest.approx(float(new_loss[0]), rel=1e-5)


@pytest.mark.parametrize("name", ["fitted", "study"])
def test_every_number_of_the_step_follows_from_those_beside_it(name: str, request: pytest.FixtureRequest) -> None:
    model: Recommender = request.getfixturevalue(name)
    view = step_view(model, VIEWER)
    assert view.yours
    assert_each_number_follows(view.pages)
    names = [each.name for each in view.pages]
    assert names[0] == "batch"
    assert names[-1] == "after"
    assert len(page(view, "batch")) == 3


def test_what_is_shown_of_the_step_is_what_was_worked_out(fitted: Recommender) -> None:
    view, made = step_view(fitted, VIEWER), implicit_step(fitted, hand_batch(fitted, VIEWER))
    [loss] = page(view, "loss")
    assert loss.value == pytest.approx(made.loss, rel=1e-9)
    _, unit = page(view, "hidden")
    assert unit.index is not None
    assert unit.value == pytest.approx(made.hidden_BxD[0, unit.index], rel=1e-9)
    [error, *_] = page(view, "error")
    at = made.movie_K.tolist().index(fitted.movies.index(error.movie_id))
    assert error.value == pytest.approx(made.error_BxK[0, at], rel=1e-9)
    decoder, _, encoder = page(view, "gradient")
    assert decoder.value == pytest.approx(made.gradient.decode_KxD[at, unit.index], rel=1e-9)
    assert encoder.value == pytest.approx(made.gradient.stars_KxD[at, unit.index], rel=1e-9)
    new = page(view, "step")[-1]
    assert new.value == pytest.approx(made.new.decode_KxD[at, unit.index], rel=1e-9)


def test_what_is_shown_of_the_studys_step_is_what_was_worked_out(study: Recommender) -> None:
    view, made = step_view(study, VIEWER), study_step(study, hand_batch(study, VIEWER))
    [loss] = page(view, "loss_all")
    assert loss.value == pytest.approx(made.loss, rel=1e-9)
    for at, unit in enumerate(page(view, "layers")):
        assert unit.index is not None
        assert unit.value == pytest.approx(made.values[at + 1][0, unit.index], rel=1e-9)
    [gradient] = page(view, "gradient_study")
    movie = study.movies.index(gradient.movie_id)
    assert gradient.value == pytest.approx(made.gradient[-1][0][gradient.index, movie], rel=1e-9)
    [new] = page(view, "step_study")
    assert new.value == pytest.approx(made.new[-1][0][new.index, movie], rel=1e-9)


def test_no_step_without_training_and_none_of_an_ensemble(ratings: pd.DataFrame, fitted: Recommender) -> None:
    with pytest.raises(UsageError, match="nothing has trained yet"):
        step_view(Recommender.prepare(ratings, preset=preset("default")), VIEWER)
    many = fitted.fork()
    many.state = replace(many.state, config=replace(many.state.config, members=5))
    with pytest.raises(UsageError, match="averages 5 networks"):
        step_view(many, VIEWER)


def test_a_viewer_whom_the_model_does_not_know_sees_others(fitted: Recommender) -> None:
    view = step_view(fitted, 99_999)
    assert not view.yours
    assert len(page(view, "batch")) == 3


@pytest.mark.parametrize("name", ["fitted", "study"])
@pytest.mark.parametrize("diversity", [Diversity(), *(Diversity(True, 0.5, method) for method in METHODS)])  # type: ignore[arg-type]
def test_a_list_by_hand_is_the_engines(
    name: str, diversity: Diversity, request: pytest.FixtureRequest, ratings: pd.DataFrame
) -> None:
    model: Recommender = request.getfixturevalue(name)
    own = rated(ratings, VIEWER)
    view = list_view(model, VIEWER, own, 5, diversity)
    assert_each_number_follows(view.pages)
    made = model.recommend(own, 5, diversity.strength if diversity.on else 0.0, diversity.method)
    [five] = page(view, "list")
    assert [term.movie_id for term in five.terms] == made["movie"].tolist()
    assert five.value == pytest.approx(made["stars"].mean(), rel=1e-6)
    scores, stars = model.rank(own)
    first = model.movies.index(made["movie"][0])
    assert page(view, "stars")[0].value == pytest.approx(stars[first], abs=1e-4)
    if name == "fitted":
        assert page(view, "relevance")[-1].value == pytest.approx(scores[first], abs=1e-4)
    [best] = page(view, "sorted")
    unseen = sorted(
        (score for movie, score in zip(model.movie_ids, scores, strict=True) if movie not in own), reverse=True
    )
    assert [term.value for term in best.terms] == pytest.approx(unseen[:10], rel=1e-6)
    [unseen_count] = page(view, "left_out")
    assert unseen_count.value == len(unseen)
    if diversity.on:
        picked = page(view, "diversity")
        assert [each.movie_id for each in picked] == made["movie"].tolist()


def test_a_list_of_nobody(fitted: Recommender) -> None:
    view = list_view(fitted, 0, {}, 5, Diversity())
    assert_each_number_follows(view.pages)
    scores, _ = fitted.rank({})
    assert page(view, "relevance")[-1].value == pytest.approx(max(scores), abs=1e-4)


def test_largest_names_the_largest_and_adds_up_the_rest() -> None:
    made = largest(
        "x", (np.array([1.0, -5.0, 2.0]), np.array([1.0, 2.0, 1.0])), lambda at: (f"{at}", None), most=2, over=2
    )
    assert [(term.name, term.value, term.factors) for term in made.terms] == [
        ("1", -10.0, (-5.0, 2.0)),
        ("2", 2.0, (2.0, 1.0)),
    ]
    assert (made.rest, made.n_rest, made.value) == (1.0, 1, -3.5)
