"""The taste start: who is asked, what they answer, and what their lists are worth, by hand; and a small run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.config import preset
from engine.evaluation import taste
from engine.evaluation.models import PresetModel, PresetTrainer
from engine.evaluation.taste import Newcomers
from engine.simulation.config import SimulationConfig
from engine.simulation.worlds import shipped_world

PERSONS, MOVIES = pd.Index(["a", "b"]), pd.Index([10, 11, 12, 13, 14, 15, 16])
STARS = np.array([[5, 0, 3, 4, 0, 0, 0], [0, 2, 0, 0, 0, 0, 1.0]])
TRUTH = np.array([[5, 1, 2, 3, 4, 4, 4], [1, 2, 3, 4, 5, 5, 5.0]])
NEW = Newcomers(PERSONS, MOVIES, STARS, TRUTH)
ORDER = np.array([3, 1, 0, 6, 2, 5, 4])


def test_who_knows_a_movie_answers_until_it_is_enough() -> None:
    assert NEW.answered(ORDER, 2).astype(int).tolist() == [[1, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0, 1]]
    assert NEW.answered(ORDER[:2], 2).astype(int).tolist() == [[0, 0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0]]
    assert NEW.asked(ORDER, 2).tolist() == [3, 4]
    assert NEW.asked(ORDER, 3).tolist() == [5, 7]  # b never gives three
    histories = NEW.histories(NEW.answered(ORDER, 1))
    assert histories.to_numpy().tolist() == [["a", 13, 4.0], ["b", 11, 2.0]]


def test_lists_hold_what_was_not_answered() -> None:
    score_UxM = np.tile(-np.arange(7.0), (2, 1))
    answered_UxM = NEW.answered(ORDER, 2)
    worth = NEW.worth(score_UxM, answered_UxM)
    assert worth.part_U.tolist() == [(1 + 2 + 4 + 4 + 4) / 5, (1 + 3 + 4 + 5 + 5) / 5]


def test_a_small_world_is_measured_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taste, "NEW_VIEWERS", 12)
    world = shipped_world((5,), SimulationConfig(n_users=60, n_ratings=2_400, min_ratings=14))
    (split,) = world.splits
    new, train = Newcomers.of(split)
    assert len(new.persons) == 12
    assert not train["user"].isin(new.persons).any()
    assert (new.stars_UxM > 0).sum() == len(split.train) - len(train)
    trainer = PresetTrainer(preset("default"), world.movies, "cpu")
    results = list(taste.measure(PresetModel(trainer, 5), split, world.movies))
    assert [result.model for result in results] == [*taste.WAYS, taste.UNASKED]
    lists = {"stars@5_3", "stars@5_6", "stars@5_12", "stars@5_dozen"}
    assert set(results[0].metrics) == lists | {"answered", "asked_12"}
    assert set(results[-1].metrics) == lists
    *known, random = [result.metrics["answered"] for result in results[:-1]]
    assert random < min(known)  # what chance names hardly anybody knows
