"""The made-up ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.bench.data import Size, made_up


def test_made_up_ratings_have_the_size_asked_for_and_are_the_same_again() -> None:
    size = Size(300, 200, 6_000)
    data = made_up(size, seed=1)
    ratings = data.ratings
    assert len(ratings) == size.ratings
    assert not ratings.duplicated(["user", "movie"]).any()
    assert ratings["user"].between(0, size.users - 1).all()
    assert ratings["movie"].between(0, size.movies - 1).all()
    assert set(ratings["stars"] * 2) <= set(range(1, 11))
    pd.testing.assert_frame_equal(ratings, made_up(size, seed=1).ratings)
    assert not ratings.equals(made_up(size, seed=2).ratings)


def test_few_movies_hold_most_ratings() -> None:
    ratings = made_up(Size(300, 400, 6_000)).ratings
    counts = np.sort(ratings["movie"].value_counts().to_numpy())[::-1]
    assert counts[:80].sum() > 0.5 * len(ratings)
