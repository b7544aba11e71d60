from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.checkpoint import file as checkpoint
from engine.errors import CheckpointDamaged
from engine.recommender import Recommender
from tests.helpers.made_up import history


def test_what_is_saved_comes_back(fitted: Recommender, saved: Path, ratings: pd.DataFrame) -> None:
    loaded = Recommender.load(saved)
    assert loaded.tags == {"uuid": "store", "seq": 7}
    assert loaded.trained
    pd.testing.assert_series_equal(loaded.predict(ratings.head(50)), fitted.predict(ratings.head(50)))
    mine = history(ratings, 5)
    pd.testing.assert_frame_equal(loaded.recommend(mine, diversity=0.5), fitted.recommend(mine, diversity=0.5))
    assert loaded.state.continuation.monitor_rmse == fitted.state.continuation.monitor_rmse


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


def other(saved: Path, change: Callable[[dict[str, Any], dict[str, Any]], None], path: Path) -> Path:
    """The same checkpoint under a true seal, but for a change of its facts or its arrays."""
    content = checkpoint.read(saved)
    facts = json.loads(content["facts"])
    change(facts, content)
    checkpoint.write(path, {**content, "facts": json.dumps(facts)})
    return path


def of(part: str, name: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """A change of one array."""
    return lambda facts, content: content[part].update({name: change(content[part][name])})


def of_facts(**wrong: object) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda facts, content: facts.update(wrong)


def of_sizes(**wrong: object) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda facts, content: facts["sizes"].update(wrong)


def of_counts(**wrong: object) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda facts, content: facts["counts"].update(wrong)


WRONG = {
    "NaN in the weights": of("network", "1", lambda array: array * np.float32("nan")),
    "infinity in the state": of("train", "0", lambda array: array + np.float32("inf")),
    "NaN in EDLAE": of("edlae", "inverse_KxK", lambda array: array * np.float32("nan")),
    "NaN in the biases": of("biases", "0", lambda array: array * np.float32("nan")),
    "fewer biases": of("biases", "1", lambda array: array[:-1]),
    "other weights": of("network", "0", lambda array: array[:, :-1]),
    "whole numbers for weights": of("network", "0", lambda array: array.astype(np.int32)),
    "text for an array": of("arrays", "popularity_M", lambda array: "text"),
    "a movie that is not there": of("matrix", "movie_N", lambda array: array + 10_000),
    "stars out of range": of("matrix", "half_N", lambda array: array + 100),
    "rows out of order": of("matrix", "start_U", lambda array: array[::-1]),
    "a neighbour that is not there": of("residual_knn", "movie_P", lambda array: array - 5),
    "no divisor": of("edlae", "diagonal_K", lambda array: array * 0),
    "a choice model without noise": of("choice", "eps", lambda eps: 0.0),
    "a choice model that turns the order around": of("choice", "k", lambda k: -1.0),
    "a selection that is no number": of("selection", "constant", lambda constant: float("nan")),
    "a selection that raises stars": of("selection", "strength", lambda strength: -0.1),
    "a selection without noise": of("selection", "eps", lambda eps: 0.0),
    "a variance below zero": of("uncertainty", "room", lambda room: -1.0),
    "an interval of infinite width": of("uncertainty", "quantile", lambda quantile: float("inf")),
    "no viewers": of_facts(users=[]),
    "a viewer twice": lambda facts, content: facts["users"].__setitem__(0, facts["users"][1]),
    "trained is text": of_facts(trained="yes"),
    "no tags": of_facts(tags=[]),
    "a million million movies": of_sizes(n_padded=10**12),
    "counts that are lists": of_counts(incremental_steps=[1]),
    "width of the preset": lambda facts, content: facts["config"].update(width=10**9),
    "a million layers": lambda facts, content: facts["config"].update(layers=[1] * 10**6),
    "a network that is not listed": lambda facts, content: facts["config"].update(network="studdy"),
    "NaN in the preset": lambda facts, content: facts["config"].update(dropout=float("nan")),
    "a number past all bounds": lambda facts, content: facts["config"].update(weight_decay=2**63),
    "a seed below zero": of_sizes(seed=-1),
    "no weights": lambda facts, content: content.pop("network"),
    "a list for the matrix": lambda facts, content: content.update(matrix=[1]),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_contents_under_a_true_seal_are_noticed(saved: Path, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(CheckpointDamaged, match="train again"):
        Recommender.load(other(saved, WRONG[wrong], tmp_path / "wrong.ckpt"))


@pytest.mark.parametrize("payload", [b"", b"\xc1", b"\x01", b"\x91\x01", b"\x81\xa1a", b"\xc7\x03\x01\x93\x01\x02"])
def test_garbage_under_a_true_seal_is_noticed(tmp_path: Path, payload: bytes) -> None:
    seal = hashlib.sha256(payload).hexdigest().encode()
    (tmp_path / "wrong.ckpt").write_bytes(b"matinee-checkpoint 1 " + seal + b"\n" + payload)
    with pytest.raises(CheckpointDamaged, match="train again"):
        Recommender.load(tmp_path / "wrong.ckpt")


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
