"""What a movie's predicted stars are made of: parts that add up to the very figure of the lists.

The answer is computed as `ServingModel` does, one part after the other: the network, its range, the neighbours, the
features, the range again. The network's own part is taken apart by its formula. For the study that is a sigmoid of a
sum over its last units, so a unit gives its term times the mean slope from all of them at 0 to all as they are: the
Aumann-Shapley value, as in `engine.inference.explain`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.model_state import ModelState
from engine.lab.activations import STARS, hidden_layers, sigmoid
from engine.models.biases import centre_history
from engine.models.cold_start import STARS_KAPPA
from engine.snapshots import StarsPart

_NEAR = 1e-9


class StarsOf(NamedTuple):
    """One movie's predicted stars for one viewer, taken apart."""

    stars: float
    parts: dict[StarsPart, float]
    unit_D: Array
    """What each unit of the last layer gives; none where the network does not answer."""


def stars_of(state: ModelState, ratings: CsrRatings, movie: int) -> StarsOf:
    """Take the stars of a movie (by its column) apart."""
    network, unit_D = _network_parts(state, ratings, movie)
    serving, raw = state.serving, sum(network.values())
    stars_1xM = serving.network.stars_of_one(ratings.movie_N, ratings.half_N)[None]
    stages = [raw, float(stars_1xM[0, movie])]
    if serving.residual_knn is not None:
        serving.residual_knn.correct(stars_1xM, ratings)
    stages.append(float(stars_1xM[0, movie]))
    if serving.cold_start is not None:
        serving.cold_start.smooth(stars_1xM, STARS_KAPPA)
    stages.append(float(stars_1xM[0, movie]))
    stages.append(float(serving.network.clip(stars_1xM)[0, movie]))
    cut, neighbours, features, cut_again = np.diff(stages)
    rest: dict[StarsPart, float] = {"neighbours": neighbours, "features": features, "range": cut + cut_again}
    return StarsOf(stages[-1], network | {part: float(value) for part, value in rest.items()}, unit_D)


def _network_parts(state: ModelState, ratings: CsrRatings, movie: int) -> tuple[dict[StarsPart, float], Array]:
    """The network's own parts before its range, and what each unit of its last layer gives."""
    network, values = state.serving.network, hidden_layers(state.serving.network, ratings)
    if values and network.layers:
        last = network.layers[-1]
        return _study_parts(values[-1], last.weight_XxX[:, movie].astype(np.float64), float(last.bias_X[movie]))
    biases = network.host_biases
    _, user = centre_history(ratings.movie_N, ratings.half_N, biases)
    parts: dict[StarsPart, float] = {
        "mean": float(biases.mean), "movie": float(biases.movie_M[movie]), "viewer": float(user),
    }  # fmt: skip
    if network.trained and len(ratings.movie_N) and not values:
        return {"network": float(network.stars_of_one(ratings.movie_N, ratings.half_N)[movie])}, np.zeros(0)
    if not values or network.tables is None:
        return parts, np.zeros(0)
    decode_D = network.tables.decode_MxD[movie].astype(np.float64)
    implicit_D = _implicit(state, movie)
    parts["decoder"] = float(values[-1] @ (decode_D - implicit_D))
    parts["implicit"] = float(values[-1] @ implicit_D)
    return parts, values[-1] * decode_D


def _implicit(state: ModelState, movie: int) -> Array:
    """The implicit part of a movie's decoder row; 0 while the first run trains, whose weights hold it undivided."""
    train_state = state.continuation.train_state
    if train_state is None or not train_state.implicit_MxD.size:
        return np.zeros(state.config.hidden)
    return np.asarray(train_state.implicit_MxD[movie], np.float64)


def _study_parts(value_D: Array, weight_D: Array, bias: float) -> tuple[dict[StarsPart, float], Array]:
    term_D = value_D * weight_D
    step = float(term_D.sum())
    silent, whole = (STARS * float(sigmoid(np.float64(each))) for each in (bias, bias + step))
    slope = (whole - silent) / step if abs(step) > _NEAR else silent * (1 - silent / STARS)
    return {"silent": silent, "units": whole - silent}, term_D * slope
