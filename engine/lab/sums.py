"""Sums for people: the largest terms by name, the others added up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from engine.data.arrays import Array
from engine.snapshots import Function, Sum, Term

MOST = 4
"""Terms that are named."""
FUNCTIONS: dict[Function, Callable[[float], float]] = {
    "": lambda x: x,
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "root": math.sqrt,
    "log": math.log,
    "utility": lambda x: math.log(0.25 * np.logaddexp(0.0, (x - 2.5) / 0.25)),
}


def worked(
    name: str, terms: Sequence[Term], *, rest: float = 0.0, n_rest: int = 0, over: float = 1.0, function: Function = "",
    movie_id: int | None = None, index: int | None = None,
) -> Sum:  # fmt: skip
    """A sum with its value worked out from what it names."""
    value = result(terms, rest, over, function)
    return Sum(name, value, tuple(terms), rest, n_rest, over, function, movie_id, index)


def result(terms: Sequence[Term], rest: float, over: float, function: Function) -> float:
    """What the named numbers come to."""
    if function == "max":
        return max(term.value for term in terms)
    return FUNCTIONS[function]((sum(term.value for term in terms) + rest) / over)


def product(name: str, *factors: float, movie_id: int | None = None) -> Term:
    """A term that is a product."""
    return Term(name, math.prod(factors), movie_id, tuple(factors))


def largest(
    name: str, factors: Sequence[Array], label: Callable[[int], tuple[str, int | None]], *, most: int = MOST,
    more: Sequence[Term] = (), over: float = 1.0, function: Function = "", movie_id: int | None = None,
    index: int | None = None,
) -> Sum:  # fmt: skip
    """A sum of products, element by element, whose largest ones are named; `label` gives name and movie of each."""
    columns = np.broadcast_arrays(*(np.asarray(each, np.float64) for each in factors))
    product_X = np.prod(columns, axis=0)
    shown = np.argsort(-np.abs(product_X), kind="stable")[:most].tolist()
    terms = []
    for at in shown:
        words, movie = label(at)
        terms.append(product(words, *(float(column[at]) for column in columns), movie_id=movie))
    rest = float(product_X.sum() - product_X[shown].sum())
    return worked(
        name, [*terms, *more], rest=rest, n_rest=len(product_X) - len(shown), over=over, function=function,
        movie_id=movie_id, index=index,
    )  # fmt: skip
