"""Answers: a viewer's list, the predictions of the whole catalogue, and the reasons for one movie."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import UnknownMovie
from engine.models.uncertainty import half_stars_within
from engine.service.messages import Explained, ListReady, PredictionsReady
from engine.training import device
from engine.types import MIDDLE, ListItem, Predictions, Recommendations

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.data.arrays import Array
    from engine.inference.recommend import Listing
    from engine.inference.user import UserInference
    from engine.recommender import Recommender
    from engine.service.messages import Explain, Reply, RequestList
    from engine.store import Store

_REASONS = 3
_ALL_REASONS = 20


def answer_list(
    model: Recommender, store: Store, request: RequestList, trained_seq: int, send: Callable[[Reply], None]
) -> float:
    """Send the list, then, if wanted, the predictions: the list is what the viewer waits for. Milliseconds of the list.

    The history comes from the store itself, so that a rating counts from its COMMIT on.
    """
    began = time.perf_counter()
    seen_seq = store.last_seq()
    viewer = model.fold_in(history_of(store, request.user_id), request.order, request.lens)
    wanted = request.diversity
    made = model.list_for(viewer, request.n, wanted.strength if wanted.on else 0.0, wanted.method)
    brought_in, pushed_out = _exchanged(model, made)
    items = _items(model, viewer, made)
    order = viewer.serving.order(viewer.ranking)
    middle = _at_the_middle(model, viewer, request) if order == "relevance" and request.lens != MIDDLE else None
    made_list = Recommendations(
        request.request_id, request.user_id, items, seen_seq, trained_seq, wanted, made.plain, made.shown,
        brought_in, pushed_out, order=order, lens=request.lens, middle=middle.plain if middle else None,
        middle_movies=tuple(_ids(model, middle.movies)) if middle else (),
        latency_ms=1e3 * (time.perf_counter() - began),
    )  # fmt: skip
    send(ListReady(made_list))
    if request.with_predictions:
        send(PredictionsReady(_predictions(model, request.user_id, seen_seq, viewer)))
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


def history_of(store: Store, user_id: int) -> dict[Any, float]:
    """A viewer's ratings in stars by movie."""
    return {movie_id: event.stars for movie_id, event in store.ratings_of(user_id).items() if event.stars is not None}


def _items(model: Recommender, viewer: UserInference, made: Listing) -> tuple[ListItem, ...]:
    ids = _ids(model, made.movies)
    reasons = model.reasons(viewer, ids, _REASONS, one_kind=True)
    plain = set(made.plain_movies.tolist())
    for_variety = [at not in plain for at in made.movies.tolist()]
    intervals = zip(made.low.tolist(), made.high.tolist(), strict=True)
    stars = made.stars.tolist()
    rows = zip(ids, made.scores.tolist(), stars, reasons, for_variety, intervals, made.familiar.tolist(), strict=True)
    return tuple(ListItem(*row) for row in rows)


def _at_the_middle(model: Recommender, viewer: UserInference, request: RequestList) -> Listing:
    """The list with neither lens nor diversity, which what they do is compared with."""
    return model.list_for(viewer.through(MIDDLE), request.n)


def _exchanged(model: Recommender, made: Listing) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What diversity brought in and what it pushed out."""
    shown, plain = _ids(model, made.movies), _ids(model, made.plain_movies)
    return tuple(m for m in shown if m not in plain), tuple(m for m in plain if m not in shown)


def _ids(model: Recommender, columns: Array) -> list[int]:
    ids: list[Any] = model.movie_ids
    return [ids[column] for column in columns]


def _predictions(model: Recommender, user_id: int, seen_seq: int, viewer: UserInference) -> Predictions:
    best_first = np.argsort(-viewer.score_M, kind="stable")
    tenths = np.rint(viewer.shown_M[best_first] * 10).astype(np.uint8)
    halves = (half_M.astype(np.uint8).tobytes() for half_M in half_stars_within(*viewer.interval(best_first)))
    return Predictions(user_id, seen_seq, tuple(_ids(model, best_first.tolist())), tenths.tobytes(), *halves)
