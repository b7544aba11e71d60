"""Stable hold-out: the test is a fifth of the ratings, chosen by a hash of seed, viewer and movie.

A rating stays on its side when others come, so the same database can be measured again as it grows. Models make their
own validation part of the other ratings by another hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.data.interactions import Vocabulary, read_ratings
from engine.data.split import held_out
from engine.errors import NotEnoughData
from engine.evaluation.measure import Metrics
from engine.evaluation.protocol import On, Split
from engine.evaluation.random_split import SHARE, hold_out, rating_split

SEEDS = (0,)
BASELINES = ("popularity", "biases")
"""What a model is compared with unless others are asked for: they cost nothing."""
METRICS = Metrics(recall=(), listed=None, intervals=True)
TEST_SHARE = 0.2
_SALT = 7_919
"""Added to the seed, so that the test is not the validation part of a model with the same seed."""


def holdout_splits(
    ratings: pd.DataFrame, movies: pd.Index, seeds: Iterable[int] = SEEDS, on: On = "test"
) -> Iterator[Split]:
    """One split a seed. On validation a random tenth of the training part is measured, and the test is left out.

    Raises NotEnoughData where a part would be empty.
    """
    for seed in seeds:
        test_N = _is_test(ratings, seed)
        if test_N.all() or not test_N.any():
            raise NotEnoughData("there are too few ratings to hold some out; rate more movies or import a data set")
        train, test = ratings.iloc[np.flatnonzero(~test_N)], ratings.iloc[np.flatnonzero(test_N)]
        if on == "validation":
            train, test = hold_out(train, SHARE, seed)
        yield rating_split(f"seed {seed}", seed, train, test, movies)


def _is_test(ratings: pd.DataFrame, seed: int) -> Array:
    users, movies = Vocabulary(), Vocabulary()
    triples = read_ratings(ratings.drop(columns="at", errors="ignore"), users, movies)
    return held_out(triples, users, movies, TEST_SHARE, seed + _SALT)
