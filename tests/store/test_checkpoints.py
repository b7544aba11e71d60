from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import StoreFailed
from engine.store import Checkpoint, Store


def _new(name: str, parent: int | None = None, rmse: float | None = 0.8931) -> Checkpoint:
    return Checkpoint(
        parent_id=parent,
        algorithm="default",
        params_json='{"width": 256}',
        trained_seq=7,
        n_ratings=6,
        rmse=rmse,
        train_ms=1234,
        file_name=name,
        file_sha256="ab" * 32,
        file_bytes=5_000_000_000,
    )


def test_checkpoints_come_back_newest_first(store: Store) -> None:
    first = store.add_checkpoint(_new("a.npz"))
    second = store.add_checkpoint(_new("b.npz", parent=first.checkpoint_id, rmse=None))
    assert (first.checkpoint_id, second.checkpoint_id) == (1, 2)
    assert abs(first.created_at - time.time()) < 60
    assert store.checkpoints() == [second, first]


def test_numbers_of_numpy_are_numbers(store: Store) -> None:
    new = replace(_new("a.npz"), trained_seq=np.int64(7), n_ratings=np.int32(6), rmse=np.float32(0.5))
    store.add_checkpoint(new)
    [kept] = store.checkpoints()
    assert (kept.trained_seq, kept.n_ratings, kept.rmse) == (7, 6, 0.5)


def test_a_file_name_is_recorded_once(store: Store) -> None:
    store.add_checkpoint(_new("a.npz"))
    with pytest.raises(StoreFailed, match=r"a\.npz"):
        store.add_checkpoint(_new("a.npz"))
    with pytest.raises(StoreFailed):
        store.add_checkpoint(_new("b.npz", parent=99))
    assert store.add_checkpoint(_new("c.npz")).checkpoint_id == 2
