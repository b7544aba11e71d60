"""Programs that save checkpoints are killed at any moment; a whole one must be there each time, and nothing torn."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from engine.service.settings import Settings
from engine.store import DatabaseUrl, Store
from engine.worker.checkpoints import Checkpoints
from tests.faults.killing import go, killed
from tests.faults.making import MODULE
from tests.faults.outcomes import Outcomes
from tests.faults.trained import small_store
from tests.service.harness import store_of
from tests.store import programs

_MOST_SAVED = 12
_LATE_S = 0.02
_KEPT = 2


def run(seed: int, count: int) -> Outcomes:
    """Kill `count` programs that save the model of one small store."""
    outcomes = Outcomes(tries=count)
    moments, most = random.Random(seed), _KEPT
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        folder = Path(name)
        small_store(folder)
        url = DatabaseUrl("sqlite", path=folder / "m.db")
        for number in range(count):
            label = f"seed {seed}, kill {number}"
            with programs.running("save", url, folder / "cache", module=MODULE) as process:
                go(process)
                said = killed(process, moments, (0, _MOST_SAVED), _LATE_S)
            with outcomes.no_other_error(label), store_of(folder) as store:
                # A save deletes all old ones at its end, and each program may die before that, again and again.
                most = _KEPT + 1 if said else most + 1
                _look(store, folder / "cache", most, outcomes, label)
                outcomes.counts["checkpoints saved"] += len(said)
    return outcomes


def _look(store: Store, cache: Path, most: int, outcomes: Outcomes, label: str) -> None:
    checkpoints = Checkpoints(store, Settings(cache_dir=str(cache)))
    with outcomes.within_time(label):
        found = checkpoints.load()
    outcomes.expect(found.model is not None and not found.problems, label, f"not loaded: {found.problems}")
    files = {path.name for path in checkpoints.folder.iterdir() if path.name != "ratings.npz"}
    outcomes.expect(all(name.endswith(".ckpt") for name in files), label, f"left behind: {sorted(files)}")
    outcomes.expect(len(files) <= most, label, f"{len(files)} checkpoints")
