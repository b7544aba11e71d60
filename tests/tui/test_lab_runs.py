"""The kept runs on the screen."""

from __future__ import annotations

import pytest

from tests.service.fake import FakeService
from tests.service.made_up import incremental_run, kept_run
from tests.tui.conftest import log_in, text_of, until
from tui.app import MatineeApp
from tui.presenters.lab_runs import difference_lines, errors_of, long_curve_lines, losses_of, overlay
from tui.state.lab_runs import RunShelf
from tui.widgets.lab.runs import RunCurves, RunFacts, RunTable

RUNS = (kept_run(1), kept_run(2, preset="study", seed=5), kept_run(3, val_rmse=None), incremental_run(310, 0.93),
        incremental_run(311, 0.91))  # fmt: skip


def test_the_shelf_sorts_marks_and_forgets_the_oldest_mark() -> None:
    shelf = RunShelf(RUNS)
    orders = []
    for _ in range(5):
        orders.append([run.run_id for run in shelf.rows()])
        shelf.sort_next()
    assert orders == [["3", "2", "1"], ["1", "2", "3"], ["3", "2", "1"], ["3", "2", "1"], ["3", "2", "1"]]
    assert shelf.sort == "newest"
    assert [run.run_id for _, run in shelf.laid_over(RUNS[1])] == ["2"]
    for run_id in ("1", "3", "1", "2"):
        shelf.mark(run_id)
    assert [(letter, run.run_id) for letter, run in shelf.laid_over(None)] == [("A", "3"), ("B", "2")]
    for run_id in ("a", "b", "c"):
        shelf.mark(run_id)
    assert shelf.marked == ["2", "a", "b", "c"]
    assert shelf.long_curve() == [(310.0, 0.93), (311.0, 0.91)]


def test_curves_lie_over_each_other_and_end_in_their_letters() -> None:
    series = [(letter, errors_of(run)) for letter, run in zip("AB", RUNS[:2], strict=True)]
    lines = [line.plain for line in overlay("error", series, 60, 12)]
    assert len(lines) == 12
    assert all(len(line) == 60 for line in lines)
    assert sum("A" in line for line in lines) == 1
    assert sum("B" in line for line in lines) == 1
    assert lines[-1].split() == ["1", "8"]
    assert "no figures yet" in overlay("error", [("A", [])], 60, 5)[1].plain
    assert len(losses_of(RUNS[0])) == 8
    same = [(letter, errors_of(RUNS[0])) for letter in "AB"]
    assert sum(line.plain.count("A") + line.plain.count("B") for line in overlay("x", same, 60, 12)) == 2


def test_what_differed_and_the_long_curve() -> None:
    text = "\n".join(line.plain for line in difference_lines(RUNS[0], RUNS[1], ("A", "B"), 70, 20))
    assert "preset" in text
    assert "study" in text
    assert "dropout" not in text
    long = [line.plain for line in long_curve_lines([(1.0, 0.93), (2.0, 0.91)], 90, 8)]
    assert "at 2 incremental runs" in long[0]
    assert "better than at first (.9300)" in long[-1]
    assert "short incremental run" in long_curve_lines([], 120, 8)[0].plain


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_through_the_runs(app: MatineeApp, service: FakeService, size: tuple[int, int]) -> None:
    service.kept = list(RUNS)
    async with app.run_test(size=size) as pilot:
        await log_in(pilot)
        await pilot.press("t", "4")
        await until(pilot, lambda: app.screen.query(RunTable) and app.screen.query_one(RunTable).rows)
        table = app.screen.query_one(RunTable)
        assert "study" in text_of(app, RunTable)
        assert "validation RMSE" in text_of(app, RunCurves)
        await pilot.press("o")
        assert [run.run_id for run in table.rows] == ["1", "2", "3"]
        await pilot.press("home", "space", "down", "space")
        assert app.viewing.lab.shelf.marked == ["3", "2"] or app.viewing.lab.shelf.marked == ["1", "2"]
        if size[0] > 80:
            assert "differs" in text_of(app, RunFacts)
        service.kept.append(kept_run(9))
        app.service.engine.train()
        await until(pilot, lambda: len(table.rows) == 4)
