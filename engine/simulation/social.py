"""A second generator, of another shape than that of the ratings that ship, so that nobody tunes a list to one of them.

Tastes are continuous: viewers and movies lie in one space of factors, with no archetypes in it. What a viewer rates is
hardly their own choice: movies come to them by what everybody watched so far and by what their circle of friends
watched, round by round, so that fame feeds on itself; of what comes they only lean towards what they expect to like,
and they foresee that badly. Stars are whole, around each viewer's own level. (Chaney, Stewart, Engelhardt: How
algorithmic confounding in recommendation systems increases homogeneity and decreases utility, RecSys 2018.)

Pure and seeded: the same config gives the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.simulation.films import Floats
from engine.simulation.ratings import Ints, SimulatedRatings

GENRES = ("Action", "Comedy", "Crime", "Drama", "Horror", "Musical", "Romance", "War")
"""Each stands for one direction of a factor: two genres a factor, for the strongest factors."""


@dataclass(frozen=True, slots=True)
class SocialConfig:
    """What the viewers of the second generator are like."""

    seed: int = 11
    n_users: int = 1_300
    n_movies: int = 1_000
    n_ratings: int = 70_000
    """Total, met up to rounding; fewer where somebody would rate more than three fifths of the movies."""
    min_ratings: int = 15
    """The least ratings a viewer has."""
    activity_sigma: float = 1.0
    """Standard deviation of log activity."""
    n_factors: int = 12
    """Dimensions of taste, each weaker than the one before."""
    n_circles: int = 15
    """Circles of friends, who are also alike in taste."""
    circle_share: float = 0.3
    """Part of the variance of a viewer's taste that is their circle's."""
    n_rounds: int = 12
    """Times that viewers look at what the others watched before."""
    crowd_power: float = 0.75
    """How strongly a movie comes to everybody by all who watched it; 1 is in proportion to their number."""
    circle_power: float = 0.3
    """How strongly it comes by those of the viewer's circle."""
    fame_sigma: float = 1.2
    """Standard deviation of log fame before anybody watched."""
    choice_strength: float = 0.35
    """Logits of choice that an expected star is worth."""
    foresight_stars: float = 1.0
    """Standard deviation of a viewer's error about what they will like, stars."""
    mean_stars: float = 3.0
    """Mean of the viewers' own levels."""
    user_sigma: float = 0.4
    """Standard deviation of the viewers' own levels, stars."""
    quality_stars: float = 0.3
    """Standard deviation of how good movies are for all, stars."""
    taste_stars: float = 0.7
    """Standard deviation of taste, stars."""
    noise_stars: float = 0.8
    """Standard deviation of what no model can know, stars."""
    first_day: int = 1_577_836_800
    """2020-01-01, epoch seconds UTC."""
    round_seconds: int = 2_592_000
    """A round takes thirty days."""


class SocialWorld(NamedTuple):
    """What one seed makes; ids of viewers and movies count from 1."""

    ratings: SimulatedRatings
    truth_UxM: Floats
    """Expected stars, held to the scale of 1 to 5, without noise or rounding."""
    genres_M: list[str]
    """Two genres a movie (`Drama|War`): the factors in which it stands out, seen through noise."""


class _Tastes(NamedTuple):
    circle_U: Ints
    movies_MxD: Floats
    own_UxM: Floats
    """Stars of taste and quality, which a viewer's level is added to."""
    level_U: Floats


def simulate_social(config: SocialConfig) -> SocialWorld:
    """Make the ratings of `config.n_users` viewers."""
    rng = np.random.default_rng(config.seed)
    tastes = _tastes(config, rng)
    round_UxM = _watched(tastes, _activity(config, rng), config, rng)
    stars_UxM = tastes.level_U[:, None] + tastes.own_UxM
    user_N, movie_N = np.nonzero(round_UxM)
    noise_N = config.noise_stars * rng.normal(size=len(user_N))
    whole_N = np.clip(np.rint(stars_UxM[user_N, movie_N] + noise_N), 1, 5).astype(np.int64)
    at_N = config.first_day + round_UxM[user_N, movie_N] * config.round_seconds
    at_N = at_N + rng.integers(config.round_seconds, size=len(user_N))
    by_time = np.lexsort((at_N, user_N))
    columns = (user_N + 1, movie_N + 1, 2 * whole_N, at_N)
    ratings = SimulatedRatings(*(column[by_time] for column in columns))
    return SocialWorld(ratings, np.clip(stars_UxM, 1, 5), _genres(tastes.movies_MxD, rng))


