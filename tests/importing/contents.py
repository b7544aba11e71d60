"""What a store holds, in a form that two stores can be compared by."""

from __future__ import annotations

from typing import NamedTuple

from engine.store import Store, open_store


class Contents(NamedTuple):
    """Everything that an import writes, without the store's own numbers."""

    users: list[tuple[object, ...]]
    movies: list[tuple[object, ...]]
    events: list[tuple[object, ...]]
    """Viewer, movie, half stars, time; a viewer's in the order of the log."""


def contents(url: str) -> Contents:
    with open_store(url, create=False) as store:
        return _contents(store)


def _contents(store: Store) -> Contents:
    users = {user.user_id: user for user in store.user_origins()}
    origins = {movie.movie_id: movie for movie in store.movie_origins()}
    log = store.events_after(0)
    rows = zip(log.user_id.tolist(), log.movie_id.tolist(), log.half_stars.tolist(), log.rated_at.tolist(), strict=True)
    events = [(users[user].name, origins[movie].source_id, half, at) for user, movie, half, at in rows]
    return Contents(
        users=[(user.name, user.source, user.source_id, user.created_at) for user in users.values()],
        movies=[
            (origins[movie.movie_id][1:], movie.title, movie.year, movie.genres, movie.runtime, movie.director,
             movie.country, movie.original_title, movie.synopsis)
            for movie in store.movies()
        ],
        events=sorted(events, key=lambda event: event[0]),
    )  # fmt: skip
