"""From films to ratings: tastes, then choices, then stars, then times. Every step is seeded and pure.

The idea of the choice model is that of the ratings people know from real services: what a viewer rates is not a random
sample but what they chose to see, so the mere fact of a rating tells of taste (missing not at random; Marlin & Zemel,
"Collaborative prediction and ranking with non-random missing data", RecSys 2009).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.simulation.config import SimulationConfig
from engine.simulation.films import Films, Floats

Ints = NDArray[np.int64]


class SimulatedRatings(NamedTuple):
    """Columns of equal length, sorted by user and time."""

    user_id: Ints
    movie_id: Ints
    half_stars: Ints
    rated_at: Ints


class Viewers(NamedTuple):
    """What is drawn before the first star is given."""

    taste_UxM: Floats
    counts_U: Ints
    chosen_UxM: NDArray[np.bool_]
    level_UxM: Floats
    """Stars that each viewer would give each film on average, on a scale without ends."""
    spread_U: Floats
    """How far each viewer goes from their own mean."""
    whole_U: NDArray[np.bool_]
    """Who never gives half stars."""


def simulate(films: Films, config: SimulationConfig) -> SimulatedRatings:
    """Make the ratings of `config.n_users` viewers over the films; the same config gives the same bits."""
    rng = np.random.default_rng(config.seed)
    viewers = _viewers(films, config, rng)
    user_N, movie_N = np.nonzero(viewers.chosen_UxM)
    half_N = _stars(viewers, user_N, movie_N, config, rng)
    at_N = _times(viewers.counts_U, config, rng)
    order = _shuffle_within_users(user_N, rng)
    movie_N, half_N = movie_N[order], half_N[order]
    at_N = _after_release(at_N, films.released_at_M[movie_N], config, rng)
    by_time = np.lexsort((at_N, user_N))
    return SimulatedRatings(user_N + 1, films.movie_id_M[movie_N[by_time]], half_N[by_time], at_N[by_time])


def expected_stars(films: Films, config: SimulationConfig) -> Floats:
    """The truth (U × M): the stars that `simulate` draws around, held to the scale, without noise or rounding.

    Viewers and films are in the order of their ids; the same config tells of the same viewers as `simulate` makes.
    """
    return np.clip(_viewers(films, config, np.random.default_rng(config.seed)).level_UxM, 0.5, 5.0)


def _viewers(films: Films, config: SimulationConfig, rng: np.random.Generator) -> Viewers:
    taste_UxM = _standardise(_tastes(films, config, rng))
    counts_U = _activity(config, len(films.movie_id_M), rng)
    chosen_UxM = _choices(taste_UxM, films, counts_U, config, rng)
    quality_M = films.acclaim_M + rng.normal(0.0, 0.5, size=len(films.acclaim_M))
    quality_M = (quality_M - quality_M.mean()) / quality_M.std()
    mean_U = config.mean_stars + rng.normal(0.0, config.user_sigma, size=config.n_users)
    spread_U = np.exp(rng.normal(0.0, 0.22, size=config.n_users))
    whole_U = rng.random(config.n_users) < config.whole_star_share
    pull_UxM = config.acclaim_stars * quality_M + config.taste_stars * taste_UxM
    return Viewers(taste_UxM, counts_U, chosen_UxM, mean_U[:, None] + spread_U[:, None] * pull_UxM, spread_U, whole_U)


def _tastes(films: Films, config: SimulationConfig, rng: np.random.Generator) -> Floats:
    """Taste of each viewer for each film: archetypes in twos, a part of their own, hidden title factors."""
    n_films, n_features = films.features_MxF.shape
    films_MxD = np.column_stack([films.features_MxF, 0.5 * rng.normal(size=(n_films, config.n_title_factors))])
    archetypes_AxD = rng.normal(size=(config.n_archetypes, n_features + config.n_title_factors))
    mix_UxA = np.zeros((config.n_users, config.n_archetypes))
    rows = np.arange(config.n_users)
    first = rng.beta(4, 2, size=config.n_users)
    mix_UxA[rows, rng.integers(config.n_archetypes, size=config.n_users)] += first
    mix_UxA[rows, rng.integers(config.n_archetypes, size=config.n_users)] += 1 - first
    own_UxD = rng.normal(size=(config.n_users, archetypes_AxD.shape[1]))
    users_UxD = (1 - config.own_taste) * mix_UxA @ archetypes_AxD + config.own_taste * own_UxD
    return users_UxD @ films_MxD.T


def _standardise(x_UxM: Floats) -> Floats:
    """Mean 0 per film, so that a film's level is its acclaim alone; standard deviation 1 over all."""
    centred = x_UxM - x_UxM.mean(axis=0)
    taste_UxM: Floats = centred / centred.std()
    return taste_UxM


