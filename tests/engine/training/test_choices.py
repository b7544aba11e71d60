"""The held-out choices that the choice model is fitted to, and the choice model in a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.data.csr import CsrRatings
from engine.models.choice import ChoiceModel, Choices
from engine.recommender import Recommender
from engine.training import choices
from engine.training.choices import cut, held_out_choices
from engine.training.validation import sample_viewers


def collected(rec: Recommender, seed: int = 0) -> tuple[Choices, float]:
    matrix = rec.state.matrix
    work = held_out_choices(matrix, rec.state.serving, sample_viewers(matrix, 40, 0), seed)
    while True:
        try:
            next(work)
        except StopIteration as ended:
            result: tuple[Choices, float] = ended.value
            return result


def test_a_cut_history_is_a_part_of_the_whole_one() -> None:
    half_BxM = np.random.default_rng(0).integers(0, 11, (30, 50)).astype(np.uint8)
    half_BxM[3] = 0
    half_BxM[4, 1:] = 0
    whole = CsrRatings.of_dense(half_BxM)
    short_BxM = cut(whole, np.random.default_rng(1)).dense(30, 50)
    assert np.isin(short_BxM, (0,)).sum() > np.isin(half_BxM, (0,)).sum()
    kept = short_BxM > 0
    assert np.array_equal(short_BxM[kept], half_BxM[kept])
    length_B = (half_BxM > 0).sum(1)
    assert (kept.sum(1) >= np.minimum(length_B, choices.SHORTEST)).all()


def test_every_held_out_choice_is_there_once_for_each_history(fitted: Recommender) -> None:
    """And nothing that the viewer rated in training."""
    matrix = fitted.state.matrix
    viewers = sample_viewers(matrix, 40, 0)
    found, eps = collected(fitted)
    held = len(matrix.held_cells(viewers)[0])
    assert found.chosen_N.sum() == held * (choices.CUTS + 1)
    unseen = len(viewers) * matrix.n_movies - matrix.train_counts()[viewers].sum()
    assert len(found.chosen_N) == unseen * (choices.CUTS + 1)
    assert found.weight_N.sum() * (choices.CUTS + 1) == len(found.chosen_N) * 1.0
    assert eps > 0


def test_the_same_seed_collects_the_same_choices(fitted: Recommender) -> None:
    for one, other in zip(collected(fitted)[0], collected(fitted)[0], strict=True):
        assert np.array_equal(one, other)


def test_a_full_run_fits_the_choice_model(fitted: Recommender) -> None:
    assert fitted.state.serving.choice != ChoiceModel()


def test_an_incremental_run_keeps_the_choice_model_and_counts_ratings(copy: Recommender) -> None:
    before = copy.state.serving
    movie = copy.movies.index(77)
    copy.learn(pd.DataFrame({"user": [900, 901], "movie": [77, 77], "stars": [5.0, 2.0]}))
    after = copy.state.serving
    assert after.choice == before.choice
    counts = [np.exp(serving.log_count_M[movie].astype(np.float64)) for serving in (before, after)]
    assert counts[1] - counts[0] == pytest.approx(2, abs=1e-3)
    other = np.arange(len(before.log_count_M)) != movie
    assert np.array_equal(after.log_count_M[other], before.log_count_M[other])


def test_a_new_movie_has_no_ratings(copy: Recommender) -> None:
    copy.add_movies(pd.DataFrame({"movie": range(900, 1300)}))
    assert np.isclose(np.exp(copy.state.serving.log_count_M[-1]), 50)
