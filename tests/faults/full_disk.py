"""The disk becomes full at any moment of a rating, an import or a checkpoint, and later has room again."""

from __future__ import annotations

import random
from pathlib import Path

from engine import files
from engine.errors import MatineeError
from engine.importing.load import import_dataset
from engine.store import Store, open_store
from engine.types import RatingEvent
from tests.faults import one_viewer
from tests.faults.outcomes import Outcomes
from tests.faults.room import Disk, Limit, small
from tests.importing import shapes

_MOST_LEFT = 200_000
_RATINGS = 40
_IMPORTED = 3_000


def run(seed: int, count: int) -> Outcomes:
    """Fill a disk `count` times, leaving some bytes."""
    with small() as disk:
        dataset = shapes.ml_1m(disk.folder / "set", ratings=shapes.ratings_1m(_IMPORTED))
        path = disk.folder / "store.db"

        def fill(chance: random.Random, first: int, label: str, outcomes: Outcomes) -> list[RatingEvent]:
            deed = chance.choice(("rate", "rate", "import", "file"))
            with open_store(f"sqlite:///{path}") as store:  # anew: a log that is there already needs no more room
                acknowledged: list[RatingEvent] = []
                if deed == "rate":
                    acknowledged += _rate(disk, store, chance, first, outcomes)
                elif deed == "import":
                    _import(disk, dataset, chance, outcomes, label)
                else:
                    _write(disk, chance, outcomes, label)
                disk.free()
                return [*acknowledged, store.rate(1, 1, 5, rated_at=first + _RATINGS)]

        return one_viewer.run(path, seed, count, "full disk", fill, disk.free)


def _rate(disk: Disk | Limit, store: Store, chance: random.Random, first: int, outcomes: Outcomes) -> list[RatingEvent]:
    """Rate on a disk with little room; what was acknowledged."""
    disk.fill(chance.randrange(_MOST_LEFT))
    acknowledged: list[RatingEvent] = []
    for moment in range(first, first + _RATINGS):
        acknowledged += one_viewer.rate(store, chance, moment, outcomes)
    outcomes.counts["ratings refused" if len(acknowledged) < _RATINGS else "all ratings kept"] += 1
    return acknowledged


def _import(disk: Disk | Limit, dataset: Path, chance: random.Random, outcomes: Outcomes, label: str) -> None:
    """Import into a new database; it is whole or empty, and the same call completes it when there is room."""
    path = disk.folder / "import.db"
    disk.fill(chance.randrange(4 * _MOST_LEFT))
    try:
        import_dataset(dataset, None, f"sqlite:///{path}")
        outcomes.counts["imported"] += 1
    except MatineeError as error:
        outcomes.message(str(error), label)
        outcomes.counts["import refused"] += 1
        disk.free()
        with open_store(f"sqlite:///{path}") as store:
            outcomes.expect(not store.counts().rating_events, label, "an import that was refused left ratings")
    disk.free()
    import_dataset(dataset, None, f"sqlite:///{path}")
    with open_store(f"sqlite:///{path}") as store:
        outcomes.expect(store.counts().rating_events == _IMPORTED, label, "not all ratings after a second import")
    for file in path.parent.glob("import.db*"):
        file.unlink()


def _write(disk: Disk | Limit, chance: random.Random, outcomes: Outcomes, label: str) -> None:
    """Write a file as checkpoints and caches are written: the old one stays, and nothing else is left."""
    target = disk.folder / "file" / "model.ckpt"
    with files.replacing(target) as file:
        file.write(b"old")
    disk.fill(chance.randrange(_MOST_LEFT))
    try:
        with files.replacing(target) as file:
            for _ in range(chance.randint(1, 100)):
                file.write(b"new!" * 1024)
        outcomes.counts["file written"] += 1
    except OSError:
        outcomes.counts["file refused"] += 1
        outcomes.expect(target.read_bytes() == b"old", label, "the old file is not whole")
    outcomes.expect(list(target.parent.iterdir()) == [target], label, "a file that was begun is left")