def _activity(config: SimulationConfig, n_films: int, rng: np.random.Generator) -> Ints:
    """Ratings a viewer: a floor plus a log-normal part, scaled so that the total is met exactly."""
    weight_U = np.exp(rng.normal(0.0, config.activity_sigma, size=config.n_users))
    ceiling = int(0.7 * n_films) - config.min_ratings
    room = config.n_ratings - config.min_ratings * config.n_users
    extra_U = np.floor(np.minimum(weight_U / weight_U.sum() * room, ceiling)).astype(int)
    while (short := room - int(extra_U.sum())) > 0:
        open_U = np.flatnonzero(extra_U < ceiling)
        extra_U[rng.choice(open_U, size=min(short, len(open_U)), replace=False)] += 1
    counts_U: Ints = extra_U + config.min_ratings
    return counts_U


def _choices(
    taste_UxM: Floats, films: Films, counts_U: Ints, config: SimulationConfig, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which films each viewer rates: the top of attraction plus Gumbel noise (sampling without replacement)."""
    appeal_M = rng.normal(0.0, 0.55, size=len(films.movie_id_M))
    draw_M = config.popularity_power * films.fame_M + appeal_M
    attraction_UxM = draw_M + config.choice_strength * taste_UxM + rng.gumbel(size=taste_UxM.shape)
    rank_UxM = np.argsort(np.argsort(-attraction_UxM, axis=1), axis=1)
    return rank_UxM < counts_U[:, None]


def _stars(viewers: Viewers, user_N: Ints, movie_N: Ints, config: SimulationConfig, rng: np.random.Generator) -> Ints:
    """Half stars 1 to 10 of the chosen pairs, by each viewer's own mean, spread and habit of rounding."""
    noise_N = config.noise_stars * rng.normal(size=len(user_N))
    stars_N = viewers.level_UxM[user_N, movie_N] + viewers.spread_U[user_N] * noise_N
    step_N = np.where(viewers.whole_U[user_N], 2, 1)
    half_N = np.round(2 * stars_N / step_N) * step_N
    clipped_N: Ints = np.clip(half_N, step_N, 10).astype(np.int64)
    return clipped_N


def _times(counts_U: Ints, config: SimulationConfig, rng: np.random.Generator) -> Ints:
    """Ascending times within each viewer: evenings with minutes between ratings, days or weeks between evenings."""
    times = []
    for count in counts_U.tolist():
        start = rng.integers(config.first_day, config.last_day - 200 * 86_400)
        new_evening = rng.random(count) < 0.12
        gap = np.where(new_evening, rng.exponential(6 * 86_400, count), rng.exponential(150, count) + 5)
        at = start + np.cumsum(gap).astype(np.int64)
        overshoot = max(int(at[-1]) - config.last_day, 0)
        times.append(at - overshoot)
    return np.concatenate(times)


def _after_release(at_N: Ints, released_N: Ints, config: SimulationConfig, rng: np.random.Generator) -> Ints:
    """A film that was not out yet is rated later, in the months after its release."""
    later_N = released_N + rng.integers(86_400, config.last_day - released_N.max(), size=len(at_N))
    return np.where(at_N < released_N, later_N, at_N)


def _shuffle_within_users(user_N: Ints, rng: np.random.Generator) -> Ints:
    """A random order of the rows that keeps each viewer's rows together."""
    return np.lexsort((rng.random(len(user_N)), user_N))
