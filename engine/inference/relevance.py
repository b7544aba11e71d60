"""Relevance, which orders lists: how likely a viewer chooses a movie that they know of, times how much they'd like it.

    R = k [lens log(max(S, 0) + eps) - keep log(n + 50)] + p P + log softplus(P - 2.5)

S is the choice score, P the predicted stars, n the movie's ratings; k, p and eps are those of `engine.models.choice`.
It is the logarithm of an expected utility, which has no unit. The chance of a choice follows `S^k exp(p P)`; a part of
it is that people know the movie already, which the list brings about itself for any movie it names, so n takes some of
it back. The utility is stars above 2.5, by a softplus of a quarter star. Held-out ratings alone reward the choice,
since nobody rates what they didn't choose (Marlin & Zemel, RecSys 2009; Schnabel et al., ICML 2016): a list by S is
right about what is watched, not about what is loved.

The lens says how much the choice counts: 4, 2, 1, 1/2, 1/4 from familiar to loved. `keep` is 0.2 √lens above the
middle, and 0.2 lens below it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.data.arrays import Array
from engine.models.choice import ChoiceModel, log_score
from engine.types import MIDDLE

_LENS = (4.0, 2.0, 1.0, 0.5, 0.25)
_KEEP = 0.2
_WORTHLESS = np.float32(2.5)
"""Stars that are worth nothing."""
_SOFT = np.float32(0.25)


def relevance(score_X: Array, stars_X: Array, log_count_X: Array, choice: ChoiceModel, lens: int = MIDDLE) -> Array:
    """Relevance from choice scores, predicted stars and `choice.log_count` of movies."""
    part_X: Array = choice_part(score_X, choice, lens)
    relevance_X: Array = part_X - np.float32(slopes(choice, lens).fame) * log_count_X
    relevance_X += stars_part(stars_X, choice)
    return relevance_X


class Slopes(NamedTuple):
    """What the terms of relevance are multiplied by."""

    choice: float
    """The logarithm of the choice score."""
    fame: float
    """The logarithm of how well known a movie is; taken off."""
    stars: float
    """Predicted stars, beside their utility."""


def slopes(choice: ChoiceModel, lens: int) -> Slopes:
    """The slopes of one lens."""
    strength = _LENS[lens]
    keep = _KEEP * (strength**0.5 if strength > 1 else strength)
    return Slopes(choice.k * strength, choice.k * keep, choice.p)


def choice_part(score_X: Array, choice: ChoiceModel, lens: int) -> Array:
    """What the choice score gives to relevance."""
    part_X: Array = np.float32(choice.k * _LENS[lens]) * log_score(score_X, choice.eps)
    return part_X


def stars_part(stars_X: Array, choice: ChoiceModel) -> Array:
    """What predicted stars give to relevance: their part in the choice, and the utility."""
    utility_X = _SOFT * np.logaddexp(np.float32(0), (stars_X - _WORTHLESS) / _SOFT)
    part_X: Array = np.float32(choice.p) * stars_X + np.log(utility_X)
    return part_X
