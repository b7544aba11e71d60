"""The database file is deleted, moved or replaced, or its log, at any moment of a rating.

What was acknowledged before must be in the file, wherever it is now; afterwards nothing may be acknowledged.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from engine.errors import StoreError
from engine.store import open_store
from engine.types import RatingEvent
from tests.faults.one_viewer import store_of
from tests.faults.outcomes import Outcomes, compare

_RATINGS = 12
WAYS = ("move", "replace", "delete log", "delete", "delete all")


def run(seed: int, count: int) -> Outcomes:
    """Take `count` databases away from a store that is open."""
    outcomes = Outcomes()
    for number in range(count):
        label = f"seed {seed}, file {number}"
        chance = random.Random(f"{seed} {number}")
        with (
            tempfile.TemporaryDirectory(prefix="matinee-faults-") as name,
            outcomes.within_time(label),
            outcomes.no_other_error(label),
        ):
            _one(Path(name), chance, label, outcomes)
    return outcomes


def _one(folder: Path, chance: random.Random, label: str, outcomes: Outcomes) -> None:
    path, way = folder / "store.db", chance.choice(WAYS)
    outcomes.counts[way] += 1
    if way == "replace":
        store_of("Ben", folder / "other.db").close()
    store = store_of("Ana", path)
    before = [store.rate(1, 1, chance.randint(1, 10) / 2, rated_at=step) for step in range(chance.randrange(_RATINGS))]
    if chance.random() < 0.5:
        _take(path, way)
    else:  # within a change
        _is_refused(lambda: store.connection.write(lambda session: _take(path, way)), outcomes, label)
    for step in range(3):
        _is_refused(lambda step=step: store.rate(1, 1, 4, rated_at=_RATINGS + step), outcomes, label)
    store.close()
    _look(folder, way, before, label, outcomes)


def _take(path: Path, way: str) -> None:
    if way == "move":
        path.rename(path.with_name("moved.db"))
    elif way == "replace":
        path.rename(path.with_name("moved.db"))
        path.with_name("other.db").rename(path)
    elif way == "delete log":
        path.with_name("store.db-wal").unlink()
    elif way == "delete":
        path.unlink()
    else:
        for file in path.parent.glob("store.db*"):
            file.unlink()


def _is_refused(write: object, outcomes: Outcomes, label: str) -> None:
    try:
        write()  # type: ignore[operator]
    except StoreError as error:
        outcomes.message(str(error), label)
        outcomes.refused += 1
    else:
        outcomes.defects.append(f"{label}: a change was acknowledged after the file was gone")


def _look(folder: Path, way: str, before: list[RatingEvent], label: str, outcomes: Outcomes) -> None:
    """Find what was acknowledged, where the file is still somewhere; the one in its place is untouched."""
    if way in ("delete", "delete all"):
        outcomes.tries += 1
        outcomes.expect(not (folder / "store.db").exists(), label, "a deleted file is there again")
        return
    with open_store(f"sqlite:///{folder / ('store.db' if way == 'delete log' else 'moved.db')}") as store:
        outcomes.add(compare(store, before, tries=1))
    if way == "replace":
        with open_store(f"sqlite:///{folder}/store.db") as other:
            names = [user.name for user in other.users()]
            outcomes.expect(names == ["Ben"] and not other.last_seq(), label, "the file in its place was changed")
