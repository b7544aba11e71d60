"""One viewer's whole answer: ranking scores, predicted stars, the list, and the reasons.

It holds the model that it began with, so that one answer is of one piece whatever a run puts in its place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from engine.data.arrays import Array
from engine.data.csr import CsrRatings
from engine.inference.explain import ReasonParts, contributions
from engine.inference.ranking import Ranking
from engine.inference.recommend import LOOK_DOWN, Listing, candidates, outshone, stats
from engine.inference.rerank import CANDIDATES, rerank, taste
from engine.inference.serving import BY_RELEVANCE, ServingModel
from engine.types import DEFAULT_METHOD, DiversityMethod, ListStats

LIKED = 6
"""Half stars from which on a movie may speak for another one."""


class Speaker(NamedTuple):
    """A rated movie that speaks for another one."""

    movie: int
    share: float
    stars_share: float
    """Its part from rating alike."""


@dataclass(frozen=True)
class UserInference:
    """A viewer with a history, known or not, and everything that the model answers them."""

    ratings: CsrRatings
    """The history: one row, movies in rising order."""
    serving: ServingModel
    ranking: Ranking = BY_RELEVANCE

    @cached_property
    def score_M(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Ranking scores of every movie (unpadded)."""
        match self.serving.order(self.ranking):
            case "stars":
                return self.stars_M
            case "choice":
                return self.choice_M
            case "relevance":
                both = self.choice_M[None], self.stars_M[None]
                score_M: Array = self.serving.relevance(self.ratings, *both, self.ranking)[0]
                return score_M

    @cached_property
    def choice_M(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Choice scores of every movie (unpadded)."""
        choice_M: Array = self.serving.choice_scores(self.ratings)[0, : self.ratings.n_movies]
        return choice_M

    @cached_property
    def stars_M(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Predicted stars of every movie (unpadded)."""
        stars_M: Array = self.serving.stars(self.ratings)[0, : self.ratings.n_movies]
        return stars_M

    @cached_property
    def shown_M(self) -> Array:  # noqa: N802 - an array, named with its letters
        """Predicted stars of every movie (unpadded) as they are shown: see `ServingModel.shown_stars`."""
        return self.shown(np.arange(self.ratings.n_movies))

    def shown(self, movies: Array) -> Array:
        """Predicted stars of some movies as they are shown."""
        if self.serving.selection.strength == 0:
            return self.stars_M[movies]
        both = self.stars_M[None, movies], self.choice_M[None, movies]
        shown_C: Array = self.serving.shown_stars(self.ratings, *both, movies)[0]
        return shown_C

    def interval(self, movies: Array) -> tuple[Array, Array]:
        """Both ends of the intervals around the shown stars of some movies."""
        both = self.stars_M[None, movies], self.shown(movies)[None]
        low_1xC, high_1xC = self.serving.interval(self.ratings, *both, movies)
        return low_1xC[0], high_1xC[0]

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
        best = candidates(self.score_M, left_out, max(CANDIDATES if strength > 0 else 0, n + LOOK_DOWN))
        plain, place = best[:n], np.arange(len(best[:n]))
        if strength > 0:
            target_G, some = taste(genre_MxG[rated], self.ratings.half_N), best[: max(CANDIDATES, n)]
            place = rerank(self.score_M[some], genre_MxG[some], target_G, n, strength, method)
        picked, familiar = best[place], outshone(self.shown(best[: n + LOOK_DOWN]))
        familiar_L = np.pad(familiar, (0, len(best) - len(familiar)))[place]
        plain_stats = self._stats(plain, genre_MxG)
        shown = self._stats(picked, genre_MxG) if strength > 0 else plain_stats
        as_shown = self.shown(picked), familiar_L, *self.interval(picked)
        return Listing(picked, self.score_M[picked], *as_shown, plain, shown, plain_stats)

    def _stats(self, movie_L: Array, genre_MxG: Array) -> ListStats:
        count_L, known_L = self.serving.fame(movie_L, self.ratings.n_movies)
        return stats(genre_MxG[movie_L], self.shown(movie_L), count_L, known_L)

    def through(self, lens: int) -> Self:
        """The same viewer with another lens; what they have in common is not computed again."""
        other = replace(self, ranking=replace(self.ranking, lens=lens))
        vars(other).update({name: vars(self)[name] for name in ("choice_M", "stars_M") if name in vars(self)})
        return other

    def shares(self, targets: Array) -> ReasonParts:
        """Each rated movie's shares (rows) in each target movie's score (columns)."""
        return contributions(self.serving, self.ratings, targets, self.ranking).shares()

    def reasons(self, targets: Array, n: int, *, one_kind: bool = False) -> list[list[Speaker]]:
        """For each target movie the rated ones that speak for it most, at most n.

        Only those that the viewer liked: three stars at least, and no fewer than their mean. A movie that is rated
        already does not speak for itself. With `one_kind` only those of the kind that all of them together owe more to,
        watching alike or rating alike, so that one sentence is true of the sum and of each movie that it names.
        """
        half_L = self.ratings.half_N
        if not len(half_L) or not len(targets):
            return [[] for _ in targets]
        shares = self.shares(targets)
        liked_L = half_L >= max(float(half_L.mean()), LIKED)
        lists = []
        for target, choice_L, stars_L in zip(targets, shares.choice_LxC.T, shares.stars_LxC.T, strict=True):
            share_L = choice_L + stars_L
            order = np.argsort(-share_L, kind="stable")
            speaks_L = liked_L & (share_L > 0) & (self.ratings.movie_N != target)
            if one_kind:
                speaks_L &= (stars_L > choice_L) == (stars_L[speaks_L].sum() > choice_L[speaks_L].sum())
            best = order[speaks_L[order]][:n]
            rows = zip(self.ratings.movie_N[best], share_L[best], stars_L[best], strict=True)
            lists.append([Speaker(int(movie), float(share), float(stars)) for movie, share, stars in rows])
        return lists
