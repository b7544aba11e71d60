"""A small recommender of each preset, fitted once; tests that change one load their own copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from engine.config import Config, preset
from engine.recommender import Recommender
from tests.helpers.made_up import made_up_movies, made_up_ratings

SMALL = replace(preset("default"), epochs=16, batch=64)
SMALL_STUDY = replace(preset("study"), epochs=6)


@pytest.fixture(scope="session")
def ratings() -> pd.DataFrame:
    return made_up_ratings()


@pytest.fixture(scope="session")
def movies() -> pd.DataFrame:
    return made_up_movies()


@pytest.fixture(scope="session")
def small() -> Config:
    return SMALL


@pytest.fixture(scope="session")
def fitted(ratings: pd.DataFrame, movies: pd.DataFrame) -> Recommender:
    """Default preset. Read only."""
    return Recommender.fit(ratings, movies, preset=SMALL)


@pytest.fixture(scope="session")
def study(ratings: pd.DataFrame, movies: pd.DataFrame) -> Recommender:
    """Study preset. Read only."""
    return Recommender.fit(ratings, movies, preset=SMALL_STUDY)


@pytest.fixture(scope="session")
def saved(fitted: Recommender, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoints") / "default.ckpt"
    fitted.save(path, {"uuid": "store", "seq": 7})
    return path


@pytest.fixture(scope="session")
def saved_study(study: Recommender, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoints") / "study.ckpt"
    study.save(path)
    return path


@pytest.fixture(params=["default", "study"])
def own(request: pytest.FixtureRequest) -> Callable[[], Recommender]:
    """Makes copies of the fitted recommender that a test may change; runs for both presets."""
    path: Path = request.getfixturevalue("saved" if request.param == "default" else "saved_study")
    return lambda: Recommender.load(path)


@pytest.fixture
def copy(saved: Path) -> Recommender:
    """A default recommender that a test may change."""
    return Recommender.load(saved)
