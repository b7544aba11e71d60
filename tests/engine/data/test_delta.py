from __future__ import annotations

import numpy as np

from engine.data.delta import RatingDelta
from tests.helpers.matrices import matrix_of


def test_a_delta_holds_all_training_cells_of_its_viewers_on_both_sides() -> None:
    before = matrix_of(np.array([[2, 0, 4], [0, 6, 0]]), np.array([[False, False, True], [False, False, False]]))
    after = matrix_of(np.array([[2, 3, 0], [0, 6, 0], [0, 0, 9]]))
    delta = RatingDelta.between(before, after, np.array([0, 2]))
    assert delta.viewer_N.tolist() == [0, 0, 1]
    assert delta.movie_N.tolist() == [0, 1, 2]
    assert delta.old_half_N.tolist() == [2, 0, 0]
    assert delta.new_half_N.tolist() == [2, 3, 9]
