"""What every protocol is made of: splits, models and results. A protocol is pure: it turns ratings into splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import pandas as pd

from engine.data.arrays import Array
from engine.evaluation.persons import Figures

On = Literal["test", "validation"]
"""Which part is measured. Models are chosen on validation; the test is for the figures that are told."""


class Model(Protocol):
    """What the protocols need of a model; ids of users and movies are of any hashable type."""

    dated: bool
    """Whether it predicts otherwise where it is told when a rating was given."""

    def fit(self, train: pd.DataFrame) -> None:
        """Learn from ratings (columns user, movie, stars, at)."""

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        """Predicted stars of pairs (columns user, movie[, at]), in order, or None where the model only ranks.

        Users and movies need not be known; never NaN.
        """

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Ranking scores, users × movies, of users given by their ratings (columns user, movie, stars) alone."""


@runtime_checkable
class Recommending(Protocol):
    """What a model may tell besides; of the models here the presets do."""

    def predict_shown(self, pairs: pd.DataFrame) -> Array | None:
        """Stars of pairs as lists show them, for movies that a user did not choose; None where the model only ranks."""

    def interval(self, pairs: pd.DataFrame, *, shown: bool = False) -> tuple[Array, Array] | None:
        """Both ends of intervals around predicted stars, or around those that are shown."""


Maker = Callable[[int], Model]
"""Makes an untrained model from a seed."""


@dataclass(frozen=True, eq=False)
class Split:
    """One division of the ratings."""

    name: str
    seed: int
    """Seeds the models that are trained on it."""
    train: pd.DataFrame
    """All that a model learns from: user, movie, stars, at."""
    histories: pd.DataFrame
    """What a model may know of the viewers whose lists are measured."""
    targets: pd.DataFrame
    """The ratings to predict."""
    movies: pd.Index
    """The movies that a list may hold."""


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model on one split."""

    split: str
    seed: int
    model: str
    metrics: dict[str, float]
    """By name; a model that predicts no stars has no RMSE."""
    fit_seconds: float
    measure_seconds: float
    figures: Figures = field(default_factory=dict, repr=False)
    """The metrics person by person, where they are of persons."""
