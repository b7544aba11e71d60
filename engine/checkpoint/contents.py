"""What a checkpoint holds, and how a recommender's parts go in and come out."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import jax
import numpy as np

from engine.checkpoint import file as checkpoint
from engine.checkpoint import soundness
from engine.config import Config
from engine.data.features import Genres
from engine.data.interactions import Ids, RatingMatrix
from engine.errors import CheckpointDamaged
from engine.inference.model_state import Learned
from engine.inference.network import Serving
from engine.models.autoencoder import Offsets
from engine.models.cold_start import Content
from engine.models.edlae import LinearPath
from engine.models.residual_knn import Neighbours
from engine.training import steps as train

Parts = tuple[Ids, Ids, Genres, Learned, dict[str, Any]]
_COUNTS = (
    "seed", "n_padded", "rater_rows", "best_rmse", "gate_rmse", "drift", "learned_steps",
    "raters_pending", "rollbacks",
)  # fmt: skip
_NEIGHBOURS = ("start_M", "movie_P", "like_P", "shrink", "weight")
_ARRAYS = ("prior_M", "user_U", "gate_viewers")


def pack(users: Ids, movies: Ids, genres: Genres, learned: Learned, tags: dict[str, Any], path: str | Path) -> None:
    """Write the parts to one file."""
    facts = {
        "config": asdict(learned.config), "users": _plain(users), "movies": _plain(movies),
        "genres": genres.of_movie, "years": genres.years, "tags": tags, "trained": learned.serving.trained,
        "counts": {name: getattr(learned, name) for name in _COUNTS},
    }  # fmt: skip
    content: dict[str, Any] = {
        "facts": json.dumps(facts),
        "matrix": _matrix_out(learned.matrix),
        "offsets": _leaves(learned.serving.offsets),
        "serving": _leaves(learned.serving.weights),
        "arrays": {name: getattr(learned, name) for name in _ARRAYS},
    }
    if learned.state is not None:
        content["state"] = _leaves(learned.state)
    if learned.content is not None:
        content["content"] = {each.name: getattr(learned.content, each.name) for each in fields(Content) if each.init}
    if learned.neighbours is not None:
        content["neighbours"] = {name: getattr(learned.neighbours, name) for name in _NEIGHBOURS}
    if learned.linear is not None:
        content["linear"] = _linear_out(learned.linear)
    checkpoint.write(path, content)


def unpack(path: str | Path, device: jax.Device) -> Parts:
    """Read what `pack` wrote. Raises CheckpointDamaged."""
    content = checkpoint.read(path)
    try:
        return _parts(content, device)
    except (MemoryError, jax.errors.JaxRuntimeError):
        raise  # the machine's fault, not the file's
    except Exception as error:  # what a file may hold knows no bounds, and so does what it raises
        why = f"no {error}" if isinstance(error, KeyError) else str(error)
        remedy = "it was written by another version of Matinée, or damaged before that; train again"
        raise CheckpointDamaged(f"{path} does not hold what a model needs ({why}): {remedy}") from error


def _parts(content: dict[str, Any], device: jax.Device) -> Parts:
    facts = json.loads(content["facts"])
    config = Config(**{name: _tupled(value) for name, value in facts["config"].items()})
    soundness.check(config, facts, content)
    users, movies, genres = Ids(facts["users"]), Ids(facts["movies"]), Genres()
    genres.put(movies, zip(facts["movies"], facts["genres"], facts["years"], strict=True))
    counts = facts["counts"]
    matrix = RatingMatrix(**content["matrix"], n_movies=len(movies))
    graphs, fresh = train.init(config, counts["n_padded"], counts["rater_rows"], counts["seed"])
    weights = _fill(fresh.weights, content["serving"], device)
    offsets = Offsets(*(jax.device_put(content["offsets"][str(i)], device) for i in range(len(Offsets._fields))))
    serving = Serving(graphs, weights, offsets, facts["trained"])
    learned = Learned(config, device=device, matrix=matrix, serving=serving, graphs=graphs, **counts)
    for name in _ARRAYS:
        setattr(learned, name, np.array(content["arrays"][name]))
    if "state" in content:
        learned.state = _fill(fresh, content["state"], device)
    if "content" in content:
        learned.content = Content(**content["content"])
    if "neighbours" in content:
        learned.neighbours = Neighbours(**content["neighbours"])
    if "linear" in content:
        learned.linear = LinearPath(**content["linear"])
    return users, movies, genres, learned, facts["tags"]


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(ids: Ids) -> list[Hashable]:
    for item in ids:
        if not isinstance(item, (int, str)):
            raise TypeError(f"id {item!r} is of type {type(item).__name__}; a saved recommender's ids are int or str")
    return ids.list


def _matrix_out(matrix: RatingMatrix) -> dict[str, Any]:
    return {name: getattr(matrix, name) for name in ("start_U", "movie_N", "half_N", "held_N", "at_N")}


def _linear_out(linear: LinearPath) -> dict[str, Any]:
    return {name: getattr(linear, name) for name in LinearPath.__slots__ if name != "sums"}


def _leaves(tree: train.Tree) -> dict[str, Any]:
    """Arrays of a tree by their position."""
    return {str(i): np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(tree))}


def _fill(template: train.Tree, leaves: dict[str, Any], device: jax.Device) -> Any:
    """A tree like the template with the arrays that were read, all of them finite. Raises ValueError."""
    old, structure = jax.tree.flatten(template)
    new = [leaves[str(i)] for i in range(len(leaves))]
    if [(np.shape(leaf), leaf.dtype) for leaf in old] != [(leaf.shape, leaf.dtype) for leaf in new]:
        raise ValueError("the weights have other shapes than the preset's network")
    for leaf in new:
        soundness.finite("a weight", leaf)
    return jax.device_put(jax.tree.unflatten(structure, new), device)
