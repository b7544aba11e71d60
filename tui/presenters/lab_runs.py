"""The kept runs: a table, curves laid over each other, what differed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.runs import differences
from tui.presenters.chart import bounds, braille, columns
from tui.presenters.text import ACCENT, BOLD, DOWN, QUIET, UP, VARIETY, bare, count, fit, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from engine.runs import KeptRun
    from tui.state.lab_runs import SortKey

    Series = tuple[str, Sequence[tuple[float, float]]]
    """A letter and the points of a curve."""

_STYLES = ("$curve-loss", "$curve-val", VARIETY, UP)
_AXIS = 8
_OUTCOMES = {"serves": "serves or served", "dropped": "dropped", "stopped": "stopped", "failed": "failed",
             "beside": "beside"}  # fmt: skip
SORT_WORDS: dict[SortKey, str] = {
    "newest": "newest first", "error": "smallest error first", "order": "best order (NDCG) first",
    "loss": "smallest loss first", "seconds": "quickest first",
}  # fmt: skip


def head_line(width: int) -> Content:
    """The names of the columns."""
    return fit(
        line((_row(" ", "run", "began", "preset", "seed", "ep", "loss", "error", "NDCG", "s", "outcome"), QUIET)), width
    )


def _row(mark: str, run: str, began: str, preset: str, seed: str, *figures: str) -> str:
    epochs, loss, error, ndcg, seconds, outcome = figures
    return f"{mark:<2}{run:>4}  {began:<12} {preset:<10.10} {seed:>4} {epochs:>4} {loss:>6} {error:>6} {ndcg:>6} {seconds:>7}  {outcome}"


def run_line(run: KeptRun, letter: str, width: int, *, cursor: bool) -> Content:
    """One run as a row of the table."""
    began = time.strftime("%d %b %H:%M", time.localtime(run.began_at))
    text = _row(
        letter or "·", run.run_id, began, run.preset, str(run.seed), str(run.epochs), bare(run.loss), bare(run.val_rmse),
        bare(run.val_ndcg10), f"{run.seconds:.1f}", _OUTCOMES.get(run.outcome, run.outcome),
    )  # fmt: skip
    return fit(line((text, BOLD if letter else "")), width).stylize("on $cursor-row" if cursor else "")


def errors_of(run: KeptRun) -> list[tuple[float, float]]:
    """Error on kept-aside ratings over the epochs."""
    return [(float(point.epoch), point.val_rmse) for point in run.curve if point.val_rmse is not None]


def losses_of(run: KeptRun) -> list[tuple[float, float]]:
    """Training loss over the epochs, a step a point."""
    last = max((point.step for point in run.curve), default=1) or 1
    return [(point.step / last * run.epochs, point.loss) for point in run.curve if point.loss is not None]


def overlay(title: str, series: Sequence[Series], width: int, height: int) -> list[Content]:
    """Curves over one another on one pair of axes; each ends in its letter, so that no colour is needed."""
    lines = [fit(line((title, QUIET)), width)]
    drawn = [(letter, points) for letter, points in series if points]
    rows = height - 2
    if not drawn or rows < 1:
        return [*lines, fit(line(("no figures yet", QUIET)), width), *[fit("", width)] * (height - 2)][:height]
    first = min(points[0][0] for _, points in drawn)
    last = max(points[-1][0] for _, points in drawn)
    cells = max(8, width - _AXIS - 1)
    values = [columns(points, first, max(last, first + 1e-9), cells * 2) for _, points in drawn]
    low, high = bounds([value for each in values for value in each])
    low = min(low, min(points[-1][1] for _, points in drawn))
    pictures = [braille(each, rows, low, high) for each in values]
    ends = _ends([letter for letter, _ in drawn], values, rows, low, high)
    for row in range(rows):
        label = bare(high) if row == 0 else bare(low) if row == rows - 1 else ""
        lines.append(fit(line((f"{label:>{_AXIS - 1}} ", QUIET), *_merged(pictures, row, ends)), width))
    scale = f"{first:g}".ljust(cells - len(f"{last:g}")) + f"{last:g}"
    return [*lines, fit(line((" " * _AXIS + scale, QUIET)), width)]


def _ends(
    letters: Sequence[str], values: Sequence[Sequence[float | None]], rows: int, low: float, high: float
) -> dict[tuple[int, int], tuple[str, int]]:
    """Where each curve's letter stands: at its last point, or in the next free line."""
    taken: dict[tuple[int, int], tuple[str, int]] = {}
    for number, (letter, each) in enumerate(zip(letters, values, strict=True)):
        at = max(place for place, value in enumerate(each) if value is not None)
        share = (float(each[at] or 0.0) - low) / (high - low) if high > low else 0.5
        row = max(0, min(rows - 1, round((1 - share) * (rows - 1))))
        while (row, at // 2) in taken and row + 1 < rows:
            row += 1
        taken[row, at // 2] = (letter, number)
    return taken


def _merged(
    pictures: Sequence[list[str]], row: int, ends: dict[tuple[int, int], tuple[str, int]]
) -> list[tuple[str, str]]:
    """The dots of all curves in one line; a cell has the colour of the last one in it."""
    blank = chr(0x2800)
    parts: list[tuple[str, str]] = []
    for cell in range(max(len(picture[row]) for picture in pictures)):
        text, style, bits = " ", "", 0
        for number, picture in enumerate(pictures):
            dots = picture[row][cell] if cell < len(picture[row]) else blank
            if dots != blank:
                bits |= ord(dots) - 0x2800
                style = _STYLES[number % len(_STYLES)]
        if bits:
            text = chr(0x2800 + bits)
        if (row, cell) in ends:
            text, number = ends[row, cell]
            style = f"bold {_STYLES[number % len(_STYLES)]}"
        if parts and parts[-1][1] == style:
            parts[-1] = (parts[-1][0] + text, style)
        else:
            parts.append((text, style))
    return parts


def difference_lines(a: KeptRun, b: KeptRun, letters: tuple[str, str], width: int, height: int) -> list[Content]:
    """What two runs were asked differently, and how they came out."""
    rows = [("loss", bare(a.loss, 4), bare(b.loss, 4)), ("error", bare(a.val_rmse, 4), bare(b.val_rmse, 4)),
            ("NDCG@10", bare(a.val_ndcg10, 4), bare(b.val_ndcg10, 4)), *differences(a, b)]  # fmt: skip
    name = max(12, width // 3)
    half = (width - name) // 2
    lines = [fit(line((f"{'differs':<{name}}{letters[0]:<{half}}{letters[1]}", QUIET)), width)]
    lines += [fit(line((fit(each, name)), fit(mine, half), theirs), width) for each, mine, theirs in rows]
    return lines[:height]


def long_curve_lines(points: Sequence[tuple[float, float]], width: int, height: int) -> list[Content]:
    """The error at every incremental run, over the number of ratings: one long curve."""
    if not points:
        words = "Each of your ratings is learned in a short incremental run; their errors make one curve here."
        return [fit(line((words, QUIET)), width)]
    first, last = points[0][1], points[-1][1]
    trend = "worse" if last > first + 5e-5 else "better" if last < first - 5e-5 else "as good"
    style = DOWN if trend == "worse" else UP
    lines = overlay(
        f"Error on a few kept-aside ratings at {count(len(points))} incremental runs, over the rating events",
        [("A", points)], width, max(3, height - 1),
    )  # fmt: skip
    tail = line(
        (f"now {bare(last, 4)}, ", ""),
        (trend, style),
        (f" than at first ({bare(first, 4)})" if trend != "as good" else " as at first", QUIET),
    )
    return [*lines, fit(tail, width)][:height]


def hint_line(marked: int, sort: SortKey, width: int) -> Content:
    """What can be done, and the order."""
    return fit(
        line((SORT_WORDS[sort], ACCENT), (f" · {marked} marked" if marked else " · space marks up to four", QUIET)),
        width,
    )
