"""What a checkpoint holds, and how a recommender's parts go in and come out."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

import jax
import numpy as np

from engine.checkpoint import file as checkpoint
from engine.checkpoint import soundness
from engine.checkpoint.legacy import modernised
from engine.config import Config
from engine.data.features import ItemFeatures
from engine.data.interactions import Vocabulary
from engine.data.matrix import RatingMatrix
from engine.errors import CheckpointDamaged
from engine.inference.model_state import Continuation, ModelState, log_counts
from engine.inference.network import FrozenNetwork
from engine.inference.serving import ServingModel
from engine.models.autoencoder import Tree
from engine.models.biases import Biases
from engine.models.choice import ChoiceModel
from engine.models.cold_start import ColdStart
from engine.models.edlae import Edlae
from engine.models.residual_knn import ResidualKNN
from engine.models.selection import Selection
from engine.models.uncertainty import Uncertainty
from engine.training import steps

RecommenderParts = tuple[Vocabulary, Vocabulary, ItemFeatures, ModelState, dict[str, Any]]
T = TypeVar("T")
_COUNTS = (
    "best_rmse", "monitor_rmse", "drift", "incremental_steps", "pending_factor_steps", "rollbacks",
)  # fmt: skip
_RESIDUAL_KNN = ("start_M", "movie_P", "like_P", "shrink", "weight")


def pack(
    users: Vocabulary, movies: Vocabulary, features: ItemFeatures, state: ModelState, tags: dict[str, Any],
    path: str | Path,
) -> None:  # fmt: skip
    """Write the parts to one file."""
    serving, continuation = state.serving, state.continuation
    facts = {
        "config": asdict(state.config), "users": _plain(users), "movies": _plain(movies),
        "genres": features.genres, "years": features.years, "tags": tags, "trained": serving.network.trained,
        "sizes": {"seed": state.seed, "n_padded": state.n_padded, "user_rows": state.user_rows},
        "counts": {name: getattr(continuation, name) for name in _COUNTS},
    }  # fmt: skip
    content: dict[str, Any] = {
        "facts": json.dumps(facts),
        "matrix": _matrix_out(state.matrix),
        "biases": _leaves(serving.network.biases),
        "choice": asdict(serving.choice), "selection": asdict(serving.selection),
        "uncertainty": asdict(serving.uncertainty),
        "network": _leaves(serving.network.weights),
        "arrays": {
            "popularity_M": serving.popularity_M, "user_U": continuation.user_U, "monitor": continuation.monitor,
        },
    }  # fmt: skip
    if continuation.train_state is not None:
        content["train"] = _leaves(continuation.train_state)
    if serving.cold_start is not None:
        content["cold_start"] = {
            each.name: getattr(serving.cold_start, each.name) for each in fields(ColdStart) if each.init
        }
    if serving.residual_knn is not None:
        content["residual_knn"] = {name: getattr(serving.residual_knn, name) for name in _RESIDUAL_KNN}
    if serving.edlae is not None:
        content["edlae"] = _edlae_out(serving.edlae)
    checkpoint.write(path, content)


def unpack(path: str | Path, device: jax.Device) -> RecommenderParts:
    """Read what `pack` wrote. Raises CheckpointDamaged."""
    content = checkpoint.read(path)
    try:
        return _parts(modernised(content), device)
    except (MemoryError, jax.errors.JaxRuntimeError):
        raise  # the machine's fault, not the file's
    except Exception as error:  # what a file may hold knows no bounds, and so does what it raises
        why = f"no {error}" if isinstance(error, KeyError) else str(error)
        remedy = "it was written by another version of Matinée, or damaged before that; train again"
        raise CheckpointDamaged(f"{path} does not hold what a model needs ({why}): {remedy}") from error


def _parts(content: dict[str, Any], device: jax.Device) -> RecommenderParts:
    facts = json.loads(content["facts"])
    config = Config(**{name: _tupled(value) for name, value in facts["config"].items()})
    soundness.check(config, facts, content)
    users, movies, features = Vocabulary(facts["users"]), Vocabulary(facts["movies"]), ItemFeatures()
    features.put(movies, zip(facts["movies"], facts["genres"], facts["years"], strict=True))
    sizes, arrays = facts["sizes"], content["arrays"]
    matrix = RatingMatrix(**content["matrix"], n_movies=len(movies))
    graphs, shapes = steps.template(config, sizes["n_padded"], sizes["user_rows"])
    weights = _fill(shapes.weights, content["network"], device)
    biases = Biases(*(jax.device_put(content["biases"][str(i)], device) for i in range(len(Biases._fields))))
    network = FrozenNetwork(graphs, weights, biases, facts["trained"])
    serving = ServingModel(
        network, np.array(arrays["popularity_M"]), log_counts(matrix, sizes["n_padded"]), not config.edlae,
        _part(ChoiceModel, content, "choice") or ChoiceModel(), _part(Selection, content, "selection") or Selection(),
        _part(Uncertainty, content, "uncertainty") or Uncertainty(), _part(Edlae, content, "edlae"),
        _part(ResidualKNN, content, "residual_knn"), _part(ColdStart, content, "cold_start"),
    )  # fmt: skip
    continuation = Continuation(
        train_state=_fill(shapes, content["train"], device) if "train" in content else None,
        user_U=np.array(arrays["user_U"]), monitor=np.array(arrays["monitor"]), **facts["counts"],
    )  # fmt: skip
    state = ModelState(config, sizes["seed"], device, matrix, sizes["user_rows"], serving, continuation)
    return users, movies, features, state, facts["tags"]


def _part(kind: type[T], content: dict[str, Any], name: str) -> T | None:
    """A part of the model, where the file has it."""
    return kind(**content[name]) if name in content else None


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(ids: Vocabulary) -> list[Hashable]:
    for item in ids:
        if not isinstance(item, (int, str)):
            raise TypeError(f"id {item!r} is of type {type(item).__name__}; a saved recommender's ids are int or str")
    return ids.list


def _matrix_out(matrix: RatingMatrix) -> dict[str, Any]:
    return {name: getattr(matrix, name) for name in ("start_U", "movie_N", "half_N", "held_N", "at_N")}


def _edlae_out(edlae: Edlae) -> dict[str, Any]:
    return {name: getattr(edlae, name) for name in Edlae.__slots__ if name != "sums"}


def _leaves(tree: Tree) -> dict[str, Any]:
    """Arrays of a tree by their position."""
    return {str(i): np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(tree))}


def _fill(template: Tree, leaves: dict[str, Any], device: jax.Device) -> Any:
    """A tree like the template with the arrays that were read, all of them finite. Raises ValueError."""
    old, structure = jax.tree.flatten(template)
    new = [leaves[str(i)] for i in range(len(leaves))]
    if [(np.shape(leaf), leaf.dtype) for leaf in old] != [(leaf.shape, leaf.dtype) for leaf in new]:
        raise ValueError("the weights have other shapes than the preset's network")
    for leaf in new:
        soundness.finite("a weight", leaf)
    return jax.device_put(jax.tree.unflatten(structure, new), device)
