from __future__ import annotations

import pandas as pd
import pytest

from engine.evaluation.data import RatingData
from tests.evaluation import made


@pytest.fixture(scope="session")
def data() -> RatingData:
    return made.rating_data()


@pytest.fixture
def ratings(data: RatingData) -> pd.DataFrame:
    return data.ratings.copy()
