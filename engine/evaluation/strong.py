"""Strong generalisation (Liang et al., WWW 2018): lists for viewers whom no training saw.

A positive is a rating of four stars or more. Of the viewers with at least five positives 500 validate and 500 test,
drawn by a seeded permutation; the others train, with all their stars. Of each held-out viewer a seeded fifth of the
positives are the targets, the other positives the history. Movies without a positive in training are dropped.

The draws follow the authors' published code (numpy's legacy generator, one permutation of the viewers in order of id,
the test at its end, the generator seeded anew for the targets), so that a seed means what it means there. Their code
takes a viewer's movies in the order of the file, this one in the order in which they were rated, so the order of the
rows does not matter. (EASE with λ 800 comes to NDCG@100 .4185 on MovieLens 1M; with the movies in order of id, other
draws of the same kind, to .4142: such draws differ by as much as models do.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.data.arrays import Array
from engine.errors import NotEnoughData
from engine.evaluation.measure import Metrics
from engine.evaluation.protocol import On, Split
from engine.metrics import POSITIVE

SEEDS = (98765, 1, 2, 3)
METRICS = Metrics(stars=False, ndcg=(100, 10), recall=(20, 50))


@dataclass(frozen=True, slots=True)
class StrongConfig:
    """Sizes of the split."""

    held_out: int = 500
    """Viewers who validate, and as many who test; never more than a tenth of all."""
    least: int = 5
    """Positives that a viewer must have to count."""
    target_share: float = 0.2
    """Share of a held-out viewer's positives that are targets, rounded down."""


def strong_splits(
    ratings: pd.DataFrame, seeds: Iterable[int] = SEEDS, on: On = "test", config: StrongConfig | None = None
) -> Iterator[Split]:
    """One split a seed. Raises NotEnoughData where there are too few viewers to hold some out."""
    for seed in seeds:
        yield _split(ratings, seed, on, config or StrongConfig())


def _split(ratings: pd.DataFrame, seed: int, on: On, config: StrongConfig) -> Split:
    positives = ratings[ratings["stars"] >= POSITIVE].sort_values(["user", "at", "movie"])
    counts = positives["user"].value_counts()
    able = np.sort(counts.index[counts >= config.least].to_numpy())
    n = min(config.held_out, len(able) // 10)
    if not n:
        raise NotEnoughData(f"{len(able)} viewers liked {config.least} movies; 10 are needed to hold one out")
    drawn = able[np.random.RandomState(seed).permutation(len(able))]
    parts: dict[On, Array] = {"validation": drawn[-2 * n : -n], "test": drawn[-n:]}
    train = ratings[ratings["user"].isin(drawn[: -2 * n])]
    movies = pd.Index(positives.loc[positives["user"].isin(drawn[: -2 * n]), "movie"].unique())
    known = positives[positives["user"].isin(parts[on]) & positives["movie"].isin(movies)]
    is_target = _targets(known["user"].to_numpy(), config, np.random.RandomState(seed))
    return Split(f"seed {seed}", seed, train, known[~is_target], known[is_target], movies)


def _targets(user_N: Array, config: StrongConfig, rng: np.random.RandomState) -> Array:
    """Which of some positives, sorted by user, are targets; a user with too few of them left has none."""
    is_target: Array = np.zeros(len(user_N), bool)
    _, starts, counts = np.unique(user_N, return_index=True, return_counts=True)
    for start, count in zip(starts, counts, strict=True):
        if count >= config.least:
            chosen = rng.choice(count, size=int(config.target_share * count), replace=False)
            is_target[start + chosen] = True
    return is_target