def _tastes(config: SocialConfig, rng: np.random.Generator) -> _Tastes:
    circle_U = rng.integers(config.n_circles, size=config.n_users)
    shared_AxD = rng.normal(size=(config.n_circles, config.n_factors))
    alone_UxD = rng.normal(size=(config.n_users, config.n_factors))
    users_UxD = np.sqrt(config.circle_share) * shared_AxD[circle_U] + np.sqrt(1 - config.circle_share) * alone_UxD
    movies_MxD = rng.normal(size=(config.n_movies, config.n_factors)) * np.linspace(1.4, 0.5, config.n_factors)
    taste_UxM = users_UxD @ movies_MxD.T
    quality_M = config.quality_stars * rng.normal(size=config.n_movies)
    level_U = config.mean_stars + config.user_sigma * rng.normal(size=config.n_users)
    own_UxM = quality_M + config.taste_stars * taste_UxM / taste_UxM.std()
    return _Tastes(circle_U, movies_MxD, own_UxM, level_U)


def _activity(config: SocialConfig, rng: np.random.Generator) -> Ints:
    """Ratings a viewer: a floor plus a log-normal part."""
    weight_U = np.exp(config.activity_sigma * rng.normal(size=config.n_users))
    room = config.n_ratings - config.min_ratings * config.n_users
    counts_U: Ints = np.minimum(config.min_ratings + weight_U / weight_U.sum() * room, 0.6 * config.n_movies).astype(
        int
    )
    return counts_U


def _watched(tastes: _Tastes, counts_U: Ints, config: SocialConfig, rng: np.random.Generator) -> Ints:
    """The round in which each viewer watched each movie, from 1; 0 for never."""
    fame_M = np.exp(config.fame_sigma * rng.normal(size=config.n_movies))
    foreseen_UxM = tastes.own_UxM + config.foresight_stars * rng.normal(size=tastes.own_UxM.shape)
    lean_UxM = config.choice_strength * foreseen_UxM
    round_UxM: Ints = np.zeros(lean_UxM.shape, np.int64)
    for number in range(1, config.n_rounds + 1):
        seen_UxM = round_UxM > 0
        pull_UxM = lean_UxM + _exposure(seen_UxM, fame_M, tastes.circle_U, config) + rng.gumbel(size=lean_UxM.shape)
        want_U = counts_U * number // config.n_rounds - seen_UxM.sum(axis=1)
        round_UxM[_best(np.where(seen_UxM, -np.inf, pull_UxM), want_U)] = number
    return round_UxM


def _exposure(seen_UxM: NDArray[np.bool_], fame_M: Floats, circle_U: Ints, config: SocialConfig) -> Floats:
    """Logits with which a movie comes to a viewer: by the crowd, and by the viewer's circle."""
    friends_AxM = np.zeros((config.n_circles, config.n_movies))
    np.add.at(friends_AxM, circle_U, seen_UxM)
    crowd_M = config.crowd_power * np.log(fame_M + seen_UxM.sum(axis=0))
    logit_UxM: Floats = crowd_M + config.circle_power * np.log1p(friends_AxM)[circle_U]
    return logit_UxM


def _best(pull_UxM: Floats, want_U: Ints) -> NDArray[np.bool_]:
    """Each viewer's strongest pulls, as many as they want: sampling without replacement, with the Gumbel noise in."""
    rank_UxM = np.argsort(np.argsort(-pull_UxM, axis=1), axis=1)
    return rank_UxM < want_U[:, None]


def _genres(movies_MxD: Floats, rng: np.random.Generator) -> list[str]:
    strongest = movies_MxD[:, : len(GENRES) // 2]
    sign_MxG = np.hstack([strongest, -strongest])
    sign_MxG = sign_MxG + 0.8 * rng.normal(size=sign_MxG.shape)
    best_MxG = np.argsort(-sign_MxG, axis=1)[:, :2]
    return ["|".join(GENRES[genre] for genre in sorted(pair)) for pair in best_MxG.tolist()]
