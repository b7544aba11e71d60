"""The simulated disk, and proof that a program that syncs too little would be found out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults import power
from tests.faults.disk import Disk
from tests.faults.recorded import Step, _step, whole_lines

FOLDER = "/data"
TRIES = 60


def left(tmp_path: Path, *steps: Step) -> list[dict[str, bytes]]:
    """What many power losses after these steps leave, by name; each outcome once."""
    disk, found = Disk(FOLDER), []
    for step in steps:
        disk.take(step)
    for number in range(TRIES):
        folder = tmp_path / str(number)
        folder.mkdir()
        disk.after_power_loss(folder, random.Random(number))
        content = {path.name: path.read_bytes() for path in folder.iterdir()}
        if content not in found:
            found.append(content)
    return found


def made(name: str, data: bytes = b"") -> list[Step]:
    path = f"{FOLDER}/{name}"
    return [Step("create", path), Step("write", path, data, -1)]


SYNCED = Step("sync", FOLDER)


def test_what_is_synced_with_its_name_stays(tmp_path: Path) -> None:
    assert left(tmp_path, *made("a", b"safe"), Step("sync", f"{FOLDER}/a"), SYNCED) == [{"a": b"safe"}]


def test_a_name_that_is_not_synced_may_be_missing(tmp_path: Path) -> None:
    found = left(tmp_path, *made("a", b"safe"), Step("sync", f"{FOLDER}/a"))
    assert sorted(map(len, found)) == [0, 1]


def test_a_write_that_is_not_synced_may_be_missing(tmp_path: Path) -> None:
    found = left(tmp_path, *made("a", b"lost"), SYNCED)
    assert {each["a"] for each in found} == {b"", b"lost"}


def test_a_write_that_is_not_synced_may_be_torn(tmp_path: Path) -> None:
    found = left(tmp_path, *made("a", b"x" * 1024), SYNCED)
    assert b"x" * 512 in {each["a"] for each in found}
    assert b"\0" * 512 + b"x" * 512 in {each["a"] for each in found}


def test_a_rename_that_is_not_synced_may_not_have_happened(tmp_path: Path) -> None:
    steps = [*made("old", b"1"), Step("sync", f"{FOLDER}/old"), SYNCED]
    found = left(tmp_path, *steps, Step("rename", f"{FOLDER}/old", to=f"{FOLDER}/new"))
    assert sorted(found, key=str) == [{"new": b"1"}, {"old": b"1"}]


def test_calls_are_read_as_strace_writes_them() -> None:
    written = r'pwrite64(4</d/s.db-wal>, "\x37\x7f", 2, 32) = 2'
    assert _step(written) == Step("write", "/d/s.db-wal", b"\x37\x7f", 32)
    assert _step(r'openat(AT_FDCWD</>, "\x2f\x64", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 3<\x2f\x64>') == Step(
        "create", "/d"
    )
    assert _step(r'openat(AT_FDCWD</>, "\x2f\x64", O_RDONLY) = 3</d>') is None
    assert _step(r'rename("\x2f\x64", "\x2f\x65") = 0') == Step("rename", "/d", to="/e")
    assert _step(r"fdatasync(4<\x2f\x64>) = 0") == Step("sync", "/d")
    assert _step(r'unlink("\x2f\x64") = -1 ENOENT (No such file or directory)') is None
    said = [_step(r'write(1<pipe:[7]>, "\x61\x0a\x62", 3) = 3'), _step(r'write(1<pipe:[7]>, "\x63\x0a", 2) = 2')]
    assert list(whole_lines([step for step in said if step])) == [(0, "a"), (1, "bc")]


def test_what_was_said_to_be_safe_is_there_after_a_power_loss() -> None:
    outcomes = power.run(0, TRIES)
    assert outcomes.sound, outcomes
    assert outcomes.acknowledged > 1_000


def test_a_store_that_does_not_sync_is_found_out() -> None:
    outcomes = power.run(0, TRIES, program="write_all_carelessly")
    assert outcomes.lost > 0
    assert any("torn file" in defect for defect in outcomes.defects)


@pytest.mark.parametrize("kind", ["write", "truncate"])
def test_a_change_that_is_synced_is_made(tmp_path: Path, kind: str) -> None:
    path = f"{FOLDER}/a"
    change = Step(kind, path, b"XY" if kind == "write" else b"", 1)
    found = left(tmp_path, *made("a", b"abcd"), change, Step("sync", path), SYNCED)
    assert found == [{"a": b"aXYd" if kind == "write" else b"a"}]
