"""Whether what a checkpoint holds can come from a training: types, shapes, ranges, and no number that is none.

A checksum tells that the bytes are those that were written, not that they make sense: a file of another program, of a
version with a fault, or of a broken memory is sealed as well as any. All checks come before an array is made from a
size that the file tells. They raise ValueError, TypeError or KeyError; see `engine.checkpoint.contents.unpack`.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, get_type_hints

import numpy as np

from engine.config import Config
from engine.data.arrays import Array
from engine.inference.model_state import MOVIE_BLOCK, USER_BLOCK, padded
from engine.models.choice import LEAST_K, LEAST_P
from engine.models.networks import NETWORKS
from engine.models.selection import Selection
from engine.models.uncertainty import Uncertainty

_AT_LEAST_ONE = ("epochs", "width", "members", "factors_every", "learn_chunk", "learn_batch")
_SHARES = ("dropout", "held_out", "edlae_dropout")
_SIZES = ("seed", "n_padded", "user_rows")
_WHOLE_COUNTS = ("incremental_steps", "pending_factor_steps", "rollbacks")
_REAL_COUNTS = ("best_rmse", "monitor_rmse", "drift")
_PREFERENCES = 10
_LEAST_LEARN_BATCH, _MOST_LAYERS = 2, 64
_MOST, _MOST_SEED = 2**31 - 1, 2**63 - 1
_MOST_STARS, _MOST_HALF_STARS = 5.0, 10


def check(config: Config, facts: dict[str, Any], content: dict[str, Any]) -> None:
    """Everything but the weights and the training state, whose shapes are those that the preset's network has."""
    _check_config(config)
    n_padded = _check_facts(facts)
    _check_matrix(content["matrix"], len(facts["users"]), len(facts["movies"]))
    _check_biases(content["biases"], n_padded)
    _check_arrays(content["arrays"], len(facts["users"]), n_padded)
    if "choice" in content:
        _check_choice(content["choice"])
    if "selection" in content:
        _check_selection(content["selection"])
    if "uncertainty" in content:
        _check_uncertainty(content["uncertainty"])
    if "cold_start" in content:
        _check_cold_start(content["cold_start"], len(facts["movies"]))
    if "residual_knn" in content:
        _check_residual_knn(content["residual_knn"], n_padded)
    if "edlae" in content:
        _check_edlae(content["edlae"], n_padded)


def finite(name: str, value: Array) -> None:
    """No NaN and no infinity."""
    if value.size and not (np.isfinite(value.min()) and np.isfinite(value.max())):
        raise ValueError(f"{name} holds numbers that are none")


def _array(
    parts: dict[str, Any], name: str, kind: type, shape: tuple[int, ...], low: float = -math.inf, high: float = math.inf
) -> Array:
    """One array of that type and shape, all of it finite and from `low` to `high`."""
    value = parts[name]
    if not isinstance(value, np.ndarray) or not np.issubdtype(value.dtype, kind) or value.shape != shape:
        raise ValueError(f"{name} is no array of {kind.__name__} and shape {shape}")
    finite(name, value)
    if value.size and not (value.min() >= low and value.max() <= high):
        raise ValueError(f"{name} has values out of bounds")
    result: Array = value
    return result


def _number(name: str, value: object, kind: type, *, nan: bool = False) -> None:
    allowed = (int, float) if kind is float else (kind,)
    if not isinstance(value, allowed) or isinstance(value, bool) != (kind is bool):
        raise TypeError(f"{name} is no {kind.__name__}")
    if isinstance(value, float) and not (math.isfinite(value) or (nan and math.isnan(value))):
        raise ValueError(f"{name} is {value}")
    if isinstance(value, int | float) and abs(value) > (_MOST_SEED if name == "seed" else _MOST):
        raise ValueError(f"{name} is larger than any number of a model")


def _check_config(config: Config) -> None:
    for name, hint in get_type_hints(Config).items():
        value = getattr(config, name)
        if hint in (int, float, bool):
            _number(name, value, hint)
    for value, kind in [(each, int) for each in config.layers] + [(each, float) for each in config.preference]:
        _number("layers or preference", value, kind)
    if len(config.layers) > _MOST_LAYERS:
        raise ValueError("the preset has more layers than any network")
    if config.batch is not None:
        _number("batch", config.batch, int)
    if config.network not in NETWORKS or not isinstance(config.name, str):
        raise ValueError(f"there is no network {config.network!r}")
    whole = [getattr(config, name) for name in _AT_LEAST_ONE]
    if min(*whole, *config.layers, 1 if config.batch is None else config.batch) < 1:
        raise ValueError("the preset counts something as less than one")
    if config.learn_batch < _LEAST_LEARN_BATCH:
        raise ValueError("the preset leaves no room in a step for those who changed and the replay sample")
    if any(not 0 <= getattr(config, name) < 1 for name in _SHARES) or len(config.preference) != _PREFERENCES:
        raise ValueError("the preset has a share or a preference that makes no sense")


def _check_facts(facts: dict[str, Any]) -> int:
    """Ids, what is known of movies, and the counts; returns how many movies a padded row has."""
    sizes, counts = facts["sizes"], facts["counts"]
    for name, value in [(name, sizes[name]) for name in _SIZES] + [(name, counts[name]) for name in _WHOLE_COUNTS]:
        _number(name, value, int)
        if value < 0:
            raise ValueError(f"{name} is below zero")
    for name in _REAL_COUNTS:
        _number(name, counts[name], float, nan=True)
    _number("trained", facts["trained"], bool)
    for name, block, rows in (("users", USER_BLOCK, "user_rows"), ("movies", MOVIE_BLOCK, "n_padded")):
        ids = facts[name]
        if not all(type(each) in (int, str) for each in ids) or len(set(ids)) != len(ids):
            raise ValueError(f"{name} are no ids, or not each another one")
        if not len(ids) <= sizes[rows] <= padded(len(ids), block):
            raise ValueError(f"{rows} does not go with {len(ids)} {name}")
    if not all(isinstance(each, str) for genres in facts["genres"] for each in genres):
        raise TypeError("genres are no text")
    if not all(year is None or type(year) is int for year in facts["years"]) or not isinstance(facts["tags"], dict):
        raise TypeError("years are no numbers, or there are no tags")
    n_padded: int = sizes["n_padded"]
    return n_padded


