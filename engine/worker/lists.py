"""Answers: a viewer's list, the predictions of the whole catalogue, and the reasons for one movie."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import UnknownMovie
from engine.models.uncertainty import half_stars_within
from engine.service.messages import Explained, ListReady, PredictionsReady
from engine.training import device
from engine.types import Predictions, Recommendations

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.inference.user import UserInference
    from engine.recommender import Recommender
    from engine.service.messages import Explain, Reply, RequestList
    from engine.store import Store
    from engine.types import Tried

_ALL_REASONS = 20


def answer_list(
    model: Recommender, store: Store, request: RequestList, trained_seq: int, send: Callable[[Reply], None]
) -> float:
    """Send the list, then, if wanted, the predictions: the list is what the viewer waits for. Milliseconds of the list.

    The history comes from the store itself, so that a rating counts from its COMMIT on.
    """
    began = time.perf_counter()
    seen_seq = store.last_seq()
    history, wanted = history_of(store, request.user_id, request.tried), request.diversity
    strength = wanted.strength if wanted.on else 0.0
    answer = model.answer(history, request.n, strength, wanted.method, request.order, request.lens)
    made, middle = answer.made, answer.middle
    made_list = Recommendations(
        request.request_id, request.user_id, answer.items, seen_seq, trained_seq, wanted, made.plain, made.shown,
        answer.brought_in, answer.pushed_out, order=answer.order, lens=request.lens, tried=request.tried,
        middle=middle.plain if middle else None, middle_movies=answer.middle_movies,
        latency_ms=1e3 * (time.perf_counter() - began),
    )  # fmt: skip
    send(ListReady(made_list))
    if request.with_predictions:
        send(PredictionsReady(_predictions(model, request.user_id, seen_seq, answer.viewer)))
    return made_list.latency_ms


def answer_explain(model: Recommender, store: Store, request: Explain) -> Explained:
    """The rated movies that speak for one movie, most first; UnknownMovie for one that the model does not know."""
    if request.movie_id not in model.movies:
        raise UnknownMovie(f"the model knows no movie number {request.movie_id}")
    viewer = model.fold_in(history_of(store, request.user_id), lens=request.lens)
    [found] = model.reasons(viewer, [request.movie_id], _ALL_REASONS)
    return Explained(request.request_id, request.movie_id, found)


def figures(model: Recommender) -> dict[str, Any]:
    """The fields of the status that the model fills."""
    state = model.state
    return {
        "device": device.label(state.device),
        "n_users": len(model.users),
        "n_movies": len(model.movies),
        "n_ratings": state.matrix.n_ratings,
        "rollbacks": state.continuation.rollbacks,
    }


def history_of(store: Store, user_id: int, tried: Tried = ()) -> dict[Any, float]:
    """A viewer's ratings in stars by movie, with some that are tried in their place."""
    rated = store.ratings_of(user_id).items()
    history: dict[Any, float] = {movie: event.stars for movie, event in rated if event.stars is not None}
    for movie_id, half_stars in tried:
        history.pop(movie_id, None)
        if half_stars:
            history[movie_id] = half_stars / 2
    return history


def _predictions(model: Recommender, user_id: int, seen_seq: int, viewer: UserInference) -> Predictions:
    ids: Any = model.movie_ids
    best_first = np.argsort(-viewer.score_M, kind="stable")
    tenths = np.rint(viewer.shown_M[best_first] * 10).astype(np.uint8)
    halves = (half_M.astype(np.uint8).tobytes() for half_M in half_stars_within(*viewer.interval(best_first)))
    movies = tuple([ids[column] for column in best_first.tolist()])
    return Predictions(user_id, seen_seq, movies, tenths.tobytes(), *halves)
