"""What each kind of run may write: the fields of the state, one by one, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import jax
import numpy as np
import pandas as pd

from engine.inference.model_state import Continuation, ModelState
from engine.inference.serving import ServingModel
from engine.recommender import Recommender

FULL = {
    "matrix", "network", "popularity_M", "log_count_M", "edlae", "residual_knn", "cold_start", "choice",
    "selection", "uncertainty",
    "train_state", "user_U", "best_rmse", "monitor", "monitor_rmse", "drift", "rollbacks", "pending_factor_steps",
    "capacity", "compiled",
}  # fmt: skip
"""Fields that a full run may write."""
INCREMENTAL = {
    "matrix", "network", "popularity_M", "log_count_M", "edlae", "cold_start", "train_state", "user_U", "statistics",
    "monitor_rmse", "drift", "rollbacks", "incremental_steps", "pending_factor_steps", "capacity", "compiled",
}  # fmt: skip
"""Fields that an incremental run may write while the padding has room."""
GROWTH = {"user_rows", "residual_knn"}
"""Fields that it may write besides when it must make room for viewers or movies."""


def parts(state: ModelState) -> dict[str, Any]:
    """All fields of a state, those of its two groups in place of the groups."""
    grouped = ((state.serving, ServingModel), (state.continuation, Continuation))
    inner = {each.name: getattr(group, each.name) for group, kind in grouped for each in fields(kind)}
    outer = {each.name: getattr(state, each.name) for each in fields(ModelState)}
    return {name: part for name, part in (outer | inner).items() if name not in ("serving", "continuation")}


def written(before: ModelState, after: ModelState) -> set[str]:
    """Names of the fields that are not the very object that they were."""
    old, new = parts(before), parts(after)
    return {name for name, part in new.items() if part is not old[name]}


def frozen_copy(state: ModelState) -> list[np.ndarray]:
    """The bytes of all arrays of a state, to see later whether one was written in place."""
    leaves = jax.tree.leaves([vars(part) if hasattr(part, "__dict__") else part for part in parts(state).values()])
    return [np.array(leaf) for leaf in leaves if isinstance(leaf, (np.ndarray, jax.Array))]


def test_every_field_is_known_to_this_table() -> None:
    known = FULL | INCREMENTAL | GROWTH | {"config", "seed", "device", "ranks_by_stars"}
    names = {each.name for kind in (ModelState, ServingModel, Continuation) for each in fields(kind)}
    assert names - {"serving", "continuation"} == known


def test_a_full_run_writes_its_fields_alone(own: Callable[[], Recommender]) -> None:
    rec = own()
    before = rec.state
    for _ in rec.train_steps(epochs=2):
        pass
    assert written(before, rec.state) <= FULL


def test_an_incremental_run_writes_its_fields_alone(own: Callable[[], Recommender]) -> None:
    rec = own()
    before = rec.state
    rec.learn(pd.DataFrame({"user": [1, 2], "movie": [3, 7], "stars": [5.0, 1.0]}))
    assert {"matrix", "train_state"} <= written(before, rec.state) <= INCREMENTAL


def test_an_incremental_run_that_needs_room_may_write_more(own: Callable[[], Recommender]) -> None:
    rec = own()
    before = rec.state
    many = range(10_000, 10_000 + before.user_rows)
    rec.learn(pd.DataFrame({"user": many, "movie": 3, "stars": 5.0}))
    assert "user_rows" in written(before, rec.state) <= INCREMENTAL | GROWTH


def test_no_run_writes_into_the_arrays_of_the_state_it_was_given(own: Callable[[], Recommender]) -> None:
    rec = own()
    before, copies = rec.state, frozen_copy(rec.state)
    rec.learn(pd.DataFrame({"user": [1, "new"], "movie": [3, 7], "stars": [5.0, 1.0]}))
    for _ in rec.train_steps(epochs=1):
        pass
    for array, copy in zip(frozen_copy(before), copies, strict=True):
        np.testing.assert_array_equal(array, copy)
