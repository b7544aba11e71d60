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
from engine.evaluation.baselines.edlae import EdlaeBaseline
from engine.evaluation.baselines.infinite_ae import InfiniteAE
from engine.evaluation.baselines.item_knn import ItemKNN
from engine.evaluation.baselines.popularity import Popularity
from engine.evaluation.protocol import Maker, Model
from engine.recommender import Recommender, preset_config
from engine.text import suggest
from engine.types import LENSES, Order

BASELINES: dict[str, Callable[[], Model]] = {
    "popularity": Popularity,
    "biases": ShrunkBiases,
    "item-knn": ItemKNN,
    "ease": Ease,
    "edlae": EdlaeBaseline,
    "infinite-ae": InfiniteAE,
}


ORDERS = ("choice", "stars")
"""Orders that a preset's own is compared with: what viewers choose, and predicted stars."""


class PresetTrainer:
    """Trains a preset with what is known of the movies; what is learned on a split is shared by all orders."""

    def __init__(self, preset: str | Config, movies: pd.DataFrame | None, device: str = "auto") -> None:
        self._preset, self._movies, self._device = preset, movies, device
        self.dated = preset_config(preset).temporal_weight > 0
        self._last: tuple[pd.DataFrame, int, Recommender] | None = None

    def __call__(self, train: pd.DataFrame, seed: int) -> Recommender:
        """Trained from scratch, or as it was for the same frame and seed just before."""
        if self._last is None or self._last[0] is not train or self._last[1] != seed:
            self._last = None  # two at once may not fit into memory
            self._last = train, seed, Recommender.fit(train, self._movies, self._preset, seed, self._device)
        return self._last[2]


class PresetModel:
    """A preset of the recommender, as the protocols need it; with an order it is its list in that order alone.

    The recommender holds a part of `train` out by itself, for early stopping: it never sees more than `train`.
    """

    def __init__(self, trainer: PresetTrainer, seed: int, order: str | None = None) -> None:
        self._trainer, self._seed, self._order = trainer, seed, order
        self.dated = trainer.dated

    def fit(self, train: pd.DataFrame) -> None:
        """Train from scratch, unless another order has been measured on the same split."""
        self.recommender = self._trainer(train, self._seed)

    def predict(self, pairs: pd.DataFrame) -> Array | None:
        """Predicted stars of pairs, in order; with the column `at` as they are given at that moment.

        None where an order is given: the stars are those of the preset, whatever orders its list.
        """
        if self._order is not None:
            return None
        return self.recommender.predict(pairs).to_numpy()

    def predict_shown(self, pairs: pd.DataFrame) -> Array | None:
        """Predicted stars as lists show them: corrected for selection. None where an order is given."""
        return None if self._order is not None else self.recommender.predict(pairs, shown=True).to_numpy()

    def interval(self, pairs: pd.DataFrame, *, shown: bool = False) -> tuple[Array, Array] | None:
        """Both ends of intervals of 80 % around predicted stars, or shown ones. None where an order is given."""
        if self._order is not None:
            return None
        found = self.recommender.interval(pairs, shown=shown)
        return found["low"].to_numpy(), found["high"].to_numpy()

    def score(self, histories: pd.DataFrame) -> pd.DataFrame:
        """What orders the lists, users × movies."""
        if self._order in LENSES:
            return self.recommender.score(histories, lens=self._order)
        return self.recommender.score(histories, _order(self._order))


def makers(
    presets: Iterable[str],
    baselines: Iterable[str],
    movies: pd.DataFrame | None,
    device: str,
    orders: Iterable[str] = (),
) -> dict[str, Maker]:
    """Makers of models by name, presets first, each followed by its lists in the orders asked for.

    Raises UnknownPreset, or UsageError for an unknown baseline or order.
    """
    made: dict[str, Maker] = {}
    known = [_known_order(order) for order in orders]
    for given in presets:
        name, trainer = preset(given).name, PresetTrainer(given, movies, device)
        made[name] = partial(PresetModel, trainer)
        made |= {f"{name} ({order})": partial(PresetModel, trainer, order=order) for order in known}
    for name in baselines:
        made[name] = partial(_baseline, _known(name))
    return made


def _known_order(name: str) -> str:
    if name in (*ORDERS, *LENSES):
        return name
    raise UsageError(f"there is no order {name!r} of a list: {suggest(name, (*ORDERS, *LENSES))}")


def _order(name: str | None) -> Order:
    return "choice" if name == "choice" else "stars" if name == "stars" else "relevance"


def _baseline(make: Callable[[], Model], seed: int) -> Model:
    del seed  # every baseline has a closed form
    return make()


def _known(name: str) -> Callable[[], Model]:
    if name in BASELINES:
        return BASELINES[name]
    raise UsageError(f"there is no baseline {name!r}: {suggest(name, BASELINES)}")
