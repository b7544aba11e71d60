"""The preset `best`: several networks in one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.config import preset
from engine.recommender import Recommender
from tests.helpers.made_up import made_up_movies, made_up_ratings

CONFIG = replace(preset("best"), members=2, epochs=12, width=8, held_out=0.1)


@pytest.fixture(scope="module")
def best() -> Recommender:
    return Recommender.fit(made_up_ratings(), made_up_movies(), CONFIG)


def test_an_ensemble_predicts_better_than_the_biases(best: Recommender) -> None:
    ratings = made_up_ratings()
    held_N = best.state.matrix.held_N
    assert 0.05 < held_N.mean() < 0.15
    biases = Recommender.prepare(ratings, preset=CONFIG)
    errors = [
        float(np.sqrt(((rec.predict(ratings[["user", "movie"]]) - ratings["stars"]) ** 2).mean()))
        for rec in (best, biases)
    ]
    assert errors[0] < errors[1] - 0.1


def test_an_ensemble_is_saved_and_learns(best: Recommender, tmp_path: Path) -> None:
    best.save(tmp_path / "model")
    rec = Recommender.load(tmp_path / "model")
    pairs = pd.DataFrame({"user": [1, 2, 999], "movie": [3, 4, 5]})
    assert rec.predict(pairs).tolist() == best.predict(pairs).tolist()
    done = rec.learn(pd.DataFrame({"user": [999] * 6, "movie": [2, 4, 6, 1, 3, 5], "stars": [5.0] * 3 + [1.0] * 3}))
    assert done.event == "done"
    even, odd = rec.predict(pd.DataFrame({"user": [999, 999], "movie": [8, 7]}))
    assert even > odd + 0.3
