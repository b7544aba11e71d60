"""Checkpoints that earlier versions wrote, of a default preset with a network of width 1: one for each set of names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.inference.model_state import log_counts
from engine.models.choice import ChoiceModel
from engine.recommender import Recommender

PAIRS = pd.DataFrame({"user": [1, 2, 99], "movie": [5, 13, 2]})


@pytest.fixture(params=["with_offsets", "with_relevance"])
def earlier(request: pytest.FixtureRequest) -> Path:
    """A checkpoint named for a word in it that the next version wrote otherwise."""
    return Path(__file__).with_name(f"{request.param}.ckpt")


def test_an_earlier_checkpoint_answers_as_it_did(earlier: Path) -> None:
    rec = Recommender.load(earlier)
    assert rec.tags == {"store_uuid": "abc", "trained_seq": 7}
    assert rec.predict(PAIRS).tolist() == pytest.approx([3.5085969, 3.1731508, 3.4669962], abs=1e-5)
    made = rec.recommend({1: 5.0, 2: 1.0}, n=4, diversity=0.3, order="choice")
    assert made["movie"].tolist() == [9, 4, 5, 11]
    assert made["score"].tolist() == pytest.approx([0.0688146, 0.0052749, 0.0685982, 0.0352425], abs=1e-5)


def test_an_earlier_checkpoint_orders_by_the_slopes_of_no_data(earlier: Path) -> None:
    rec = Recommender.load(earlier)
    assert rec.state.serving.choice == ChoiceModel()
    np.testing.assert_array_equal(rec.state.serving.log_count_M, log_counts(rec.state.matrix, rec.state.n_padded))
    assert np.isfinite(rec.recommend({1: 5.0, 2: 1.0}, n=4)["score"]).all()


def test_an_earlier_checkpoint_learns_on_from_where_it_was(earlier: Path) -> None:
    rec = Recommender.load(earlier)
    rec.learn(pd.DataFrame({"user": [2], "movie": [4], "stars": [0.5]}))
    assert rec.predict(PAIRS).tolist() == pytest.approx([3.4899187, 3.1259067, 3.4659276], abs=1e-5)
    continuation = rec.state.continuation
    assert continuation.monitor_rmse == pytest.approx(1.2684046, abs=1e-5)
    assert (continuation.incremental_steps, continuation.pending_factor_steps) == (2, 1)


def test_an_earlier_checkpoint_keeps_its_configuration(earlier: Path) -> None:
    config = Recommender.load(earlier).state.config
    assert (config.network, config.factors_every, config.edlae, config.edlae_max_movies) == ("implicit", 2, True, 10)
    assert config.preference[-1] == 1.3


def test_an_earlier_checkpoint_is_saved_as_a_new_one(earlier: Path, tmp_path: Path) -> None:
    Recommender.load(earlier).save(tmp_path / "new.ckpt")
    again = Recommender.load(tmp_path / "new.ckpt")
    assert again.predict(PAIRS).tolist() == Recommender.load(earlier).predict(PAIRS).tolist()
