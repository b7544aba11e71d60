"""The database, its log or its folder becomes read-only at any moment: a rating is kept or refused, never lost."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from engine.errors import StoreError
from engine.store import open_store
from engine.types import RatingEvent
from tests.faults import one_viewer
from tests.faults.outcomes import Outcomes

_NOBODY = 65534
_RATINGS = 6


def run(seed: int, count: int) -> Outcomes:
    """Take rights away `count` times, from a store that is open or about to be opened."""
    folder = Path(tempfile.mkdtemp(prefix="matinee-faults-"))
    try:
        with _as_nobody(folder):
            return one_viewer.run(
                folder / "store.db", seed, count, "rights", partial(_rate, folder), partial(_give_back, folder)
            )
    finally:
        shutil.rmtree(folder)


@contextmanager
def _as_nobody(folder: Path) -> Iterator[None]:
    """Root may write where it is forbidden, so be nobody for a while, with a folder of one's own."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, _NOBODY, -1)
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def _rate(folder: Path, chance: random.Random, first: int, _label: str, outcomes: Outcomes) -> list[RatingEvent]:
    """Rate while rights go; what was acknowledged."""
    acknowledged: list[RatingEvent] = []
    taken = chance.randrange(_RATINGS)
    try:
        if chance.random() < 0.3:
            _take_away(folder, chance)
        with open_store(f"sqlite:///{folder}/store.db") as store:
            for moment in range(first, first + _RATINGS):
                if moment == first + taken:
                    _take_away(folder, chance)
                acknowledged += one_viewer.rate(store, chance, moment, outcomes)
    except StoreError as error:
        outcomes.message(str(error), "a store that does not open")
        outcomes.counts["did not open"] += 1
    else:
        outcomes.counts["opened"] += 1
    return acknowledged


def _take_away(folder: Path, chance: random.Random) -> None:
    with suppress(PermissionError):  # all is taken already
        victims = [*sorted(folder.iterdir()), folder]
        chosen = chance.sample(victims, chance.randint(1, len(victims)))
        for path in sorted(chosen, key=victims.index):  # the folder last: nothing in it can be changed then
            _close(path, folder, chance)


def _close(path: Path, folder: Path, chance: random.Random) -> None:
    if path == folder:
        path.chmod(chance.choice((0o500, 0o000)))
    else:
        path.chmod(chance.choice((0o400, 0o000)))


def _give_back(folder: Path) -> None:
    folder.chmod(0o700)
    for path in folder.iterdir():
        path.chmod(0o600)
