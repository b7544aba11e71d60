from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.interactions import Ids, RatingMatrix, Triples, half_stars, read_ratings
from engine.errors import BadStars


def undated(user_N: np.ndarray, movie_N: np.ndarray, half_N: np.ndarray) -> Triples:
    return Triples(user_N, movie_N, half_N, np.full(len(user_N), np.nan))


def matrix_of(half_UxM: np.ndarray, held_UxM: np.ndarray | None = None) -> RatingMatrix:
    user_N, movie_N = np.nonzero(half_UxM)
    held_N = np.zeros(len(user_N), bool) if held_UxM is None else held_UxM[user_N, movie_N]
    return RatingMatrix.build(undated(user_N, movie_N, half_UxM[user_N, movie_N]), held_N, *half_UxM.shape)


def test_a_frame_becomes_the_users_by_movies_matrix_with_0_where_there_is_no_rating() -> None:
    frame = pd.DataFrame({"user": ["ana", "bo", "ana"], "movie": [7, 7, 9], "stars": [5.0, 0.5, 3.5]})
    users, movies = Ids(), Ids()
    triples = read_ratings(frame, users, movies)
    matrix = RatingMatrix.build(triples, np.zeros(3, bool), len(users), len(movies))
    assert (users.list, movies.list) == (["ana", "bo"], [7, 9])
    assert matrix.dense(np.array([0, 1]), 4).tolist() == [[10, 7, 0, 0], [1, 0, 0, 0]]


def test_the_latest_rating_of_a_movie_counts() -> None:
    frame = pd.DataFrame({"user": [1, 1, 1], "movie": [5, 5, 6], "stars": [2.0, 4.0, 1.0], "at": [200, 100, 1]})
    triples = read_ratings(frame, Ids(), Ids([5, 6]))
    assert sorted(zip(triples.movie_N.tolist(), triples.half_N.tolist(), strict=True)) == [(0, 4), (1, 2)]
    without_time = read_ratings(frame.drop(columns="at"), Ids(), Ids([5, 6]))
    assert sorted(zip(without_time.movie_N.tolist(), without_time.half_N.tolist(), strict=True)) == [(0, 8), (1, 2)]


@pytest.mark.parametrize("at", [[100.0, np.nan], pd.to_datetime(["2024-01-01", None])])
def test_a_dated_rating_counts_before_an_undated_one(at: object) -> None:
    frame = pd.DataFrame({"user": [1, 1], "movie": [5, 5], "stars": [2.0, 4.0], "at": at})
    for rows in (frame, frame[::-1]):
        assert read_ratings(rows, Ids(), Ids()).half_N.tolist() == [4]


@pytest.mark.parametrize("stars", [0.25, 5.5, -1.0, 3.3])
def test_stars_off_the_half_steps_are_refused(stars: float) -> None:
    with pytest.raises(BadStars, match="half steps"):
        half_stars(np.array([3.0, stars]))


def test_nothing_and_nan_are_ratings_taken_back() -> None:
    assert half_stars(np.array([0.0, np.nan, 0.5, 5.0])).tolist() == [0, 0, 1, 10]


def test_held_out_cells_are_no_training_cells() -> None:
    matrix = matrix_of(np.array([[2, 4, 0], [0, 6, 8]]), np.array([[True, False, False], [False, False, True]]))
    assert matrix.dense(np.array([0, 1]), 3).tolist() == [[0, 4, 0], [0, 6, 0]]
    rows, movies, half = matrix.held_cells(np.array([1, 0]))
    assert (rows.tolist(), movies.tolist(), half.tolist()) == ([0, 1], [2, 0], [8, 2])
    assert matrix.train_counts().tolist() == [1, 1]


CELLS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(0, 10)), max_size=12)


@given(before=CELLS, news=CELLS)
def test_upsert_is_writing_cells(before: list[tuple[int, int, int]], news: list[tuple[int, int, int]]) -> None:
    half_UxM = np.zeros((7, 6), np.uint8)
    for user, movie, half in before:
        half_UxM[user, movie] = half
    old = matrix_of(half_UxM[:4, :3])
    half_UxM[4:], half_UxM[:, 3:] = 0, 0
    last = {(user, movie): half for user, movie, half in news}
    for (user, movie), half in last.items():
        half_UxM[user, movie] = half
    columns = np.array([(*cell, half) for cell, half in last.items()], np.int64).reshape(-1, 3).T
    new = old.upsert(undated(columns[0], columns[1], columns[2].astype(np.uint8)), 7, 6)
    assert np.array_equal(new.dense(np.arange(7), 6), half_UxM)
    assert new.n_ratings == np.count_nonzero(half_UxM)
    assert all(np.all(np.diff(new.row(user)[0]) > 0) for user in range(7))


def test_a_changed_held_out_rating_becomes_a_training_rating() -> None:
    matrix = matrix_of(np.array([[2, 4]]), np.array([[True, False]]))
    new = matrix.upsert(undated(np.array([0]), np.array([0]), np.array([9], np.uint8)), 1, 2)
    assert new.dense(np.array([0]), 2).tolist() == [[9, 4]]
