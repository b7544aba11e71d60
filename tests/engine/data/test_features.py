from __future__ import annotations

import pandas as pd

from engine.data.features import read_movies


def test_a_year_may_be_missing_in_whichever_way_pandas_marks_it() -> None:
    years = pd.Series([1994, None], dtype="Int64")
    for column in (years, years.astype("float64"), years.astype("object"), pd.Series(["1994", "soon"])):
        movies = pd.DataFrame({"movie": [1, 2], "title": ["A", "B"], "year": column, "genres": ["Drama", None]})
        assert read_movies(movies) == [(1, ("Drama",), 1994), (2, (), None)]
