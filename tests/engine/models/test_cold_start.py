from __future__ import annotations

import numpy as np
import pandas as pd

from engine.data.features import ItemFeatures
from engine.data.interactions import Vocabulary
from engine.models.cold_start import ColdStart
from engine.recommender import Recommender
from tests.helpers.made_up import N_MOVIES


def cold_start_of(counts: list[int]) -> ColdStart:
    """Four movies: two of kind A, two of kind B."""
    features = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1]])
    return ColdStart.fit(features, np.array(counts))


def test_a_movie_nobody_rated_is_like_its_kind() -> None:
    smoothed = np.array([[5.0, 3.0, 1.0, 1.0]], np.float32)
    cold_start_of([1000, 0, 1000, 1000]).smooth(smoothed, kappa=1.0)
    assert smoothed[0, 1] > 3.8
    np.testing.assert_allclose(smoothed[0, [0, 2, 3]], [5, 1, 1], atol=0.05)


def test_a_much_rated_movie_stays_as_it_is() -> None:
    values = np.array([[5.0, 1.0, 1.0, 5.0]], np.float32)
    cold_start_of([10**6] * 4).smooth(values, 1.0)
    assert values.tolist() == [[5, 1, 1, 5]]


def test_one_viewer_and_many_are_smoothed_alike() -> None:
    value_BxM = np.random.default_rng(0).uniform(0.5, 5, (3, 4)).astype(np.float32)
    alone = [value_BxM[row : row + 1].copy() for row in range(3)]
    cold_start = cold_start_of([5, 0, 5, 1])
    cold_start.smooth(value_BxM, 1.0)
    for row in alone:
        cold_start.smooth(row, 1.0)
    np.testing.assert_allclose(np.concatenate(alone), value_BxM, rtol=1e-6)


def test_padding_is_left_alone() -> None:
    values = np.array([[5.0, 0.0, 1.0, 1.0, 9.0]], np.float32)
    cold_start_of([5, 0, 5, 5]).smooth(values, 1.0)
    assert values[0, 1] != 0
    assert values[0, 4] == 9.0


def test_counts_and_new_movies() -> None:
    cold_start = cold_start_of([5, 0, 5, 5])
    more = cold_start.counted(np.array([1, 5]), np.array([7, 2]), 6)
    assert more.count_M.tolist() == [5, 7, 5, 5, 0, 2]
    assert cold_start.count_M.tolist() == [5, 0, 5, 5]
    smoothed = np.array([[5.0, 5.0, 1.0, 1.0, 0.0, 0.0]], np.float32)
    more.smooth(smoothed, 1.0)
    assert 2 < smoothed[0, 4] < 4  # nothing is known of it: the mean of all


def test_a_new_movie_gets_the_place_of_its_genre(copy: Recommender) -> None:
    """The viewer loves dramas: the new drama is predicted higher and ranked before the new comedy."""
    copy.add_movies(pd.DataFrame({"movie": [900, 901], "genres": ["Drama", "Comedy"], "year": [1990, 1990]}))
    taste = {movie: 5.0 if movie % 2 == 0 else 1.0 for movie in range(1, 21)}
    scores, stars = copy.rank(taste)
    assert stars[N_MOVIES] > stars[N_MOVIES + 1] + 0.3
    assert scores[N_MOVIES] > scores[N_MOVIES + 1]
    why = copy.explain(taste, 900)
    assert why["movie"].iloc[0] % 2 == 0


def test_a_movie_nobody_rated_gets_the_place_of_its_decade() -> None:
    """Nothing but the year is known: the viewer loves what is old."""
    movies, features = Vocabulary(), ItemFeatures()
    movies.add(range(41))
    features.put(movies, [(movie, (), 1931 if movie % 2 else 1994) for movie in range(40)] + [(40, (), 1938)])
    cold_start = ColdStart.fit(features.matrix(41), np.array([50] * 40 + [0]))
    stars_1xM = np.array([[4.5 if movie % 2 else 2.0 for movie in range(40)] + [3.0]], np.float32)
    cold_start.smooth(stars_1xM, kappa=1.0)
    assert stars_1xM[0, 40] > 4
