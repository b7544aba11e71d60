"""The training panel: is it learning, how well, how fast, on what, how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.presenters.chart import bounds, braille, columns, marks, track
from tui.presenters.text import ACCENT, BOLD, QUIET, UP, bare, count, first_that_fits, fit, line, plural, short_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.types import EngineStatus, TrainingRecord
    from tui.state.training_log import Point, TrainingLog

LOSS, VAL = "$curve-loss", "$curve-val"
_LABEL, _VALUE = 5, 10
_STATES = {
    "starting": "the engine starts",
    "loading": "loading",
    "training": "full training",
    "learning": "learning your ratings",
    "ready": "ready",
    "failed": "down; it tries again by itself",
    "stopped": "stopped",
}


def state_words(status: EngineStatus) -> str:
    """What the engine is doing, for a panel's title."""
    if status.state == "loading" and status.detail:
        return status.detail
    if status.state == "ready" and status.ratings_behind:
        return "about to learn your ratings"
    return _STATES[status.state]


def curve(
    label: str, points: Sequence[Point], first: float, last: float, width: int, height: int, style: str
) -> list[Content]:
    """A named curve, `height` lines of exactly `width` cells; beside it the newest value and the ends of its axis."""
    cells = max(4, width - _LABEL - _VALUE)
    if not points:
        words = line((f"{label:<{_LABEL}}", QUIET), ("comes with a full training" if label == "val" else "–", QUIET))
        return [fit(words, width), *[fit("", width)] * (height - 1)]
    values = columns(points, first, last, cells * 2)
    low, high = bounds(values)
    value = points[-1][1]
    low, high = min(low, value), max(high, value)
    drawn = braille(values, height, low, high)
    newest = (f" now {bare(value)}", f"{BOLD} {style}")
    scale: dict[int, tuple[str, str]] = {0: newest}
    if height > 2:
        scale = {0: (f" max {bare(high)}", QUIET), height // 2: newest, height - 1: (f" min {bare(low)}", QUIET)}
    lines = []
    for place, text in enumerate(drawn):
        name = label if place == 0 else ""
        lines.append(fit(line((f"{name:<{_LABEL}}", QUIET), (text, style), scale.get(place, "")), width))
    return lines


def curves(log: TrainingLog, width: int, height: int) -> list[Content]:
    """Loss above, validation below, the viewer's ratings as marks under them."""
    first, last = log.span
    each = max(1, (height - 1) // 2)
    losses = curve("loss", log.losses.points, first, last, width, each, LOSS)
    checks = curve("val", log.validations.points, first, last, width, max(1, height - 1 - each), VAL)
    if height < 3:
        return [*losses, *checks][:height]
    cells = max(4, width - _LABEL - _VALUE)
    under = marks(log.ratings, first, last, cells)
    note = "▴ you" if log.ratings else ""
    foot = fit(line(" " * _LABEL, (under, ACCENT), (f" {note}", QUIET)), width)
    return [*losses, *checks, foot]


def progress(record: TrainingRecord) -> float:
    """How much of the planned run is done, 0 to 1."""
    if record.event == "done":
        return 1.0
    return min(1.0, record.step / record.steps) if record.steps else 0.0


def run_words(log: TrainingLog, status: EngineStatus) -> str:
    """How far the run is: `epoch 18/40`, `incremental, step 3/24`; the engine's state before there is a run."""
    record = log.newest
    if record is None:
        return state_words(status)
    if record.run == "incremental":
        return f"incremental, step {count(record.step)}/{count(record.steps)}" if record.steps else "incremental"
    return f"epoch {record.epoch}/{record.epochs}"


def figures(log: TrainingLog, status: EngineStatus, width: int) -> list[Content]:
    """The numbers beside the curves, each on its fixed place."""
    record = log.newest
    if record is None:
        return [fit(line(("no training yet", QUIET)), width)]
    share = progress(record)
    drift = "–" if status.drift is None else f"{round(status.drift, 3) + 0.0:+.3f}".replace("0.", ".", 1)
    learning = record.run == "incremental"
    pace = f" · {record.ms_per_step:.1f} ms" if record.ms_per_step else ""
    pairs = (
        ("epoch", "incremental" if learning else f"{record.epoch}/{record.epochs}"),
        ("step", f"{count(record.step)}/{count(record.steps)}{pace}"),
        ("speed", f"{short_number(record.ratings_per_s)} ratings/s" if record.ratings_per_s else "–"),
        ("NDCG@10", f"{bare(log.ndcg)}{'   ' if width > 26 else ' '}drift {drift}"),
        ("device", f"{record.device} · {record.memory_mb:,.0f} MB"),
    )
    drawn, left = track(share, max(4, width - 14))
    done = line((drawn, QUIET if record.event == "done" else ACCENT), (left, QUIET), f" {share:4.0%}")
    rows = [line((f"{name:<8} ", QUIET), value) for name, value in pairs]
    return [fit(each, width) for each in (line(("run      ", QUIET), done), *rows)]


def _nothing_yet(status: EngineStatus, width: int, height: int) -> list[Content]:
    """Before the first record: a model from the last time, or what is awaited."""
    words = [status.detail or state_words(status)]
    if status.state == "ready":
        known = f"{plural(status.n_ratings - status.ratings_behind, 'rating')} of {plural(status.n_users, 'viewer')}"
        model = f"The model is the one of last time ({status.preset}, {status.device})."
        words = [model, f"It has learned {known}.", "It goes on learning when you rate."]
    text = [fit(line((each, QUIET)), width) for each in words]
    return [*[fit("", width)] * max(0, (height - len(text)) // 2), *text][:height]


FIGURES = 34
"""Cells of the numbers beside the curves."""
_TALL = 12
"""From this height on the numbers go under curves that are too narrow to have them beside."""


def _below(log: TrainingLog, status: EngineStatus, width: int) -> list[Content]:
    """The numbers in two columns of three lines."""
    half = width // 2
    numbers = [fit(each, half) for each in figures(log, status, half - 2)]
    numbers += [fit("", half)] * (6 - len(numbers))
    return [fit(line(numbers[place], numbers[place + 3]), width) for place in range(3)]


def panel(log: TrainingLog, status: EngineStatus, width: int, height: int) -> Content:
    """Curves at the left, numbers at the right."""
    if log.newest is None:
        return Content("\n").join(_nothing_yet(status, width, height))
    side = FIGURES if width >= 64 else 0
    drawn = curves(log, width - side - (2 if side else 0), height)
    if not side and height >= _TALL:
        return Content("\n").join([*curves(log, width, height - 4), fit("", width), *_below(log, status, width)])
    if not side:
        return Content("\n").join(drawn)
    numbers = figures(log, status, side)
    numbers += [fit("", side)] * (height - len(numbers))
    return Content("\n").join([line(left, "  ", beside) for left, beside in zip(drawn, numbers, strict=False)])


def one_line(log: TrainingLog, status: EngineStatus, width: int) -> Content:
    """The panel in one line."""
    record = log.newest
    head = line((" t ", ACCENT), ("training ", QUIET))
    if record is None:
        known = f" · {plural(status.n_ratings - status.ratings_behind, 'rating')} learned" if status.n_ratings else ""
        where = f" · {status.device}" if status.device else ""
        return fit(head + line((state_words(status) + known + where, QUIET)), width)
    first, last = log.span
    values = columns(log.validations.points or log.losses.points, first, last, 16)
    curve_line = line((braille(values, 1, *bounds(values))[0], VAL))
    learned = line((" loss ", QUIET), bare(log.newest_with("loss")), (" val ", QUIET), bare(log.validation))
    run = line((f" {run_words(log, status)}", ""))
    pace = line((f" {short_number(record.ratings_per_s)}/s", QUIET) if record.ratings_per_s else "")
    step = line((f" {record.ms_per_step:.1f} ms", QUIET) if record.ms_per_step else "")
    device = line((f" {record.device}", QUIET))
    state = line((" ●", UP) if status.state in ("training", "learning") else "")
    return fit(
        first_that_fits(
            width,
            line(head, curve_line, learned, run, pace, step, device, state),
            line(head, learned, run, pace, step, device, state),
            line(head, learned, run, step, device, state),
            line(head, learned, run, state),
        ),
        width,
    )
