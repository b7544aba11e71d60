from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.data.interactions import Vocabulary, half_stars, read_ratings, seconds
from engine.errors import BadFrame, BadStars


def test_the_latest_rating_of_a_movie_counts() -> None:
    frame = pd.DataFrame({"user": [1, 1, 1], "movie": [5, 5, 6], "stars": [2.0, 4.0, 1.0], "at": [200, 100, 1]})
    triples = read_ratings(frame, Vocabulary(), Vocabulary([5, 6]))
    assert sorted(zip(triples.movie_N.tolist(), triples.half_N.tolist(), strict=True)) == [(0, 4), (1, 2)]
    without_time = read_ratings(frame.drop(columns="at"), Vocabulary(), Vocabulary([5, 6]))
    assert sorted(zip(without_time.movie_N.tolist(), without_time.half_N.tolist(), strict=True)) == [(0, 8), (1, 2)]


@pytest.mark.parametrize("at", [[100.0, np.nan], pd.to_datetime(["2024-01-01", None])])
def test_a_dated_rating_counts_before_an_undated_one(at: object) -> None:
    frame = pd.DataFrame({"user": [1, 1], "movie": [5, 5], "stars": [2.0, 4.0], "at": at})
    for rows in (frame, frame[::-1]):
        assert read_ratings(rows, Vocabulary(), Vocabulary()).half_N.tolist() == [4]


@pytest.mark.parametrize("stars", [0.25, 5.5, -1.0, 3.3])
def test_stars_off_the_half_steps_are_refused(stars: float) -> None:
    with pytest.raises(BadStars, match="half steps"):
        half_stars(np.array([3.0, stars]))


def test_nothing_and_nan_are_ratings_taken_back() -> None:
    assert half_stars(np.array([0.0, np.nan, 0.5, 5.0])).tolist() == [0, 0, 1, 10]


def test_timestamps_are_numbers_or_dates() -> None:
    dates = pd.Series(pd.to_datetime(["1970-01-01 00:00:10", None]))
    for column in (dates, dates.dt.tz_localize("UTC"), pd.Series([10.0, None]), pd.Series([10, None], dtype="Int64")):
        assert seconds(column).tolist() == pytest.approx([10.0, np.nan], nan_ok=True)
    with pytest.raises(BadFrame, match="'at' must hold seconds or dates"):
        seconds(pd.Series(["yesterday"]))
