"""Answers to the lab: the model as it is, for a viewer as the store has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.lab.by_hand import step_view
from engine.lab.list_by_hand import list_view
from engine.lab.map import map_view
from engine.lab.network import network_view, unit_view
from engine.service.messages import Looked
from engine.snapshots import LastRating, ListOf, MapOf, NetworkOf, StepOf, UnitOf
from engine.worker.lists import history_of

if TYPE_CHECKING:
    from engine.lab.map import MapMaker
    from engine.recommender import Recommender
    from engine.service.messages import Look
    from engine.snapshots import View
    from engine.store import Store


def answer_look(model: Recommender, store: Store, request: Look, maps: MapMaker) -> Looked:
    """What was asked for; UnknownMovie, or UsageError for what there is not."""
    return Looked(request.request_id, _view(model, store, request, maps))


def _view(model: Recommender, store: Store, request: Look, maps: MapMaker) -> View:
    user_id, history = request.user_id, history_of(store, request.user_id)
    match request.subject:
        case NetworkOf(movie_id, ()):
            return network_view(model, user_id, history, movie_id, last_rating(store, user_id))
        case NetworkOf(movie_id, tried):
            would_be = history_of(store, user_id, tried)
            return network_view(model, user_id, would_be, movie_id, before=history, tried=tried)
        case UnitOf(layer, unit):
            return unit_view(model, user_id, history, layer, unit)
        case MapOf(steps, tried):
            way = _way(store, user_id, history, steps)
            if tried:
                way.append(history_of(store, user_id, tried))
            return map_view(model, user_id, way, maps, would_be=bool(tried))
        case StepOf():
            return step_view(model, user_id)
        case ListOf(diversity, n, lens):
            return list_view(model, user_id, history, n, diversity, lens)


def _way(store: Store, user_id: int, history: dict[Any, float], steps: int) -> list[dict[Any, float]]:
    """The viewer's ratings after each of their last changes, oldest first."""
    way, now = [history], history
    for event in store.history(user_id, steps):
        earlier = dict(now)
        earlier.pop(event.movie_id, None)
        before = store.stars_before(event)
        if before is not None:
            earlier[event.movie_id] = before / 2
        way.append(earlier)
        now = earlier
    return way[::-1]


def last_rating(store: Store, user_id: int) -> LastRating | None:
    """The newest change of a viewer's ratings; None for one who never rated."""
    newest = store.history(user_id, 1)
    if not newest:
        return None
    [event] = newest
    return LastRating(event.movie_id, event.half_stars, store.stars_before(event))
