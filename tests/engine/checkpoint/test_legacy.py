"""A checkpoint that the version before wrote: `earlier.ckpt`, of a default preset with a network of width 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.inference.model_state import log_counts
from engine.models.choice import ChoiceModel
from engine.recommender import Recommender

EARLIER = Path(__file__).with_name("earlier.ckpt")
PAIRS = pd.DataFrame({"user": [1, 2, 99], "movie": [5, 13, 2]})


def test_an_earlier_checkpoint_answers_as_it_did() -> None:
    rec = Recommender.load(EARLIER)
    assert rec.tags == {"store_uuid": "abc", "trained_seq": 7}
    assert rec.predict(PAIRS).tolist() == pytest.approx([3.5085969, 3.1731508, 3.4669962], abs=1e-5)
    made = rec.recommend({1: 5.0, 2: 1.0}, n=4, diversity=0.3, order="choice")
    assert made["movie"].tolist() == [9, 4, 5, 11]
    assert made["score"].tolist() == pytest.approx([0.0688146, 0.0052749, 0.0685982, 0.0352425], abs=1e-5)


def test_an_earlier_checkpoint_orders_by_the_slopes_of_no_data() -> None:
    rec = Recommender.load(EARLIER)
    assert rec.state.serving.choice == ChoiceModel()
    np.testing.assert_array_equal(rec.state.serving.log_count_M, log_counts(rec.state.matrix, rec.state.n_padded))
    assert np.isfinite(rec.recommend({1: 5.0, 2: 1.0}, n=4)["score"]).all()


def test_an_earlier_checkpoint_learns_on_from_where_it_was() -> None:
    rec = Recommender.load(EARLIER)
    rec.learn(pd.DataFrame({"user": [2], "movie": [4], "stars": [0.5]}))
    assert rec.predict(PAIRS).tolist() == pytest.approx([3.4899187, 3.1259067, 3.4659276], abs=1e-5)
    continuation = rec.state.continuation
    assert continuation.monitor_rmse == pytest.approx(1.2684046, abs=1e-5)
    assert (continuation.incremental_steps, continuation.pending_factor_steps) == (2, 1)


def test_an_earlier_checkpoint_keeps_its_configuration() -> None:
    config = Recommender.load(EARLIER).state.config
    assert (config.network, config.factors_every, config.edlae, config.edlae_max_movies) == ("implicit", 2, True, 10)
    assert config.relevance[-1] == 1.3


def test_an_earlier_checkpoint_is_saved_as_a_new_one(tmp_path: Path) -> None:
    Recommender.load(EARLIER).save(tmp_path / "new.ckpt")
    again = Recommender.load(tmp_path / "new.ckpt")
    assert again.predict(PAIRS).tolist() == Recommender.load(EARLIER).predict(PAIRS).tolist()
