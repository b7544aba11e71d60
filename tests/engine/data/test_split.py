from __future__ import annotations

import numpy as np

from engine.data.interactions import Triples, Vocabulary
from engine.data.split import held_out


def triples(n_users: int, n_movies: int) -> tuple[Triples, Vocabulary, Vocabulary]:
    user_N, movie_N = np.divmod(np.arange(n_users * n_movies, dtype=np.int32), n_movies)
    half_N = np.full(len(user_N), 8, np.uint8)
    ratings = Triples(user_N, movie_N, half_N, np.zeros(len(user_N)))
    return ratings, Vocabulary(range(n_users)), Vocabulary(range(n_movies))


def test_about_the_asked_share_validates() -> None:
    ratings, users, movies = triples(100, 100)
    held_N = held_out(ratings, users, movies, 0.2, seed=0)
    assert abs(held_N.mean() - 0.2) < 0.015
    by_user = held_N.reshape(100, 100).mean(1)
    assert by_user.min() > 0.05
    assert by_user.max() < 0.4


def test_the_seed_decides() -> None:
    ratings, users, movies = triples(30, 30)
    once, again, other = (held_out(ratings, users, movies, 0.2, seed) for seed in (0, 0, 1))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_a_rating_stays_on_its_side_when_others_come_in() -> None:
    few, users, movies = triples(20, 30)
    many, more_users, more_movies = triples(40, 30)
    before = held_out(few, users, movies, 0.2, 0)
    after = held_out(many, more_users, more_movies, 0.2, 0)
    assert np.array_equal(before, after[: len(before)])


def test_a_rating_stays_on_its_side_whatever_row_its_user_has() -> None:
    ratings, users, movies = triples(20, 30)
    turned = ratings._replace(user_N=19 - ratings.user_N)
    before = held_out(ratings, users, movies, 0.2, 0)
    after = held_out(turned, Vocabulary(range(19, -1, -1)), movies, 0.2, 0)
    assert np.array_equal(before, after)


def test_nothing_held_out() -> None:
    ratings, users, movies = triples(5, 5)
    assert not held_out(ratings, users, movies, 0.0, 0).any()
