"""The arrays of the engine, and the letters that name their axes.

A name such as `stars_BxM` ends in the axes of its array. Each letter has one meaning in the whole engine:

    A  groups of simulated viewers: archetypes, circles of friends
    B  viewers of a batch or a block
    C  chosen movies: candidates of a list, targets of an explanation, whatever is asked for
    D  hidden dimensions: units of a network, factors of a simulated taste
    E  ratings that come in, to be put into a matrix
    F  features of a movie
    G  genres
    H  the head: the movies that most viewers of a block rated
    J  segments of a packed batch, each W cells of one viewer
    K  covered columns: the movies of a closed-form model
    L  movies of one viewer's history or of one list: of recommendations, of neighbours
    M  movies, padded on the device
    N  ratings: the rated cells of a matrix, of a batch, of a delta or of a frame
    P  pairs of a movie and one of its neighbours
    Q  queries: pairs of a viewer and a movie whose stars are predicted
    R  rows of the low-rank updates beside an inverse
    S  steps of one dispatch
    T  steps of an epoch
    U  users, padded on the device
    V  held-out movies that one viewer liked
    W  cells of a segment
    X  any shape
    Y  coefficients of a regression
    Z  drawings of a bootstrap

`start_B`, `start_U` and `start_M` hold where each row's cells begin, and at the end their number: one number more than
there are rows.
Names without letters are short lists of row or column numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def concat_ranges(starts: Array, lengths: Array) -> Array:
    """The numbers start, start + 1, ... of every range, one after the other.

    >>> concat_ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    numbers: Array = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return numbers


def starts_of(lengths: Array) -> Array:
    """Where rows of these lengths begin, and their total.

    >>> starts_of(np.array([2, 3])).tolist()
    [0, 2, 5]
    """
    return np.concatenate(([0], np.cumsum(lengths)))
