from __future__ import annotations

import numpy as np

from engine.data.csr import CsrRatings

HALF_BxM = np.array([[0, 7, 1], [0, 0, 0], [10, 0, 0]], np.uint8)


def test_dense_rows_come_back() -> None:
    assert CsrRatings.of_dense(HALF_BxM).dense(4, 5)[:3, :3].tolist() == HALF_BxM.tolist()


def test_rows_are_taken_in_the_order_asked_for() -> None:
    taken = CsrRatings.of_dense(HALF_BxM).take(np.array([2, 0, 2]))
    assert taken.dense(3, 3).tolist() == HALF_BxM[[2, 0, 2]].tolist()


def test_one_viewer_is_a_row() -> None:
    one = CsrRatings.of_one(np.array([1, 2]), np.array([7, 1], np.uint8), 3)
    assert (one.n_rows, one.lengths.tolist()) == (1, [2])
    assert one.dense(1, 3).tolist() == HALF_BxM[:1].tolist()
