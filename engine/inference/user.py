"""One viewer's answer: ranking scores of all movies at once, predicted stars where they are asked for.

A list shows the stars of its movies alone; those of the whole catalogue are read from the network when somebody wants
them. It holds the weights that it began with, so that one answer is of one piece whatever a run puts in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.data.interactions import Array
from engine.inference.network import Serving
from engine.models.cold_start import STARS_KAPPA, Content
from engine.models.residual_knn import Neighbours


@dataclass(frozen=True)
class FoldIn:
    """A viewer who need not be known."""

    movies: Array
    """Columns of the rated movies."""
    half: Array
    """Their half stars."""
    n_movies: int
    serving: Serving
    neighbours: Neighbours | None
    content: Content | None
    ranked_M: Array | None
    """Ranking scores of every movie; None where predicted stars are the score."""

    @property
    def score_M(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Ranking scores of every movie (unpadded)."""
        return self.stars_M if self.ranked_M is None else self.ranked_M

    @cached_property
    def stars_M(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Predicted stars of every movie (unpadded), corrected by neighbours; thin movies by their content."""
        stars_M = self.serving.stars_of_one(self.movies, self.half)
        if self.neighbours is not None:
            self.neighbours.correct_one(stars_M, self.movies, self.half)
        if self.content is not None:
            self.content.smooth_one(stars_M, STARS_KAPPA)
        return self.serving.clip(stars_M[: self.n_movies])

    def stars(self, columns: Array) -> Array:
        """Predicted stars of some movies: the same bits as in `stars_M`."""
        if "stars_M" in self.__dict__ or (self.content is not None and self.content.is_thin(columns, STARS_KAPPA)):
            return self.stars_M[columns]
        if self.neighbours is None:
            return self.serving.stars_of_one(self.movies, self.half, columns)
        near = self.neighbours.near(columns, self.movies)
        wanted = np.concatenate((columns, self.movies[near.at_R]))
        stars_W, n = self.serving.stars_of_one(self.movies, self.half, wanted), len(columns)
        error_R = self.half[near.at_R] * np.float32(0.5) - stars_W[n:]
        stars_C = stars_W[:n] + self.neighbours.corrections(near, error_R, n)
        return self.serving.clip(stars_C)
