"""Given folds: the train and test files that a data set brings (MovieLens 100K's u1 to u5), or files of one's own.

Those are pairs NAME.base and NAME.test beside any data set, in the layout of `u.data`: user, movie, stars, seconds,
with tabs between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from engine.evaluation.data import Fold
from engine.evaluation.protocol import On, Split
from engine.evaluation.random_split import SHARE, hold_out, rating_split

SEEDS = (0,)


def fold_splits(
    folds: Iterable[Fold], movies: pd.Index, seeds: Iterable[int] = SEEDS, on: On = "test"
) -> Iterator[Split]:
    """Every fold for every seed. On validation a seeded tenth of the training file is measured, not the test file."""
    for seed in seeds:
        for fold in folds:
            train, test = fold.train, fold.test
            if on == "validation":
                train, test = hold_out(train, SHARE, seed)
            yield rating_split(fold.name, seed, train, test, movies)
