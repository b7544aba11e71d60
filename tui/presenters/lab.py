"""The lab: the engine's figures and its finished runs in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.presenters.text import BOLD, QUIET, bare, count, fit, line, plural, took
from tui.presenters.training import state_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from engine.types import EngineStatus, TrainingRecord


_WIDE = 53
"""Cells from which on every figure has its words."""
_WIDE_TABLE = 48
"""Cells from which on the table of runs has whole words."""


def engine_lines(
    status: EngineStatus, list_ms: float | None, engine_ms: float | None, width: int, check_rmse: float | None = None
) -> list[Content]:
    """What runs, on what, with how much, how fast; `check_rmse` is what the last acceptance check measured."""
    wide = width >= _WIDE
    timing = "–" if list_ms is None else f"{took(list_ms)} to a new list" if wide else took(list_ms)
    inside = "" if engine_ms is None else f", {engine_ms:.1f} ms in the engine"
    check, note = ("safety check", " on a few ratings (acceptance check)") if wide else ("check", " on a few ratings")
    since = " since the last full training" if wide else ""
    why = f": {status.detail}" if status.state == "training" and status.detail else ""
    undone = f" · {plural(status.rollbacks, 'update')} rolled back" if status.rollbacks else ""
    pairs = (
        ("engine", state_words(status) + why),
        ("preset", f"{status.preset or '–'} on {status.device or '–'}"),
        ("knows", f"{count(status.n_users)} viewers · {count(status.n_movies)} movies" if wide
         else f"{count(status.n_users)} · {count(status.n_movies)} movies"),
        ("", f"{count(status.n_ratings)} ratings"),
        ("behind", plural(status.ratings_behind, "rating") + (" not in the weights yet" if wide else "")),
        ("drift", "–" if status.drift is None else bare(status.drift) + since),
        (check, "–" if check_rmse is None else bare(check_rmse) + note),
        ("latency", timing + inside),
        ("restarts", str(status.restarts) + undone),
    )  # fmt: skip
    column = 13 if wide else 9
    return [fit(line((f"{name:<{column}}", QUIET), value), width) for name, value in pairs]


def run_lines(runs: Sequence[TrainingRecord], width: int, height: int) -> list[Content]:
    """The finished runs, newest first, as a small table."""
    wide = width >= _WIDE_TABLE
    name, epochs, ndcg, seconds = (12, 7, 9, 9) if wide else (6, 5, 8, 6)
    head = (
        f"{'run':<{name}}{'epochs' if wide else 'ep':>{epochs}}{'val RMSE' if wide else 'RMSE':>11}{'NDCG@10':>{ndcg}}"
    )
    head += f"{'seconds' if wide else 's':>{seconds}}"
    lines = [fit(line((head, QUIET)), width)]
    if not runs:
        return [*lines, fit(line(("no run has ended yet; f starts one", QUIET)), width)]
    for run in runs[: max(0, height - 1)]:
        kind = run.run if wide else run.run[:4]
        learning = run.run == "incremental"
        error = "–" if run.val_rmse is None else f"{'check ' if learning else ''}{bare(run.val_rmse)}"
        text = f"{kind:<{name}}{run.epoch:>{epochs}}{error:>11}{bare(None if learning else run.val_ndcg10):>{ndcg}}"
        text += f"{run.elapsed_s:>{seconds}.1f}"
        lines.append(fit(line((text, BOLD if run.run == "full" else "")), width))
    return lines
