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
from engine.inference.explain import (
    ReasonParts,
    choice_contributions,
    relevance_contributions,
    stars_contributions,
)
from engine.inference.recommend import LOOK_DOWN, Listing, candidates, outshone, stats
from engine.inference.relevance import Ranking
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

    def interval(self, movies: Array, shown_C: Array | None = None) -> tuple[Array, Array]:
        """Both ends of the intervals around the shown stars of some movies, which may be known already."""
        shown_C = self.shown(movies) if shown_C is None else shown_C
        both = self.stars_M[None, movies], shown_C[None]
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
        picked, shown_C = best[place], self.shown(best)
        familiar = outshone(shown_C[: n + LOOK_DOWN])
        familiar_L = np.pad(familiar, (0, len(best) - len(familiar)))[place]
        plain_stats = self._stats(plain, shown_C[:n], genre_MxG)
        stars_L = shown_C[place]
        shown = self._stats(picked, stars_L, genre_MxG) if strength > 0 else plain_stats
        as_shown = stars_L, familiar_L, *self.interval(picked, stars_L)
        return Listing(picked, self.score_M[picked], *as_shown, plain, shown, plain_stats)

    def _stats(self, movie_L: Array, shown_L: Array, genre_MxG: Array) -> ListStats:
        count_L, known_L = self.serving.fame(movie_L, self.ratings.n_movies)
        return stats(genre_MxG[movie_L], shown_L, count_L, known_L)

    def through(self, lens: int) -> Self:
        """The same viewer with another lens; what they have in common is not computed again."""
        other = replace(self, ranking=replace(self.ranking, lens=lens))
        vars(other).update({name: vars(self)[name] for name in ("choice_M", "stars_M") if name in vars(self)})
        return other

    def contributions(self, targets: Array) -> ReasonParts:
        """What each rated movie (rows) contributes to each target movie's score (columns)."""
        serving, ratings = self.serving, self.ratings
        match serving.order(self.ranking):
            case "choice":
                return choice_contributions(serving, ratings, targets)
            case "stars":
                return stars_contributions(serving, ratings, self.stars_M, targets)
            case "relevance":
                return relevance_contributions(serving, ratings, self.stars_M, targets, self.ranking.lens)

    def reasons(self, targets: Array, n: int, *, in_a_sentence: bool = False) -> list[list[Speaker]]:
        """For each target movie the rated ones that speak for it most, at most n.

        Only those that the viewer liked: three stars at least, and no fewer than their mean. A movie that is rated
        already does not speak for itself. With `in_a_sentence` the first is followed by those of the kind that all of
        them together owe more to, watching alike or rating alike, so that a sentence that names two of them tells of
        the one that speaks most and of the larger part.
        """
        half_L = self.ratings.half_N
        if not len(half_L) or not len(targets):
            return [[] for _ in targets]
        shares = self.contributions(targets).shares()
        liked_L = half_L >= max(float(half_L.mean()), LIKED)
        lists = []
        for target, choice_L, stars_L in zip(targets, shares.choice_LxC.T, shares.stars_LxC.T, strict=True):
            share_L = choice_L + stars_L
            order = np.argsort(-share_L, kind="stable")
            speaks_L = liked_L & (share_L > 0) & (self.ratings.movie_N != target)
            best = order[speaks_L[order]]
            if in_a_sentence:
                by_rating = stars_L[best].sum() > choice_L[best].sum()
                best = np.append(best[:1], best[1:][(stars_L > choice_L)[best[1:]] == by_rating])
            best = best[:n]
            rows = zip(self.ratings.movie_N[best], share_L[best], stars_L[best], strict=True)
            lists.append([Speaker(int(movie), float(share), float(stars)) for movie, share, stars in rows])
        return lists
