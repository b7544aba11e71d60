"""Diversity and training in one line, for the screens that have no panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presenters.lens import small_slider
from tui.presenters.text import ACCENT, QUIET, UP, VARIETY, bare, first_that_fits, fit, line, plural
from tui.presenters.training import run_words

if TYPE_CHECKING:
    from textual.content import Content

    from engine.types import Diversity, EngineStatus, Recommendations
    from tui.state.training_log import TrainingLog


def status_line(
    made: Recommendations | None, diversity: Diversity, lens: int, log: TrainingLog, status: EngineStatus, width: int
) -> Content:
    """`d ● on .40 ILD .41→.63 │ loss .412 val .883 epoch 18/40 3.2 ms cpu · 3 ratings behind`, shortened to fit."""
    behind = f" · {plural(status.ratings_behind, 'rating')} behind" if status.ratings_behind else ""
    few = f" · {status.ratings_behind} behind" if status.ratings_behind else ""
    loss = line((" │", QUIET), (" loss ", QUIET), bare(log.newest_with("loss")))
    val = line((" val ", QUIET), bare(log.validation))
    run = line(f" {run_words(log, status)}")
    steps = line(run.plain.replace(", step", ""))
    record = log.newest
    pace = line((f" {record.ms_per_step:.1f} ms", QUIET) if record is not None and record.ms_per_step else "")
    device = line((f" {status.device or '–'}", QUIET))
    mark = line((" ●", UP) if status.state in ("training", "learning") else "")
    glass = line((" < ", ACCENT), small_slider(lens), (" > ", ACCENT))
    key, name = line((" d ", ACCENT)), line(("diversity ", QUIET))
    short = line(key, _diversity(made, diversity))
    full = line(line((" lens", QUIET)), glass, key, name, _diversity(made, diversity))
    return fit(
        first_that_fits(
            width,
            line(full, loss, val, run, pace, device, behind, mark),
            line(full, loss, val, run, pace, device, few, mark),
            line(glass, short, loss, val, steps, pace, device, few, mark),
            line(glass, short, loss, val, steps, few),
            line(short, loss, val, run, pace, device, few, mark),
            line(short, loss, val, steps, pace, device, few, mark),
            line(short, loss, val, steps, device, few, mark),
            line(short, loss, val, steps, few),
            line(short, loss, val),
        ),
        width,
    )


def _diversity(made: Recommendations | None, diversity: Diversity) -> Content:
    word = ("● on ", VARIETY) if diversity.on else ("○ off ", QUIET)
    parts = line(word, bare(diversity.strength, 2))
    if made is None:
        return parts
    both = diversity.on and made.diversity.on
    ild = f"{bare(made.plain.ild, 2)}→{bare(made.shown.ild, 2)}" if both else bare(made.plain.ild, 2)
    return line(parts, (" ILD ", QUIET), ild)
