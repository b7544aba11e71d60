"""The generator's settings, each default written once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """What the simulated viewers are like.

    The defaults were tuned until the shape of the ratings came near MovieLens 100K (README, "The ratings that ship").
    """

    seed: int = 1895
    n_users: int = 1_500
    n_ratings: int = 120_000
    """Total, met exactly."""
    min_ratings: int = 18
    """The least ratings a viewer has; MovieLens 100K keeps viewers of 20 and more."""
    activity_sigma: float = 1.25
    """Standard deviation of log activity: how unequal viewers are in the number of their ratings."""
    n_archetypes: int = 12
    """Kinds of viewer; each viewer mixes two of them with a part of their own."""
    own_taste: float = 0.36
    """Part of a viewer's taste that no archetype has."""
    n_title_factors: int = 6
    """Hidden dimensions in which single titles differ beyond genre, era and tone."""
    popularity_power: float = 1.3
    """How strongly fame draws viewers; larger makes the long tail longer."""
    choice_strength: float = 0.75
    """How strongly viewers choose what they expect to like."""
    mean_stars: float = 3.04
    """Mean of the scale before a viewer chooses; choosing raises what is seen."""
    user_sigma: float = 0.38
    """Standard deviation of the viewers' own means, stars."""
    acclaim_stars: float = 0.46
    """Stars that one standard deviation of acclaim adds."""
    taste_stars: float = 0.71
    """Stars that one standard deviation of taste adds."""
    noise_stars: float = 0.76
    """Standard deviation of what no model can know, stars."""
    whole_star_share: float = 0.45
    """Part of the viewers who never give half stars."""
    first_day: int = 1_577_836_800
    """2020-01-01, epoch seconds UTC."""
    last_day: int = 1_767_225_600
    """2026-01-01, epoch seconds UTC."""
