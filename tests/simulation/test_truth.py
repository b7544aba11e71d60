"""What the generators tell of their viewers: expected stars, and that the two are of different shapes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.paths import fixtures
from engine.simulation.config import SimulationConfig
from engine.simulation.films import Films, read_films
from engine.simulation.ratings import expected_stars, simulate
from engine.simulation.social import SocialConfig, SocialWorld, simulate_social

SMALL = SimulationConfig(n_users=60, n_ratings=1_500, min_ratings=10)
SOCIAL = SocialConfig(n_users=120, n_movies=200, n_ratings=3_000, min_ratings=10, n_circles=6)


@pytest.fixture(scope="module")
def films() -> Films:
    return read_films(fixtures())


@pytest.fixture(scope="module")
def world() -> SocialWorld:
    return simulate_social(SOCIAL)


def test_without_noise_the_ratings_are_the_expected_stars_rounded(films: Films) -> None:
    config = replace(SMALL, noise_stars=0.0, whole_star_share=0.0)
    ratings, truth_UxM = simulate(films, config), expected_stars(films, config)
    told_N = truth_UxM[ratings.user_id - 1, np.searchsorted(films.movie_id_M, ratings.movie_id)]
    assert np.abs(ratings.half_stars / 2 - told_N).max() <= 0.25 + 1e-9


def test_the_noise_is_around_the_expected_stars(films: Films) -> None:
    ratings, truth_UxM = simulate(films, SMALL), expected_stars(films, SMALL)
    error_N = ratings.half_stars / 2 - truth_UxM[ratings.user_id - 1, ratings.movie_id - 1]
    assert abs(error_N.mean()) < 0.1
    assert error_N.std() == pytest.approx(SMALL.noise_stars, abs=0.15)


def test_expected_stars_are_of_the_seed(films: Films) -> None:
    assert np.array_equal(expected_stars(films, SMALL), expected_stars(films, SMALL))
    assert not np.allclose(expected_stars(films, SMALL), expected_stars(films, replace(SMALL, seed=2)))


def test_social_ratings_are_whole_stars_around_the_truth(world: SocialWorld) -> None:
    ratings = world.ratings
    assert set(np.unique(ratings.half_stars)) <= {2, 4, 6, 8, 10}
    error_N = ratings.half_stars / 2 - world.truth_UxM[ratings.user_id - 1, ratings.movie_id - 1]
    assert abs(error_N.mean()) < 0.1
    assert error_N.std() == pytest.approx(SOCIAL.noise_stars, abs=0.15)


def test_a_social_viewer_rates_a_movie_once_and_in_order_of_time(world: SocialWorld) -> None:
    ratings = world.ratings
    pairs = set(zip(ratings.user_id.tolist(), ratings.movie_id.tolist(), strict=True))
    assert len(pairs) == len(ratings.user_id)
    same_user = ratings.user_id[1:] == ratings.user_id[:-1]
    assert (np.diff(ratings.rated_at)[same_user] >= 0).all()
    counts = np.bincount(ratings.user_id)[1:]
    assert counts.min() >= SOCIAL.min_ratings
    assert counts.sum() == pytest.approx(SOCIAL.n_ratings, rel=0.05)


def test_the_social_seed_makes_the_world(world: SocialWorld) -> None:
    again, other = simulate_social(SOCIAL), simulate_social(replace(SOCIAL, seed=SOCIAL.seed + 1))
    assert all(np.array_equal(mine, its) for mine, its in zip(world.ratings, again.ratings, strict=True))
    assert not np.allclose(world.truth_UxM, other.truth_UxM)


def test_what_friends_watch_comes_to_a_viewer() -> None:
    """With circles that pull, viewers of one circle share more movies than viewers of two."""
    drawn = replace(SOCIAL, choice_strength=0.0, crowd_power=0.0)
    assert _alike(simulate_social(replace(drawn, circle_power=2.0))) > 1.5 * _alike(simulate_social(drawn))


def _alike(world: SocialWorld) -> float:
    """How far two viewers' overlaps differ from each other: zero where all movies come to all alike."""
    seen_UxM = np.zeros(world.truth_UxM.shape)
    seen_UxM[world.ratings.user_id - 1, world.ratings.movie_id - 1] = 1
    overlap_UxU = np.corrcoef(seen_UxM)[np.triu_indices(len(seen_UxM), 1)]
    return float(overlap_UxU.std())


def test_viewers_choose_less_by_taste_than_those_of_the_ratings_that_ship(films: Films, world: SocialWorld) -> None:
    """The gap between the truth of what was rated and of all movies, in standard deviations of a viewer's stars."""
    shipped = SimulationConfig(n_users=300, n_ratings=12_000)
    of_shipped = _choice_gap(
        simulate(films, shipped).user_id, simulate(films, shipped).movie_id, expected_stars(films, shipped)
    )
    assert _choice_gap(world.ratings.user_id, world.ratings.movie_id, world.truth_UxM) < 0.7 * of_shipped


def _choice_gap(user_R: np.ndarray, movie_R: np.ndarray, truth_UxM: np.ndarray) -> float:
    above_UxM = truth_UxM - truth_UxM.mean(axis=1, keepdims=True)
    return float(above_UxM[user_R - 1, movie_R - 1].mean() / above_UxM.std())
