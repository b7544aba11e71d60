"""Copies of the rating log damaged by a seed: whatever they hold, the engine reads what the store holds.

`run(seed, count)` damages the copy of one small store `count` times: most often its bytes, else what a whole archive
holds. The same seed gives the same files.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from engine.store import EventColumns, Store
from engine.worker.data import RatingsLog
from tests.faults.damage import damaged
from tests.faults.outcomes import Outcomes
from tests.service.harness import make_store, store_of

_SEALED = 0.3
"""Share of the copies that are whole archives with wrong contents."""


def run(seed: int, count: int) -> Outcomes:
    """Damage and load `count` copies."""
    outcomes = Outcomes(tries=count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_store(folder / "m.db", users=80, movies=60)
        with store_of(folder) as store:
            RatingsLog(store, folder)
            path = folder / "ratings.npz"
            whole, truth = path.read_bytes(), store.events_after(0)
            for number in range(count):
                chance = random.Random(f"{seed} {number}")
                path.write_bytes(whole)
                way = _spoil(chance, path)
                _one(store, folder, truth, f"seed {seed}, copy {number} ({way})", outcomes)
    return outcomes


def _spoil(chance: random.Random, path: Path) -> str:
    if chance.random() >= _SEALED:
        path.write_bytes(damaged(chance, path.read_bytes()))
        return "bytes"
    with np.load(path) as file:
        arrays: dict[str, Any] = dict(file)
    name = chance.choice(list(arrays))
    way = chance.choice(("gone", "type", "shape", "short", "value", "order", "text"))
    arrays[name] = _wrong(chance, way, arrays[name])
    if way == "gone":
        del arrays[name]
    np.savez(path, **arrays)
    return f"{way} of {name}"


def _wrong(chance: random.Random, way: str, array: Any) -> Any:
    kinds = (np.float64, np.int8, np.uint64, np.str_)
    if way == "type" and array.ndim:
        return array.astype(chance.choice([kind for kind in kinds if kind != array.dtype]))
    if way == "shape":
        return array[None]
    if way == "short":
        return np.atleast_1d(array)[: chance.choice((0, 1, -1))]
    if way == "value" and array.ndim:  # in the first or the last row, which are looked at whatever they hold
        changed = array.copy()
        changed[chance.choice((0, -1))] ^= 1 << chance.randrange(7)
        return changed
    if way == "order":
        return np.flip(np.atleast_1d(array))
    return np.array("matinée")


def _one(store: Store, folder: Path, truth: EventColumns, label: str, outcomes: Outcomes) -> None:
    with outcomes.no_other_error(label), outcomes.within_time(label):
        loaded = RatingsLog(store, folder).columns
        same = all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(loaded, truth, strict=True))
        outcomes.counts["true"] += same
        outcomes.expect(same, label, "other ratings than the store's")
