"""The hidden units of both networks for one viewer, on the host, and what moves each of them.

The study's units are ReLUs over ReLUs: within one pattern of units that are on, each is a sum over the ratings. So what
a rating gives to a unit is its input times the unit's gradient; these parts and a constant add up to its value.
"""

from __future__ import annotations

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.network import FrozenNetwork
from engine.models.biases import centre_history

STARS = 5.0
"""What the study's sigmoid is multiplied by."""


def hidden_layers(network: FrozenNetwork, ratings: CsrRatings) -> list[Array]:
    """The values of the hidden units, a layer after the other; none for a network that does not answer or is unknown."""
    if not network.trained or not len(ratings.movie_N):
        return []
    tables = network.tables
    if tables is not None:
        above_L, user = centre_history(ratings.movie_N, ratings.half_N, network.host_biases)
        return [tables.hidden(ratings.movie_N, above_L - user).astype(np.float64)]
    if not network.layers:
        return []
    movie_L, first = ratings.movie_N, network.layers[0]
    values = [np.maximum(inputs(ratings.half_N) @ first.weight_XxX[movie_L].astype(np.float64) + first.bias_X, 0)]
    for layer in network.layers[1:-1]:
        values.append(np.maximum(values[-1] @ layer.weight_XxX + layer.bias_X, 0))
    return values


def layer_names(network: FrozenNetwork) -> list[str]:
    """What the field calls the hidden layers."""
    if network.tables is not None:
        return ["hidden"]
    sizes = [len(layer.bias_X) for layer in network.layers[:-1]]
    middle = len(sizes) // 2
    return [f"{'encoder' if at <= middle else 'decoder'} {size}" for at, size in enumerate(sizes)]


def given_by_ratings(network: FrozenNetwork, ratings: CsrRatings, layer: int, unit: int) -> Array:
    """What each rating (one at least) gives to a unit before its ReLU (L)."""
    tables, movie_L = network.tables, ratings.movie_N
    if tables is not None:
        above_L, user = centre_history(movie_L, ratings.half_N, network.host_biases)
        given_L: Array = tables.each(movie_L, above_L - user)[:, unit].astype(np.float64)
        return given_L
    layers, values = network.layers, hidden_layers(network, ratings)
    slope_X = layers[layer].weight_XxX[:, unit].astype(np.float64)
    for below in reversed(range(layer)):
        weight_XxX = layers[below].weight_XxX[movie_L] if below == 0 else layers[below].weight_XxX
        slope_X = weight_XxX @ (slope_X * (values[below] > 0))
    slope_L = slope_X if layer else slope_X[movie_L]
    return inputs(ratings.half_N) * slope_L


def stars_of_unit(network: FrozenNetwork, ratings: CsrRatings, layer: int, unit: int) -> Array:
    """What a unit gives to the network's stars of every movie (M, padded): the stars with it less those without."""
    values, tables = hidden_layers(network, ratings), network.tables
    if tables is not None:
        given_M: Array = values[0][unit] * tables.decode_MxD[:, unit].astype(np.float64)
        return given_M
    without_X = values[layer].copy()
    without_X[unit] = 0
    return _output(network, values[layer], layer) - _output(network, without_X, layer)


def _output(network: FrozenNetwork, value_X: Array, layer: int) -> Array:
    """The study's stars (M) from the values of one hidden layer."""
    layers = network.layers
    for above in layers[layer + 1 : -1]:
        value_X = np.maximum(value_X @ above.weight_XxX + above.bias_X, 0)
    last = layers[-1]
    return STARS * sigmoid((value_X.astype(np.float32) @ last.weight_XxX + last.bias_X).astype(np.float64))


def sigmoid(value_X: Array) -> Array:
    """1 / (1 + exp(-x))."""
    result_X: Array = 1 / (1 + np.exp(-value_X))
    return result_X


def inputs(half_X: Array) -> Array:
    """The study's input: stars / 5."""
    input_X: Array = half_X * 0.1
    return input_X
