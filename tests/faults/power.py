"""The power goes at any moment of a recorded run: what was said to be safe must be on a disk that kept what was synced.

The writes of one program are recorded once. Then, for each try, a moment is chosen, and of what was not synced by then
some writes are lost, kept or torn at the bounds of sectors; the store is opened on what is left.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest

from engine.store import DatabaseUrl, Store, open_store
from engine.types import RatingEvent
from tests.faults.disk import Disk
from tests.faults.outcomes import Outcomes, compare
from tests.faults.recorded import available, record, whole_lines

_RATINGS = 420
"""Enough for the log to be copied into the database twice."""
_EACH = 20
_SHM = 32_768


def run(seed: int, count: int, program: str = "write_all") -> Outcomes:
    """Cut the power at `count` moments of a program; skips where its writes can't be recorded."""
    if not available():
        pytest.skip("needs strace, and the right to use it")
    chance = random.Random(seed)
    outcomes = Outcomes()
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        folder = Path(name).resolve() / "written"
        folder.mkdir()
        steps = record(program, _url(folder), folder, folder, _RATINGS, _EACH)
        said = list(whole_lines(steps))
        disk, done = Disk(str(folder)), 0
        for number, moment in enumerate(sorted(chance.randrange(len(steps) + 1) for _ in range(count))):
            for step in steps[done:moment]:
                disk.take(step)
            done = moment
            safe = [line for at, line in said if at < moment]
            label = f"seed {seed}, moment {moment} of {len(steps)}, try {number}"
            with outcomes.no_other_error(label), outcomes.within_time(label):
                _one(disk, safe, random.Random(f"{seed} {number}"), label, outcomes)
    return outcomes


def _one(disk: Disk, safe: list[str], chance: random.Random, label: str, outcomes: Outcomes) -> None:
    with tempfile.TemporaryDirectory(prefix="matinee-faults-") as name:
        folder = Path(name)
        disk.after_power_loss(folder, chance)
        if (folder / "store.db-shm").exists():  # never synced, and never trusted
            (folder / "store.db-shm").write_bytes(chance.randbytes(_SHM))
        acknowledged = [RatingEvent(*map(int, line.split()[1:])) for line in safe if line.startswith("rated ")]
        with open_store(_url(folder)) as store:
            outcomes.add(compare(store, acknowledged, tries=1))
            _look_sound(store, bool(acknowledged), label, outcomes)
        _look_at_the_file(folder / "model.ckpt", safe, label, outcomes)


def _look_sound(store: Store, begun: bool, label: str, outcomes: Outcomes) -> None:
    checked = store.connection.read(lambda session: session.rows("PRAGMA integrity_check"))
    outcomes.expect(checked == [("ok",)], label, f"a damaged database: {checked}")
    if begun:
        outcomes.expect(store.rate(1, 1, 5).seq == store.last_seq(), label, "no further rating")


def _look_at_the_file(path: Path, safe: list[str], label: str, outcomes: Outcomes) -> None:
    """It is whole, and no older than the last that was said to be written."""
    written = [int(line.split()[1]) for line in safe if line.startswith("written ")]
    if not path.exists():
        outcomes.expect(not written, label, "a file that was written is gone")
        return
    content = path.read_bytes()
    outcomes.expect(content == content[:9] * 2_000, label, f"a torn file of {len(content)} bytes")
    outcomes.expect(not written or int(content[:9] or -1) >= written[-1], label, "an old file in place of the last one")


def _url(folder: Path) -> DatabaseUrl:
    return DatabaseUrl("sqlite", path=folder / "store.db")
