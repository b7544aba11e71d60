"""The database, its log or its folder becomes read-only at any moment: a rating is kept or refused, never lost."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import StoreError
from engine.store import open_store
from engine.types import RatingEvent
from tests.faults.outcomes import Outcomes, compare

_NOBODY = 65534
_RATINGS = 6
_EACH = 1_000


def run(seed: int, count: int) -> Outcomes:
    """Take rights away `count` times, from a store that is open or about to be opened."""
    outcomes = Outcomes()
    acknowledged: list[RatingEvent] = []
    folder = Path(tempfile.mkdtemp(prefix="matinee-faults-"))
    try:
        with _as_nobody(folder):
            url = f"sqlite:///{folder}/store.db"
            with open_store(url) as store:
                store.add_user("Ana")
                store.add_movie("Alien")
            for number in range(count):
                chance = random.Random(f"{seed} {number}")
                label = f"seed {seed}, rights {number}"
                with outcomes.within_time(label), outcomes.no_other_error(label):
                    acknowledged += _rate(folder, url, chance, number * _EACH, outcomes)
                _give_back(folder)
                with open_store(url) as store:
                    acknowledged.append(store.rate(1, 1, 5, rated_at=number * _EACH + _EACH - 1))
            with open_store(url) as store:
                found = compare(store, acknowledged, tries=count, refused=outcomes.refused)
    finally:
        shutil.rmtree(folder)
    outcomes.refused = 0
    outcomes.add(found)
    return outcomes


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


def _rate(folder: Path, url: str, chance: random.Random, first: int, outcomes: Outcomes) -> list[RatingEvent]:
    """Rate while rights go; what was acknowledged."""
    acknowledged = []
    taken = chance.randrange(_RATINGS)
    try:
        if chance.random() < 0.3:
            _take_away(folder, chance)
        with open_store(url) as store:
            for step in range(_RATINGS):
                if step == taken:
                    _take_away(folder, chance)
                try:
                    acknowledged.append(store.rate(1, 1, chance.randint(1, 10) / 2, rated_at=first + step))
                except StoreError as error:
                    outcomes.message(str(error), "a refused rating")
                    outcomes.refused += 1
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
