"""Small made-up ratings with a taste to learn: two kinds of viewers, two kinds of movies, and what is loved by all."""

from __future__ import annotations

import numpy as np
import pandas as pd

N_USERS, N_MOVIES = 150, 80
GENRES = ("Drama", "Comedy", "War", "Sci-Fi")


def made_up_ratings(seed: int = 0, n_users: int = N_USERS, n_movies: int = N_MOVIES) -> pd.DataFrame:
    """Columns user, movie, stars, at: about a third of the pairs, half stars; even viewers love even movies."""
    rng = np.random.default_rng(seed)
    user, movie = np.nonzero(rng.random((n_users, n_movies)) < np.linspace(0.6, 0.1, n_movies))
    match = np.where(user % 2 == movie % 2, 1.0, -1.0)
    stars = 3.2 + 1.1 * match + 0.4 * np.sin(movie) + rng.normal(0, 0.4, len(user))
    half = np.clip(np.rint(2 * stars), 1, 10)
    order = rng.permutation(len(user))
    frame = pd.DataFrame({"user": user + 1, "movie": movie + 1, "stars": half / 2, "at": np.arange(len(user))})
    return frame.iloc[order].reset_index(drop=True)


def made_up_movies(n_movies: int = N_MOVIES) -> pd.DataFrame:
    """Columns movie, title, year, genres: even movies are Drama, odd ones Comedy, each with one more genre or none."""
    ids = np.arange(1, n_movies + 1)
    second = ["", "|War", "|Sci-Fi"]
    genres = [GENRES[movie % 2] + second[movie % 3] for movie in ids]
    return pd.DataFrame({"movie": ids, "title": [f"Movie {m}" for m in ids], "year": 1950 + ids % 70, "genres": genres})


def history(ratings: pd.DataFrame, user: int) -> pd.DataFrame:
    """One user's ratings, columns movie and stars."""
    return ratings.loc[ratings["user"] == user, ["movie", "stars"]].reset_index(drop=True)
