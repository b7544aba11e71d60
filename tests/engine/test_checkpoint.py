from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.checkpoint import file as checkpoint
from engine.errors import CheckpointDamaged
from engine.recommender import Recommender
from tests.engine.data import history


def test_what_is_saved_comes_back(fitted: Recommender, saved: Path, ratings: pd.DataFrame) -> None:
    loaded = Recommender.load(saved)
    assert loaded.tags == {"uuid": "store", "seq": 7}
    assert loaded.trained
    pd.testing.assert_series_equal(loaded.predict(ratings.head(50)), fitted.predict(ratings.head(50)))
    mine = history(ratings, 5)
    pd.testing.assert_frame_equal(loaded.recommend(mine, diversity=0.5), fitted.recommend(mine, diversity=0.5))
    assert loaded.learned.gate_rmse == fitted.learned.gate_rmse


def test_learning_goes_on_as_if_nothing_had_happened(
    own: Callable[[], Recommender], tmp_path: Path, ratings: pd.DataFrame
) -> None:
    rec = own()
    rec.learn(pd.DataFrame({"user": ["new"], "movie": [3], "stars": [5.0]}))
    rec.save(tmp_path / "again.ckpt")
    loaded = Recommender.load(tmp_path / "again.ckpt")
    for each in (rec, loaded):
        each.learn(pd.DataFrame({"user": ["new"], "movie": [4], "stars": [1.0]}))
    for a, b in zip(rec.rank({1: 4.0}), loaded.rank({1: 4.0}), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_untrained_recommender_can_be_saved(ratings: pd.DataFrame, tmp_path: Path) -> None:
    rec = Recommender.prepare(ratings)
    rec.save(tmp_path / "early.ckpt")
    loaded = Recommender.load(tmp_path / "early.ckpt")
    assert not loaded.trained
    pd.testing.assert_series_equal(loaded.predict(ratings.head(9)), rec.predict(ratings.head(9)))


@pytest.mark.parametrize("place", [0, 30, 100, -1])
def test_one_wrong_byte_is_noticed(saved: Path, tmp_path: Path, place: int) -> None:
    data = bytearray(saved.read_bytes())
    data[place] ^= 1
    (tmp_path / "wrong.ckpt").write_bytes(data)
    with pytest.raises(CheckpointDamaged, match=r"wrong\.ckpt.*train again"):
        Recommender.load(tmp_path / "wrong.ckpt")


@pytest.mark.parametrize("kept", [0, 10, 90, 5000])
def test_half_a_file_is_noticed(saved: Path, tmp_path: Path, kept: int) -> None:
    (tmp_path / "half.ckpt").write_bytes(saved.read_bytes()[:kept])
    with pytest.raises(CheckpointDamaged):
        Recommender.load(tmp_path / "half.ckpt")


def test_a_checkpoint_of_something_else_is_noticed(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "other.ckpt", {"facts": "{}"})
    with pytest.raises(CheckpointDamaged, match="another version"):
        Recommender.load(tmp_path / "other.ckpt")


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Recommender.load(tmp_path / "none.ckpt")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.ckpt"
    checkpoint.write(path, {"x": np.arange(3)})

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.write(path, {"x": np.arange(4)})
    assert checkpoint.read(path)["x"].tolist() == [0, 1, 2]
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.ckpt"]


def test_ids_that_json_can_not_carry_are_refused(ratings: pd.DataFrame, tmp_path: Path) -> None:
    named = ratings.head(50).assign(movie=[("tuple", m) for m in ratings["movie"].head(50)])
    with pytest.raises(TypeError, match="int or str"):
        Recommender.prepare(named).save(tmp_path / "never.ckpt")
    assert not list(tmp_path.iterdir())
