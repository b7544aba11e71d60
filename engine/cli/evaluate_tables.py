"""Tables of evaluations for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.evaluation.compare import Summary
    from engine.evaluation.protocol import Result
    from engine.evaluation.stream import StreamTable

_DIGITS = 4


def summary_table(summaries: Sequence[Summary], against: str, seconds: dict[str, float], caption: str) -> Table:
    """A line a model: each metric's mean with its spread over the splits, and the paired difference below."""
    metrics = list(dict.fromkeys(summary.metric for summary in summaries))
    table = Table("model", *(_title(metric) for metric in metrics), "seconds a split", caption=caption)
    for model in dict.fromkeys(summary.model for summary in summaries):
        of_model = {summary.metric: summary for summary in summaries if summary.model == model}
        cells = [_cell(of_model.get(metric)) for metric in metrics]
        table.add_row(model, *cells, f"{seconds[model]:.1f}", end_section=True)
    table.title = f"mean ± spread over the splits; below it the paired difference to {against} (splits better / all)"
    table.title_justify = "left"
    return table


def _cell(summary: Summary | None) -> str:
    if summary is None:
        return "-"
    mean = f"{summary.mean:.{_DIGITS}f}{_spread(summary.spread)}"
    if summary.difference is None:
        return mean
    difference = f"{summary.difference:+.{_DIGITS}f}{_spread(summary.difference_spread)}"
    return f"{mean}\n{difference} ({summary.better}/{summary.splits})"


def _spread(value: float | None) -> str:
    return "" if value is None else f" ± {value:.{_DIGITS}f}"


def split_table(results: Sequence[Result]) -> Table:
    """The first metric of every model on every split."""
    metric = next(iter(results[0].metrics), "")
    splits = list(dict.fromkeys((result.split, result.seed) for result in results))
    table = Table(f"{_title(metric)} by split", *(_split_name(split, splits) for split in splits))
    for model in dict.fromkeys(result.model for result in results):
        found = {(r.split, r.seed): r.metrics[metric] for r in results if r.model == model and metric in r.metrics}
        table.add_row(model, *(f"{found[split]:.{_DIGITS}f}" if split in found else "-" for split in splits))
    return table


def _split_name(split: tuple[str, int], splits: list[tuple[str, int]]) -> str:
    name, seed = split
    return name if [other for other, _ in splits].count(name) == 1 else f"{name}, seed {seed}"


def _title(metric: str) -> str:
    name, at, k = metric.partition("@")
    return (name if name == "recall" else name.upper()).replace("recall", "Recall") + at + k


def stream_table(made: StreamTable) -> Table:
    """A line an arm, and what incremental learning keeps below."""
    table = Table("arm", "RMSE", "NDCG@10", "RMSE, old ratings", "seconds")
    for arm in made.arms:
        figures = (f"{value:.{_DIGITS}f}" for value in (arm.rmse, arm.ndcg, arm.old_rmse))
        table.add_row(arm.name, *figures, f"{arm.seconds:.1f}")
    table.title = f"{made.preset}, seed {made.seed}: {made.late:,} ratings after {made.train:,}"
    table.caption = (
        f"incremental keeps {_share(made.gain_kept('frozen'))} of the gain of retraining over frozen weights "
        f"({_share(made.gain_kept('fold-in'))} of that over fold-in) in {made.time_share:.1%} of its time; "
        f"old ratings {made.forgotten:+.4f}"
    )
    return table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
