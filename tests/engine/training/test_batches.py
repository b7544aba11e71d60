from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

from engine.config import preset
from engine.inference.model_state import ModelState, prepare
from engine.training.batches import MOST_RESIDENT, batches, device_rows, keeps_rows
from tests.helpers.matrices import matrix_of, random_half

GPU: Any = SimpleNamespace(platform="gpu")


@pytest.fixture
def state() -> ModelState:
    half_UxM = random_half((9, 6), 0.5)
    held_UxM = np.random.default_rng(0).random(half_UxM.shape) < 0.2
    return prepare(matrix_of(half_UxM, held_UxM), replace(preset("default"), width=3), 0, jax.devices("cpu")[0])


def test_rows_on_the_device_are_the_rows_written_out(state: ModelState) -> None:
    users_SxB, rate_S = np.array([[3, -1], [8, 0]]), np.zeros(2, np.float32)
    kept, written = (
        batches(state, users_SxB, rate_S, np.random.default_rng(1), None, rows) for rows in (device_rows(state), None)
    )
    np.testing.assert_array_equal(np.asarray(kept.half_SxBxM), np.asarray(written.half_SxBxM))
    np.testing.assert_array_equal(np.asarray(kept.key_Sx4), np.asarray(written.key_Sx4))


@pytest.mark.parametrize(
    ("on_gpu", "most", "kept"), [(True, MOST_RESIDENT, True), (True, 10, False), (False, MOST_RESIDENT, False)]
)
def test_rows_stay_on_an_accelerator_that_has_room_for_them(
    state: ModelState, on_gpu: bool, most: int, kept: bool
) -> None:
    assert keeps_rows(replace(state, device=GPU) if on_gpu else state, most) is kept
