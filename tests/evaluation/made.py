"""Small made data: two tastes, so that every model that learns beats popularity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from engine.evaluation.data import RatingData


def rating_frame(users: int = 60, movies: int = 24, share: float = 0.5, seed: int = 0) -> pd.DataFrame:
    """Ratings of two kinds of viewers: each likes one half of the movies."""
    rng = np.random.default_rng(seed)
    user_N, movie_N = np.nonzero(rng.random((users, movies)) < share)
    alike_N = user_N % 2 == movie_N % 2
    stars_N = np.where(alike_N, rng.choice([4.0, 5.0], len(user_N)), rng.choice([1.0, 2.0, 3.0], len(user_N)))
    order = rng.permutation(len(user_N))
    return pd.DataFrame(
        {"user": user_N[order], "movie": movie_N[order], "stars": stars_N[order], "at": np.arange(len(user_N))}
    )


def movie_frame(movies: int = 24) -> pd.DataFrame:
    """One genre each."""
    genres = ["Drama" if movie % 2 else "Comedy" for movie in range(movies)]
    titles = [f"Movie {movie}" for movie in range(movies)]
    return pd.DataFrame({"movie": range(movies), "title": titles, "year": 1990, "genres": genres})


def rating_data() -> RatingData:
    """Both."""
    return RatingData("made", rating_frame(), movie_frame())


def write_dat(folder: Path, ratings: pd.DataFrame, movies: pd.DataFrame) -> Path:
    """As MovieLens 1M has it."""
    lines = (f"{r.user + 1}::{r.movie + 1}::{int(r.stars)}::{r.at + 978_000_000}\n" for r in ratings.itertuples())
    (folder / "ratings.dat").write_text("".join(lines))
    names = (f"{m.movie + 1}::{m.title} ({m.year})::{m.genres}\n" for m in movies.itertuples())
    (folder / "movies.dat").write_text("".join(names))
    return folder


def write_100k(folder: Path, ratings: pd.DataFrame, movies: pd.DataFrame, folds: int = 2) -> Path:
    """As MovieLens 100K has it, with its folds."""
    lines = [f"{r.user + 1}\t{r.movie + 1}\t{int(r.stars)}\t{r.at + 880_000_000}\n" for r in ratings.itertuples()]
    (folder / "u.data").write_text("".join(lines))
    (folder / "u.genre").write_text("unknown|0\nComedy|1\nDrama|2\n")
    flags = {"Comedy": "0|1|0", "Drama": "0|0|1"}
    rows = (f"{m.movie + 1}|{m.title} ({m.year})|01-Jan-1990|||{flags[m.genres]}\n" for m in movies.itertuples())
    (folder / "u.item").write_text("".join(rows))
    for fold in range(folds):
        test = lines[fold::folds]
        (folder / f"u{fold + 1}.test").write_text("".join(test))
        (folder / f"u{fold + 1}.base").write_text("".join(line for line in lines if line not in set(test)))
    return folder
