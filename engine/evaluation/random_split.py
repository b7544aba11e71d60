"""Random hold-out: a seeded tenth of the ratings is the test, as in the papers on MovieLens 1M."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from engine.errors import NotEnoughData
from engine.evaluation.measure import Metrics
from engine.evaluation.protocol import On, Split

SEEDS = (0, 1, 2)
SHARE = 0.1
METRICS = Metrics(hits=10, intervals=True)


def random_splits(
    ratings: pd.DataFrame, movies: pd.Index, seeds: Iterable[int] = SEEDS, on: On = "test"
) -> Iterator[Split]:
    """One split a seed. On validation a tenth of the training part is measured, and the test is left out of all."""
    for seed in seeds:
        train, test = hold_out(ratings, SHARE, seed)
        if on == "validation":
            train, test = hold_out(train, SHARE, seed)
        yield rating_split(f"seed {seed}", seed, train, test, movies)


def hold_out(ratings: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ratings without a seeded share of them, and that share. Raises NotEnoughData where either would be empty."""
    n = round(share * len(ratings))
    if not 0 < n < len(ratings):
        raise NotEnoughData(f"{len(ratings)} ratings are too few to hold {share:.0%} out: rate more, or import more")
    order = np.random.default_rng(seed).permutation(len(ratings))
    return ratings.iloc[np.sort(order[n:])], ratings.iloc[np.sort(order[:n])]


def rating_split(name: str, seed: int, train: pd.DataFrame, test: pd.DataFrame, movies: pd.Index) -> Split:
    """A split by ratings: the viewers of the test are known by their ratings in train."""
    return Split(name, seed, train, train[train["user"].isin(test["user"])], test, movies)
