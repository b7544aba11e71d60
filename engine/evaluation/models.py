"""The models that can be measured, by name: presets of the recommender and baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import pandas as pd

from engine.config import Config, preset
from engine.data.arrays import Array
from engine.errors import UsageError
from engine.evaluation.baselines.biases import ShrunkBiases
from engine.evaluation.baselines.ease import Ease
from engine.evaluation.baselines.edlae import Edlae
from engine.evaluation.baselines.infinite_ae import InfiniteAE
from engine.evaluation.baselines.item_knn import ItemKNN
from engine.evaluation.baselines.popularity import Popularity
from engine.evaluation.protocol import Maker, Model
from engine.recommender import Recommender, preset_config
from engine.text import suggest

BASELINES: dict[str, Callable[[], Model]] = {
    "popularity": Popularity,
    "biases": ShrunkBiases,
    "item-knn": ItemKNN,
    "ease": Ease,
    "edlae": Edlae,
    "infinite-ae": InfiniteAE,
}


class PresetModel:
    """A preset of the recommender, as the protocols need it.

    The recommender holds a part of `train` out by itself, for early stopping: it never sees more than `train`.
    """

    def __init__(self, preset: str | Config, movies: pd.DataFrame, seed: int, device: str = "auto") -> None:
        self._preset, self._movies, self._seed, self._device = preset, movies, seed, device
        self.dated = preset_config(preset).temporal_weight > 0

    def fit(self, train: pd.DataFrame) -> None:
        """Train from scratch."""
        self.recommender = Recommender.fit(train, self._movies, self._preset, self._seed, self._device)

    def predict(self, pairs: pd.DataFrame) -> Array:
        """Predicted stars of pairs, in order; with the column `at` as they are given at that moment."""
        return self.recommender.predict(pairs).to_numpy()

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Ranking scores, users × movies."""
        return self.recommender.score(histories)


def makers(presets: Iterable[str], baselines: Iterable[str], movies: pd.DataFrame, device: str) -> dict[str, Maker]:
    """Makers of models by name, presets first. Raises UnknownPreset, or UsageError for an unknown baseline."""
    made: dict[str, Maker] = {}
    for name in presets:
        made[preset(name).name] = partial(_preset_model, name, movies, device)
    for name in baselines:
        made[name] = partial(_baseline, _known(name))
    return made


def _preset_model(name: str, movies: pd.DataFrame, device: str, seed: int) -> Model:
    return PresetModel(name, movies, seed, device)


def _baseline(make: Callable[[], Model], seed: int) -> Model:
    del seed  # every baseline has a closed form
    return make()


def _known(name: str) -> Callable[[], Model]:
    if name in BASELINES:
        return BASELINES[name]
    raise UsageError(f"there is no baseline {name!r}: {suggest(name, BASELINES)}")
