"""One viewer's whole answer: ranking scores, predicted stars, the list, and the reasons.

It holds the model that it began with, so that one answer is of one piece whatever a run puts in its place. A list shows
the stars of its movies alone; those of the whole catalogue are predicted when somebody wants them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference import explain
from engine.inference.recommend import Listing, candidates, stats
from engine.inference.rerank import CANDIDATES, rerank, taste
from engine.inference.serving import ServingModel
from engine.types import DEFAULT_METHOD, DiversityMethod


@dataclass(frozen=True)
class UserInference:
    """A viewer with a history, known or not, and everything that the model answers them."""

    ratings: CsrRatings
    """The history: one row, movies in rising order."""
    serving: ServingModel

    @cached_property
    def score_M(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Ranking scores of every movie (unpadded)."""
        if self.serving.by_stars:
            return self.stars_M
        score_M: Array = self.serving.scores(self.ratings)[0, : self.ratings.n_movies]
        return score_M

    @cached_property
    def stars_M(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Predicted stars of every movie (unpadded)."""
        stars_M: Array = self.serving.stars(self.ratings)[0, : self.ratings.n_movies]
        return stars_M

    def stars(self, chosen: Array) -> Array:
        """Predicted stars of some movies: the same bits as in `stars_M`."""
        if "stars_M" in self.__dict__ or not self.serving.knows(chosen):
            return self.stars_M[chosen]
        return self.serving.some_stars(self.ratings, chosen)

    def make_list(
        self,
        genre_MxG: Array,
        n: int,
        strength: float = 0.0,
        method: DiversityMethod = DEFAULT_METHOD,
        exclude: Collection[int] = (),
    ) -> Listing:
        """The n best movies; nothing already rated, nothing excluded.

        A strength above 0 lets movies of other genres (M × G, as flags) in.
        """
        rated = self.ratings.movie_N
        left_out = np.union1d(rated, np.fromiter(exclude, np.int64)) if exclude else rated
        best = candidates(self.score_M, left_out, max(CANDIDATES, n) if strength > 0 else n)
        plain = picked = best[:n]
        if strength > 0:
            target_G = taste(genre_MxG[rated], self.ratings.half_N)
            picked = best[rerank(self.score_M[best], genre_MxG[best], target_G, n, strength, method)]
            stars, plain_stars = np.split(self.stars(np.concatenate((picked, plain))), [len(picked)])
        else:
            stars = plain_stars = self.stars(plain)
        plain_stats = stats(genre_MxG[plain], plain_stars)
        shown = stats(genre_MxG[picked], stars) if strength > 0 else plain_stats
        return Listing(picked, self.score_M[picked], stars, plain, shown, plain_stats)

    def shares(self, targets: Array) -> Array:
        """Each rated movie's share (rows) in each target movie's score (columns); see `explain.shares`."""
        return explain.shares(explain.contributions(self.serving, self.ratings, targets))

    def reasons(self, targets: Array, n: int) -> list[list[tuple[int, float]]]:
        """For each target movie the rated ones that speak for it most: (movie, share above zero), at most n."""
        if not len(self.ratings.movie_N) or not len(targets):
            return [[] for _ in targets]
        lists = []
        for share_L in self.shares(targets).T:
            order = np.argsort(-share_L, kind="stable")[:n]
            lists.append([(int(self.ratings.movie_N[at]), float(share_L[at])) for at in order if share_L[at] > 0])
        return lists
