"""One recommendation by hand: history, the scores of one movie, what is left out, the best, diversity, the five."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.arrays import Array
from engine.inference.recommend import candidates
from engine.inference.relevance import slopes
from engine.inference.rerank import CANDIDATES, picks, taste
from engine.lab.shares import stars_of
from engine.lab.sums import largest, worked
from engine.snapshots import ListView, Page, Sum, Term
from engine.types import Diversity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.inference.user import UserInference
    from engine.recommender import Recommender

_BEST = 10


def list_view(model: Recommender, user_id: int, history: Mapping[Any, float], n: int, diversity: Diversity) -> ListView:
    """The list of a viewer with this history, made a page after the other, its first movie followed."""
    viewer = model.fold_in(dict(history))
    strength = diversity.strength if diversity.on else 0.0
    made = model.list_for(viewer, n, strength, diversity.method)
    if not len(made.movies):
        return ListView(user_id, ())
    ids: list[Any] = model.movie_ids
    first = int(made.movies[0])
    best = candidates(viewer.score_M, viewer.ratings.movie_N, max(CANDIDATES, n))
    pages = [
        Page("history", (_history(viewer, ids),)),
        *_scores(model, viewer, first),
        Page("left_out", (_left_out(viewer),)),
        Page("sorted", (_sorted(viewer, best, ids),)),
    ]
    if strength > 0:
        pages.append(Page("diversity", _picks(model, viewer, best, n, diversity)))
    five = [Term("", float(stars), ids[movie]) for movie, stars in zip(made.movies, made.stars, strict=True)]
    pages.append(Page("list", (worked("list_stars", five, over=len(five)),)))
    return ListView(user_id, tuple(pages))


def _history(viewer: UserInference, ids: list[Any]) -> Sum:
    movie_L, half_L = viewer.ratings.movie_N, viewer.ratings.half_N
    if not len(movie_L):
        return worked("no_history", [])
    return largest("mean_stars", (half_L * 0.5,), lambda at: ("", ids[int(movie_L[at])]), over=len(movie_L), most=8)


def _scores(model: Recommender, viewer: UserInference, movie: int) -> list[Page]:
    """The first movie's choice score, its stars and its relevance, as far as the order of this model needs them."""
    ids: list[Any] = model.movie_ids
    order = viewer.serving.order(viewer.ranking)
    pages = []
    if order != "stars" and viewer.serving.edlae is not None:
        pages.append(Page("choice", (_choice(viewer, movie, ids),)))
    if order != "choice":
        parts = stars_of(model.state, viewer.ratings, movie).parts
        terms = [Term(part, value) for part, value in parts.items()]
        pages.append(Page("stars", (worked("stars", terms, movie_id=ids[movie]),)))
    if order == "relevance":
        pages.append(Page("relevance", _relevance(viewer, movie, ids)))
    return pages


def _choice(viewer: UserInference, movie: int, ids: list[Any]) -> Sum:
    """EDLAE's products, popularity, and what features move."""
    edlae, ratings = viewer.serving.edlae, viewer.ratings
    assert edlae is not None  # the caller asked
    score = float(viewer.choice_M[movie])
    covered = edlae.covers(movie)
    part_L = edlae.contributions(ratings, movie) if covered else np.zeros(len(ratings.movie_N))
    preference_L = edlae.preference[ratings.half_N].astype(np.float64)
    weight_L = np.divide(part_L, preference_L, out=np.zeros(len(part_L)), where=preference_L != 0)
    more = [Term("popularity_and_features", score - float(part_L.sum()))]
    return largest(
        "choice", (preference_L, weight_L), lambda at: ("", ids[int(ratings.movie_N[at])]), more=more,
        movie_id=ids[movie], most=6,
    )  # fmt: skip


def _relevance(viewer: UserInference, movie: int, ids: list[Any]) -> tuple[Sum, ...]:
    serving = viewer.serving
    stranger = not len(viewer.ratings.movie_N)
    score = float(serving.popularity_M[movie]) if stranger else float(viewer.choice_M[movie])
    stars = float(viewer.stars_M[movie])
    parts = slopes(serving.choice, viewer.ranking.lens)
    logarithm = worked(
        "log_choice", [Term("choice", max(score, 0.0)), Term("noise", serving.choice.eps)], function="log"
    )
    utility = worked("utility", [Term("stars", stars)], function="utility")
    fame = float(serving.log_count_M[movie])
    relevance = worked(
        "relevance",
        [Term("choice", parts.choice * logarithm.value, None, (parts.choice, logarithm.value)),
         Term("fame", -parts.fame * fame, None, (-parts.fame, fame)),
         Term("liking", parts.stars * stars, None, (parts.stars, stars)),
         Term("utility", utility.value)],
        movie_id=ids[movie],
    )  # fmt: skip
    return logarithm, utility, relevance


def _left_out(viewer: UserInference) -> Sum:
    n, rated = viewer.ratings.n_movies, len(viewer.ratings.movie_N)
    return worked("unseen", [Term("movies", float(n)), Term("rated", -float(rated))])


def _sorted(viewer: UserInference, best: Array, ids: list[Any]) -> Sum:
    terms = [Term("", float(viewer.score_M[movie]), ids[int(movie)]) for movie in best[:_BEST]]
    return worked("best", terms, function="max")


def _picks(model: Recommender, viewer: UserInference, best: Array, n: int, wanted: Diversity) -> tuple[Sum, ...]:
    """Each place's choice: score and variety, weighed."""
    genre_MxG = model.features.flags(len(model.movies))
    target_G = taste(genre_MxG[viewer.ratings.movie_N], viewer.ratings.half_N)
    ids: list[Any] = model.movie_ids
    made = picks(viewer.score_M[best], genre_MxG[best], target_G, min(n, len(best)), wanted.strength, wanted.method)
    return tuple(
        worked(
            "pick",
            [Term("score", float(pick.score_C[pick.chosen])), Term("variety", float(pick.variety_C[pick.chosen]))],
            movie_id=ids[int(best[pick.chosen])], index=place,
        )
        for place, pick in enumerate(made)
    )  # fmt: skip
