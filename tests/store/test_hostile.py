"""Rows that another program wrote: what leaves the store is safe to show."""

from __future__ import annotations

from engine.store import Store
from engine.store.movies import by_id
from engine.types import Movie
from tests.hostile import SEEN, dangers, hostile_texts
from tests.store.databases import raw

TEXTS = [text.replace("\x00", "") for text in hostile_texts(200)]


def texts_of(movie: Movie) -> list[str]:
    texts = (movie.title, movie.director, movie.country, movie.synopsis, movie.original_title, *movie.genres)
    return [text for text in texts if text is not None]


def spoil(store: Store, movie_id: int, text: str) -> None:
    with raw(store.url) as execute:
        execute(
            "UPDATE movies SET title = ?, director = ?, country = ?, synopsis = ?, original_title = ?, raw_title = ? "
            "WHERE movie_id = ?",
            (*[text] * 6, movie_id),
        )


def test_texts_of_movies_are_safe_however_they_are_asked_for(store: Store) -> None:
    ids = [store.add_movie(f"Film {number}", genres=["Drama"]).movie_id for number in range(len(TEXTS))]
    for movie_id, text in zip(ids, TEXTS, strict=True):
        spoil(store, movie_id, text)
    with raw(store.url) as execute:
        execute("UPDATE genres SET name = ?", (TEXTS[0],))
    for movie in (*store.movies(), by_id(store.connection, ids[0])):
        assert len(texts_of(movie)) == 6
        assert all(SEEN in text and not dangers(text) for text in texts_of(movie))


def test_names_of_viewers_are_safe(store: Store) -> None:
    viewer = store.add_user("Ana")
    with raw(store.url) as execute:
        execute("UPDATE users SET name = ?, source = ?", ("A\x1b]0;mine\x07na\u202e", "a\x1b[2Jb"))
    for found in (*store.users(), store.user("ana"), store.user_by_id(viewer.user_id)):
        assert (found.name, found.source) == ("Ana", "ab")


def test_a_title_of_nothing_to_see_gets_something_to_see(store: Store) -> None:
    movie = store.add_movie("Film")
    spoil(store, movie.movie_id, "\u200b\x1b[2J")
    assert by_id(store.connection, movie.movie_id).title == f"movie {movie.movie_id}"


def test_the_store_keeps_what_it_holds(store: Store) -> None:
    movie = store.add_movie("Film")
    spoil(store, movie.movie_id, TEXTS[0])
    assert store.movie_origins()[0].raw_title == TEXTS[0]
