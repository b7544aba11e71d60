from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from engine.data.interactions import Vocabulary, read_ratings
from engine.data.matrix import RatingMatrix
from tests.helpers.matrices import matrix_of, undated


def test_a_frame_becomes_the_users_by_movies_matrix_with_0_where_there_is_no_rating() -> None:
    frame = pd.DataFrame({"user": ["ana", "bo", "ana"], "movie": [7, 7, 9], "stars": [5.0, 0.5, 3.5]})
    users, movies = Vocabulary(), Vocabulary()
    triples = read_ratings(frame, users, movies)
    matrix = RatingMatrix.build(triples, np.zeros(3, bool), len(users), len(movies))
    assert (users.list, movies.list) == (["ana", "bo"], [7, 9])
    assert matrix.dense(np.array([0, 1]), 4).tolist() == [[10, 7, 0, 0], [1, 0, 0, 0]]


def test_held_out_cells_are_no_training_cells() -> None:
    matrix = matrix_of(np.array([[2, 4, 0], [0, 6, 8]]), np.array([[True, False, False], [False, False, True]]))
    assert matrix.dense(np.array([0, 1]), 3).tolist() == [[0, 4, 0], [0, 6, 0]]
    rows, movies, half = matrix.held_cells(np.array([1, 0]))
    assert (rows.tolist(), movies.tolist(), half.tolist()) == ([0, 1], [2, 0], [8, 2])
    assert matrix.train_counts().tolist() == [1, 1]


CELLS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(0, 10)), max_size=12)


@given(before=CELLS, rated=CELLS)
def test_upsert_is_writing_cells(before: list[tuple[int, int, int]], rated: list[tuple[int, int, int]]) -> None:
    half_UxM = np.zeros((7, 6), np.uint8)
    for user, movie, half in before:
        half_UxM[user, movie] = half
    old = matrix_of(half_UxM[:4, :3])
    half_UxM[4:], half_UxM[:, 3:] = 0, 0
    last = {(user, movie): half for user, movie, half in rated}
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


def test_training_rows_are_the_training_cells_of_some_users() -> None:
    matrix = matrix_of(np.array([[2, 4, 0], [0, 6, 8]]), np.array([[True, False, False], [False, False, True]]))
    rows = matrix.training_rows(np.array([1, -1, 0]), 4)
    assert rows.dense(3, 4).tolist() == [[0, 6, 0, 0], [0, 0, 0, 0], [0, 4, 0, 0]]
