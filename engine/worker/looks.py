"""Answers to the lab: the model as it is, for a viewer as the store has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.lab.by_hand import step_view
from engine.lab.list_by_hand import list_view
from engine.lab.network import network_view, unit_view
from engine.service.messages import Looked
from engine.snapshots import LastRating, ListOf, NetworkOf, StepOf, UnitOf
from engine.worker.lists import history_of

if TYPE_CHECKING:
    from engine.recommender import Recommender
    from engine.service.messages import Look
    from engine.snapshots import View
    from engine.store import Store


def answer_look(model: Recommender, store: Store, request: Look) -> Looked:
    """What was asked for; UnknownMovie, or UsageError for a unit that there is not."""
    return Looked(request.request_id, _view(model, store, request))


def _view(model: Recommender, store: Store, request: Look) -> View:
    user_id, history = request.user_id, history_of(store, request.user_id)
    match request.subject:
        case NetworkOf(movie_id):
            return network_view(model, user_id, history, movie_id, last_rating(store, user_id))
        case UnitOf(layer, unit):
            return unit_view(model, user_id, history, layer, unit)
        case StepOf():
            return step_view(model, user_id)
        case ListOf(diversity, n):
            return list_view(model, user_id, history, n, diversity)


def last_rating(store: Store, user_id: int) -> LastRating | None:
    """The newest change of a viewer's ratings; None for one who never rated."""
    newest = store.history(user_id, 1)
    if not newest:
        return None
    [event] = newest
    return LastRating(event.movie_id, event.half_stars, store.stars_before(event))
