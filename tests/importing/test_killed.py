"""An import is one unit: killed anywhere, or cut off from its server, the same command completes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.importing.load import import_dataset
from engine.store import DatabaseUrl, open_store
from tests.importing import shapes
from tests.importing.contents import contents
from tests.store import databases

KILLED = """
import os, signal, sys
from engine.importing.load import import_dataset

def kill(stage, done, total):
    if stage == sys.argv[3] and done >= int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)

import_dataset(sys.argv[1], None, sys.argv[2], batch=2_000, on_progress=kill)
"""
POINTS = [
    ("movies", 3),
    ("viewers", 300),
    ("ratings", 0),
    ("ratings", 2_000),
    ("ratings", 4_000),
    ("ratings", 4_500),
]
"""Stage and count at which the process kills itself: between batches, and when all but the end is written."""
N = 4_500


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three batches of ratings by 300 viewers."""
    lines = [f"{1 + i % 300}::{1 + i % 2}::{1 + i % 5}::{978300000 + i}\n" for i in range(N)]
    return shapes.ml_1m(tmp_path_factory.mktemp("big"), ratings="".join(lines))


@pytest.mark.parametrize(("stage", "count"), POINTS)
def test_killed_on_sqlite_leaves_nothing(tmp_path: Path, folder: Path, stage: str, count: int) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    _import_and_die(folder, url, stage, count)
    with open_store(url) as store:
        counts = store.counts()
        assert (counts.users, counts.movies, counts.rating_events, store.imports()) == (0, 0, 0, [])
    assert import_dataset(folder, None, url).written == N


@pytest.mark.mysql
@pytest.mark.parametrize(("stage", "count"), POINTS)
def test_killed_on_a_server_goes_on(tmp_path: Path, folder: Path, mysql_target: str, stage: str, count: int) -> None:
    _import_and_die(folder, mysql_target, stage, count)
    result = import_dataset(folder, None, mysql_target)
    assert result.written == N - (count if stage == "ratings" else 0)
    whole = f"sqlite:///{tmp_path / 'whole.db'}"
    import_dataset(folder, None, whole)
    assert contents(mysql_target) == contents(whole)
    assert import_dataset(folder, None, mysql_target).already


@pytest.mark.mysql
def test_lost_connections_lose_and_double_nothing(tmp_path: Path, folder: Path, mysql_target: str) -> None:
    name = DatabaseUrl.parse(mysql_target).name

    def cut(stage: str, done: int, total: int) -> None:
        if stage in ("viewers", "ratings"):
            with databases.server() as cursor:
                cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
                for (number,) in cursor.fetchall():
                    cursor.execute(f"KILL {number}")

    import_dataset(folder, None, mysql_target, on_progress=cut)
    whole = f"sqlite:///{tmp_path / 'whole.db'}"
    import_dataset(folder, None, whole)
    assert contents(mysql_target) == contents(whole)


def _import_and_die(folder: Path, url: str, stage: str, count: int) -> None:
    command = [sys.executable, "-c", KILLED, str(folder), url, stage, str(count)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
