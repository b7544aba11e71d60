"""Figures person by person, so that intervals can be drawn over persons, and differences paired by person.

A figure is a quotient of sums over persons, Σ part / Σ whole: a mean where each whole is 1, a share of hits where it is
the person's hits, a root of a mean square where `root` is set. The bootstrap (Efron & Tibshirani: An introduction to
the bootstrap, 1993) draws the persons anew, with replacement, and takes the figure of each drawing. One person counts
as often in all models and on all splits of a drawing, which pairs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.data.arrays import Array

DRAWINGS = 1000
LEVEL = 0.95
"""Part of the drawings that an interval holds, as much left out below as above."""


@dataclass(frozen=True, eq=False)
class ByPerson:
    """One figure, person by person."""

    persons: pd.Index
    """Each person once."""
    part_U: Array
    whole_U: Array
    root: bool = False

    @classmethod
    def mean(cls, persons: pd.Index, value_U: Array) -> ByPerson:
        """A mean over the persons."""
        return cls(persons, np.asarray(value_U, np.float64), np.ones(len(persons)))

    @classmethod
    def over_rows(cls, persons: pd.Series[int], value_N: Array, *, root: bool = False) -> ByPerson:
        """A mean over rows, each of which is of some person."""
        user_N, names = pd.factorize(persons)
        return cls(pd.Index(names), np.bincount(user_N, value_N), np.bincount(user_N).astype(float), root)

    @property
    def value(self) -> float:
        """The figure itself; NaN for nobody."""
        return float(self.drawn(np.ones((1, len(self.persons))))[0])

    def drawn(self, weight_ZxU: Array) -> Array:
        """The figure of each drawing, in which each person counts so many times."""
        whole_Z = weight_ZxU @ self.whole_U
        mean_Z = np.full(len(whole_Z), np.nan)
        np.divide(weight_ZxU @ self.part_U, whole_Z, out=mean_Z, where=whole_Z != 0)
        drawn_Z: Array = np.sqrt(mean_Z) if self.root else mean_Z
        return drawn_Z


Figures = Mapping[str, ByPerson | float]
"""What a model reaches, by name; a number alone is of the lists as a whole, such as their coverage."""


def joined(parts: Sequence[ByPerson]) -> ByPerson:
    """One figure of several groups of persons, nobody in two of them."""
    persons = parts[0].persons.append([part.persons for part in parts[1:]])
    part_U = np.concatenate([part.part_U for part in parts])
    return ByPerson(persons, part_U, np.concatenate([part.whole_U for part in parts]), parts[0].root)


class Bootstrap:
    """Drawings of the persons of some figures: the same for all of them."""

    def __init__(self, figures: Sequence[ByPerson], drawings: int = DRAWINGS, seed: int = 0) -> None:
        everybody: pd.Index = pd.Index([])
        for index in {id(figure.persons): figure.persons for figure in figures}.values():
            everybody = everybody.union(index, sort=False) if len(everybody) else index
        self._everybody = everybody
        n = max(len(everybody), 1)
        self._weight_ZxU = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), drawings).astype(np.float64)

    def means(self, figures: Sequence[ByPerson]) -> Array:
        """The mean over splits of one figure, in each drawing."""
        drawn = [figure.drawn(self._weight_ZxU[:, self._everybody.get_indexer(figure.persons)]) for figure in figures]
        mean_Z: Array = np.mean(drawn, axis=0)
        return mean_Z


def interval(drawn_Z: Array) -> tuple[float, float] | None:
    """Both ends of what holds `LEVEL` of the drawings; None where a drawing has no figure."""
    if np.isnan(drawn_Z).all():
        return None
    low, high = np.nanquantile(drawn_Z, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
