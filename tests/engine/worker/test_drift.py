"""Drift: when it asks for a full training, and how the new model is judged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.recommender import Recommender
from engine.worker.drift import errors, retraining_is_due


@pytest.mark.parametrize(
    ("drift", "seq", "full_seq", "due"),
    [
        (0.003, 9_000, 0, True),
        (0.001, 9_000, 0, False),
        (0.002, 9_000, 0, False),  # at the limit, not past it
        (None, 9_000, 0, False),
        (-0.1, 9_000, 0, False),
        (0.003, 119, 100, False),  # a small store: twenty ratings
        (0.003, 120, 100, True),
        (0.003, 1_009_999, 1_000_000, False),  # a large one: a hundredth
        (0.003, 1_010_000, 1_000_000, True),
    ],
)
def test_when_drift_asks_for_a_full_training(drift: float | None, seq: int, full_seq: int, due: bool) -> None:
    assert retraining_is_due(drift, 0.002, seq, full_seq) is due


def judged_by_hand(rec: Recommender, judged: set[tuple[object, object]]) -> float:
    """RMSE on these ratings, each predicted by the whole recommender from all others of its viewer."""
    state, squares = rec.state, []
    for user in {user for user, _ in judged}:
        movies, half = state.matrix.row(rec.users.index(user))
        out = np.array([(user, rec.movies.list[movie]) in judged for movie in movies])
        half_1xM = np.zeros((1, state.n_padded), np.uint8)
        half_1xM[0, movies[~out]] = half[~out]
        stars_M = state.serving.stars_of_rows(half_1xM)[0]
        squares += [(float(stars_M[m]) - h / 2) ** 2 for m, h in zip(movies[out], half[out], strict=True)]
    return float(np.sqrt(np.mean(squares)))


def held_out(rec: Recommender) -> set[tuple[object, object]]:
    matrix = rec.state.matrix
    cells = np.flatnonzero(matrix.held_N)
    users = [rec.users.list[user] for user in matrix.user_N[cells]]
    return {(user, rec.movies.list[movie]) for user, movie in zip(users, matrix.movie_N[cells], strict=True)}


def test_both_models_are_judged_by_ratings_that_neither_was_trained_on(
    copy: Recommender, ratings: pd.DataFrame, small: object
) -> None:
    serving = copy
    user, movie = sorted(held_out(serving), key=str)[0]
    serving.learn(pd.DataFrame({"user": [user], "movie": [movie], "stars": [0.5]}))
    assert (user, movie) not in held_out(serving)
    candidate = Recommender.fit(ratings.sample(frac=1, random_state=1), preset=small, epochs=1)  # type: ignore[arg-type]
    judged = held_out(serving) & held_out(candidate)
    assert judged
    assert (user, movie) in held_out(candidate)  # what one of them learned judges neither
    ours, theirs = errors(serving, candidate)
    assert ours == pytest.approx(judged_by_hand(serving, judged), abs=1e-5)
    assert theirs == pytest.approx(judged_by_hand(candidate, judged), abs=1e-5)
    assert theirs > ours
