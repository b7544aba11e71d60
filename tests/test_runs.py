"""Runs that are kept: written, read again, cut to what is needed, whatever lies beside them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from engine.errors import UnknownRun
from engine.runs import _LINES, _MOST_LINES, _MOST_POINTS, Curve, KeptRun, RunFolder, differences
from tests.service.made_up import incremental_run, kept_run, training_record


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs")
    assert folder.runs() == []
    assert folder.next_id() == "1"
    first, second, short = kept_run(1), kept_run(2), incremental_run(150, 0.91)
    for run in (second, first, short):
        folder.keep(run)
    as_read = [replace(run, settings=json.loads(json.dumps(run.settings))) for run in (first, short, second)]
    assert sorted(folder.runs(), key=lambda run: run.trained_seq) == as_read
    assert folder.next_id() == "3"
    assert folder.run("2") == as_read[2]
    with pytest.raises(UnknownRun, match="no run '7'; full runs are 1, 2"):
        folder.run("7")


def test_damaged_files_and_lines_are_left_out(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.keep(kept_run(1))
    folder.keep(incremental_run(150, 0.91))
    (tmp_path / "run-2.json").write_text('{"run_id": "2"}')
    (tmp_path / "run-3.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "run-x.json").write_text("[1]")
    (tmp_path / "run-5.json").write_text("[" * 100_000)
    with (tmp_path / _LINES).open("a") as file:
        file.write(json.dumps(asdict(incremental_run(151, 0.9)))[:50])
    assert [run.run_id for run in folder.runs()] == ["1", "i150"]
    assert folder.next_id() == "6"


def test_the_newest_incremental_runs_are_kept(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.keep(incremental_run(1, 0.9))
    line = (tmp_path / _LINES).read_text()
    (tmp_path / _LINES).write_text(line * (_MOST_LINES * 1024 // len(line) + 1))
    folder.keep(incremental_run(2, 0.8))
    runs = folder.runs()
    assert len(runs) == _MOST_LINES // 2
    assert runs[-1].trained_seq == 2


def test_a_curve_keeps_every_epoch_and_as_many_steps_as_there_is_room_for() -> None:
    curve = Curve()
    for step in range(5000):
        event = "epoch" if step % 50 == 0 else "step"
        rmse = 0.9 if event == "epoch" else None
        curve.note(replace(training_record(1, 1), event=event, step=step, val_rmse=rmse))  # type: ignore[arg-type]
    points = curve.points
    assert len(points) <= 2 * _MOST_POINTS
    assert [point.step for point in points if point.val_rmse is not None] == list(range(0, 5000, 50))
    assert [point.step for point in points] == sorted(point.step for point in points)
    curve.note(replace(training_record(1, 1), loss=None))
    assert curve.points == points


def test_what_two_runs_differ_in() -> None:
    a = kept_run(1)
    b = replace(
        kept_run(1), seed=3, n_ratings=120, settings={"name": "mine", "width": 64, "layers": (256, 128), "dropout": 0.4}
    )
    assert differences(a, b) == [("seed", "0", "3"), ("ratings", "100", "120"), ("width", "96", "64")]
    assert differences(a, a) == []


def test_only_runs_are_read_as_runs() -> None:
    good = asdict(kept_run(1))
    assert KeptRun.of(good | {"of a later version": 1}) == kept_run(1)
    for bad in ({"run_id": 1}, {"kind": "other"}, {"trained_seq": "x"}):
        with pytest.raises((ValueError, TypeError)):
            KeptRun.of(good | bad)