def _check_starts(name: str, start: Array, n: int) -> None:
    if start[0] != 0 or start[-1] != n or (np.diff(start) < 0).any():
        raise ValueError(f"{name} does not divide {n} cells into rows")


def _check_matrix(matrix: dict[str, Any], n_users: int, n_movies: int) -> None:
    n = len(matrix["movie_N"])
    start_U = _array(matrix, "start_U", np.int64, (n_users + 1,))
    _check_starts("start_U", start_U, n)
    movie_N = _array(matrix, "movie_N", np.int32, (n,), 0, n_movies - 1)
    _array(matrix, "half_N", np.uint8, (n,), 1, _MOST_HALF_STARS)
    _array(matrix, "held_N", np.bool_, (n,))
    at_N = matrix["at_N"]
    if at_N.dtype != np.float64 or at_N.shape != (n,) or np.isinf(at_N).any():
        raise ValueError("at_N holds no timestamps")
    step_N = np.diff(movie_N)
    step_N[start_U[(start_U > 0) & (start_U < n)] - 1] = 1
    if (step_N <= 0).any():
        raise ValueError("a viewer's movies are not in order")


def _check_biases(biases: dict[str, Any], n_padded: int) -> None:
    _array(biases, "0", np.float32, (), 0, _MOST_STARS)
    _array(biases, "1", np.float32, (n_padded,))
    _array(biases, "2", np.float32, (n_padded,), 0, 1)
    _array(biases, "3", np.float32, (), 0)
    low = _array(biases, "4", np.float32, (), 0, _MOST_STARS)
    _array(biases, "5", np.float32, (), float(low), _MOST_STARS)


def _check_arrays(arrays: dict[str, Any], n_users: int, n_padded: int) -> None:
    _array(arrays, "popularity_M", np.float32, (n_padded,), 0, 1)
    _array(arrays, "user_U", np.float64, (n_users,))
    _array(arrays, "monitor", np.int64, arrays["monitor"].shape[:1], -1, n_users - 1)


def _check_choice(choice: dict[str, Any]) -> None:
    for name in ("k", "p", "eps"):
        _number(name, choice[name], float)
    if choice["k"] < LEAST_K or choice["p"] < LEAST_P or choice["eps"] <= 0:
        raise ValueError("the choice model has slopes that order nothing")


def _check_selection(selection: dict[str, Any]) -> None:
    for each in fields(Selection):
        _number(each.name, selection[each.name], float)
    if selection["strength"] < 0 or selection["eps"] <= 0:
        raise ValueError("the selection corrects the wrong way, or has no noise")


def _check_uncertainty(uncertainty: dict[str, Any]) -> None:
    for each in fields(Uncertainty):
        _number(each.name, uncertainty[each.name], float)
        if uncertainty[each.name] < 0:
            raise ValueError("the uncertainty has a part below zero")


def _check_cold_start(cold_start: dict[str, Any], n_movies: int) -> None:
    n, n_features = cold_start["feature_MxF"].shape
    if n > n_movies:
        raise ValueError("features of more movies than there are")
    _array(cold_start, "feature_MxF", np.float32, (n, n_features))
    _array(cold_start, "solve_FxM", np.float32, (n_features, n))
    _array(cold_start, "count_M", np.float32, (n,), 0)


def _check_residual_knn(residual_knn: dict[str, Any], n_padded: int) -> None:
    n = len(residual_knn["movie_P"])
    _check_starts("start_M", _array(residual_knn, "start_M", np.signedinteger, (n_padded + 1,)), n)
    _array(residual_knn, "movie_P", np.signedinteger, (n,), 0, n_padded - 1)
    _array(residual_knn, "like_P", np.float32, (n,))
    for name in ("shrink", "weight"):
        _number(name, residual_knn[name], float)
    if residual_knn["shrink"] <= 0:
        raise ValueError("nothing shrinks the neighbours' errors")


def _check_edlae(edlae: dict[str, Any], n_padded: int) -> None:
    k, r = len(edlae["movie_K"]), len(edlae["factor_RxK"])
    movie_K = _array(edlae, "movie_K", np.signedinteger, (k,), 0, n_padded - 1)
    column_M = _array(edlae, "column_M", np.signedinteger, (n_padded,), -1, k - 1)
    if (column_M[movie_K] != np.arange(k)).any() or (column_M >= 0).sum() != k:
        raise ValueError("the columns of EDLAE are not those of its movies")
    _array(edlae, "inverse_KxK", np.float32, (k, k))
    for name in ("factor_RxK", "scaled_RxK"):
        _array(edlae, name, np.float32, (r, k))
    _array(edlae, "preference", np.float32, (_PREFERENCES + 1,))
    if (_array(edlae, "diagonal_K", np.float32, (k,)) == 0).any():
        raise ValueError("diagonal_K holds a zero")
    _array(edlae, "ridge_deficit_K", np.float64, (k,))
    for name, kind in (("dropout_ridge", float), ("user_power", float), ("updates", int)):
        _number(name, edlae[name], kind)
