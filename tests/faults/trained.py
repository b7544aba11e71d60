"""A small store with a model trained on it, and its checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from engine.config import preset
from engine.recommender import Recommender
from engine.service.settings import Settings
from engine.worker.checkpoints import Checkpoints
from engine.worker.data import RatingsLog, current, frame, movie_frame
from tests.service.harness import make_store, store_of


def small_store(folder: Path) -> Path:
    """Make `m.db` and `cache/` in the folder; the path of the one checkpoint."""
    make_store(folder / "m.db", users=24, movies=16)
    with store_of(folder) as store:
        checkpoints = Checkpoints(store, Settings(cache_dir=str(folder / "cache")))
        log = RatingsLog(store, folder)
        small = replace(preset("default"), epochs=2, width=8)
        model = Recommender.fit(frame(current(log.columns)), movie_frame(store.movies()), preset=small)
        model.learn(pd.DataFrame({"user": [1], "movie": [3], "stars": [5.0]}))
        checkpoints.save(model, log.seq, log.seq, "full", 1.0)
        [path] = checkpoints.folder.glob("*.ckpt")
    return path
