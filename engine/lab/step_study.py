"""One step of the study's network by hand: forwards through the layers, backwards by the chain rule.

Inputs x are stars / 5 with 0 where there is no rating; a layer gives relu(a W + b), the last o = sigmoid(a W + b). The
loss is the mean of (o - x)² over all cells of the batch. Backwards δ = 2/N (o - x) o (1 - o) at the end, and below it
δ W' where a > 0; dL/dW = a' δ, and a step is w - rate x gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.data.arrays import Array
from engine.lab.activations import inputs, sigmoid
from engine.lab.batch import HandBatch
from engine.lab.sums import largest, product, worked
from engine.models.autoencoder import merge
from engine.snapshots import Page, Sum, Term

if TYPE_CHECKING:
    from engine.recommender import Recommender

_SHOWN = 3


class StudyStep(NamedTuple):
    """All numbers of one step, in double precision."""

    input_BxM: Array
    weights: list[tuple[Array, Array]]
    """W and b of each layer."""
    values: list[Array]
    """What goes into each layer (B × X), the input first, and the output."""
    known_M: Array
    loss: float
    gradient: list[tuple[Array, Array]]
    new: list[tuple[Array, Array]]
    new_loss: float


def study_step(model: Recommender, batch: HandBatch) -> StudyStep:
    """Work the step out."""
    state = model.state
    train_state = state.continuation.train_state
    assert train_state is not None  # the batch asked
    read = state.graphs.spec.layers
    assert read is not None  # the caller asked
    layers = read(merge(state.graphs, train_state.weights))
    weights = [(weight_XxX.astype(np.float64), bias_X.astype(np.float64)) for weight_XxX, bias_X in layers]
    known_M = np.asarray(state.serving.network.host_biases.known_M, np.float64)
    input_BxM, n = inputs(batch.half_BxM), batch.half_BxM.shape[0] * known_M.sum()

    def forward(layers: list[tuple[Array, Array]]) -> tuple[list[Array], float]:
        values = [input_BxM]
        for weight_XxX, bias_X in layers[:-1]:
            values.append(np.maximum(values[-1] @ weight_XxX + bias_X, 0))
        values.append(sigmoid(values[-1] @ layers[-1][0] + layers[-1][1]))
        return values, float((((values[-1] - input_BxM) * known_M) ** 2).sum() / n)

    values, loss = forward(weights)
    out_BxM = values[-1]
    delta_BxX = 2 / n * (out_BxM - input_BxM) * known_M * out_BxM * (1 - out_BxM)
    gradient: list[tuple[Array, Array]] = []
    for at in reversed(range(len(weights))):
        gradient.insert(0, (values[at].T @ delta_BxX, delta_BxX.sum(0)))
        delta_BxX = (delta_BxX @ weights[at][0].T) * (values[at] > 0)
    new = [(w - batch.rate * dw, b - batch.rate * db) for (w, b), (dw, db) in zip(weights, gradient, strict=True)]
    return StudyStep(input_BxM, weights, values, known_M, loss, gradient, new, forward(new)[1])


def study_pages(model: Recommender, batch: HandBatch, made: StudyStep) -> tuple[Page, ...]:
    """The step as pages: the first viewer is followed through the strongest unit of each layer and one movie."""
    ids: list[Any] = model.movie_ids
    rated = np.flatnonzero(batch.half_BxM[0])
    movie = int(rated[np.argmax(batch.half_BxM[0, rated])])
    last = int(np.argmax(made.values[-2][0]))
    shown = [movie, *[int(each) for each in rated if each != movie][: _SHOWN - 1]]
    n = batch.half_BxM.shape[0] * float(made.known_M.sum())

    def at_movie(at: int) -> tuple[str, int | None]:
        return "", ids[at] if at < len(ids) else None

    def at_rated(at: int) -> tuple[str, int | None]:
        return "", ids[int(rated[at])]

    viewers = tuple(_mean_stars(ids, half_M, viewer) for viewer, half_M in enumerate(batch.half_BxM))
    errors = tuple(
        worked("error", [Term("output", float(made.values[-1][0, at])), Term("input", -float(made.input_BxM[0, at]))],
               movie_id=ids[at])
        for at in shown
    )  # fmt: skip
    error_X = ((made.values[-1] - made.input_BxM) * made.known_M)[:, : len(ids)].ravel()
    loss = largest("loss", (error_X, error_X), lambda at: at_movie(at % len(ids)), over=n)
    share = 2 / n
    terms = [
        product(
            f"viewer {b}", share, float(made.values[-1][b, movie] - made.input_BxM[b, movie]),
            float(made.values[-1][b, movie]), float(1 - made.values[-1][b, movie]), float(made.values[-2][b, last]),
        )
        for b in range(len(batch.half_BxM))
    ]  # fmt: skip
    gradient = worked("output_gradient", terms, movie_id=ids[movie], index=last)
    weight = float(made.weights[-1][0][last, movie])
    new = worked("new_weight", [Term("weight", weight), product("moved", -batch.rate, gradient.value)],
                 movie_id=ids[movie], index=last)  # fmt: skip
    change = worked("change", [Term("loss_after", made.new_loss), Term("loss_before", -made.loss)])
    return (
        Page("batch", viewers),
        Page("layers", tuple(_unit(made, layer, at_rated, rated) for layer in range(len(made.weights) - 1))),
        Page("output", (_output(made, movie, ids[movie]),)),
        Page("error", errors),
        Page("loss_all", (loss,)),
        Page("gradient_study", (gradient,)),
        Page("step_study", (new,)),
        Page("after", (change,)),
    )


def _mean_stars(ids: list[Any], half_M: Array, viewer: int) -> Sum:
    rated = np.flatnonzero(half_M)

    def label(at: int) -> tuple[str, int | None]:
        return "", ids[int(rated[at])]

    return largest("mean_stars", (half_M[rated] * 0.5,), label, over=len(rated), index=viewer)


def _unit(made: StudyStep, layer: int, at_rated: Any, rated: Array) -> Sum:
    """The strongest unit of a layer, from what lies below it."""
    weight_XxX, bias_X = made.weights[layer]
    unit = int(np.argmax(made.values[layer + 1][0]))
    bias = [Term("bias", float(bias_X[unit]))]
    if layer == 0:
        factors = made.input_BxM[0, rated], weight_XxX[rated, unit]
        return largest("layer_unit", factors, at_rated, more=bias, function="relu", index=unit)
    factors = made.values[layer][0], weight_XxX[:, unit]
    return largest("layer_unit", factors, lambda at: (f"unit {at}", None), more=bias, function="relu", index=unit)


def _output(made: StudyStep, movie: int, movie_id: Any) -> Sum:
    weight_XxX, bias_X = made.weights[-1]
    return largest(
        "output", (made.values[-2][0], weight_XxX[:, movie]), lambda at: (f"unit {at}", None),
        more=[Term("bias", float(bias_X[movie]))], function="sigmoid", movie_id=movie_id,
    )  # fmt: skip
