"""Tables of evaluations for people, each fit for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.evaluation.compare import Summary
    from engine.evaluation.diversity import Point
    from engine.evaluation.protocol import ModelResult
    from engine.evaluation.stream_table import StreamTable

_FIRST = ("rmse", "rmse_chosen", "rmse_dated", "mae", "error", "error_chosen")
"""Metrics of predicted stars come before those of lists."""
_TITLES = {
    "rmse_dated": "RMSE, dated",
    "error": "error (+: too high)",
    "rmse_chosen": "RMSE, if chosen",
    "error_chosen": "error, if chosen",
    "covered": "ratings in intervals",
    "interval_width": "stars of an interval",
    "covered_user_low": "… of quiet viewers",
    "covered_user_mid": "… of usual viewers",
    "covered_user_high": "… of busy viewers",
    "covered_movie_low": "… of rare movies",
    "covered_movie_mid": "… of usual movies",
    "covered_movie_high": "… of known movies",
    "graded_ndcg@5": "NDCG@5 of 2^stars - 1",
    "stars@3": "stars of the first 3",
    "stars@5": "true stars of the five",
    "percentile@5": "percentile of unseen",
    "regret@5": "regret to the best",
    "share@5": "way, popular to best",
    "popularity@5": "ratings of the listed",
    "hit_stars@10": "stars of hits",
    "bad_hits@10": "hits of ≤ 2 ★",
    "gain@10": "gain@10",
}
"""What a name does not tell by itself."""


def summary_table(summaries: Sequence[Summary], against: str, caption: str) -> Table:
    """A block of lines a metric, a line a model: the mean, the paired difference, each with its spread over splits."""
    table = Table(
        "", "model", "mean", "±", f"to {against}", "±", "better", caption=caption, caption_justify="left"
    )  # fmt: skip
    for metric in _ordered(summary.metric for summary in summaries):
        title = _title(metric)
        for summary in (summary for summary in summaries if summary.metric == metric):
            table.add_row(title, *_line(summary))
            title = ""
        table.add_section()
    return table


def interval_table(summaries: Sequence[Summary], against: str, caption: str) -> Table:
    """A block a metric, a line a model: the figure and the difference, each with its bootstrap interval."""
    table = Table("", "mean", "95 %", "Δ", "95 %", caption=caption, caption_justify="left")
    for metric in _ordered(summary.metric for summary in summaries):
        table.add_row(Text(_title(metric), style="bold"))
        for summary in (summary for summary in summaries if summary.metric == metric):
            digits = _digits(metric)
            compared = "" if summary.difference is None else f"{summary.difference:+.{digits}f}"
            table.add_row(
                f"  {summary.model}", f"{summary.mean:.{digits}f}", _both_ends(summary.interval, digits), compared,
                _both_ends(summary.difference_interval, digits, sign="+"),
            )  # fmt: skip
        table.add_section()
    table.title = f"Δ: difference to {against}"
    return table


def _digits(metric: str) -> int:
    return 0 if metric.startswith("popularity") else 3


def _both_ends(ends: tuple[float, float] | None, digits: int, sign: str = "") -> str:
    return "" if ends is None else " … ".join(f"{end:{sign}.{digits}f}" for end in ends)


def _line(summary: Summary) -> tuple[str, ...]:
    compared = summary.difference is not None
    return (
        summary.model,
        _figure(summary.mean),
        _figure(summary.spread),
        f"{summary.difference:+.4f}" if compared else "",
        _figure(summary.difference_spread) if compared else "",
        f"{summary.better} of {summary.splits}" if compared else "",
    )


def split_table(results: Sequence[ModelResult]) -> Table:
    """The first metric of every model on every split, and how long training takes on one."""
    metric = _ordered(metric for result in results for metric in result.metrics)[0]
    splits = list(dict.fromkeys((result.split, result.seed) for result in results))
    table = Table(f"{_title(metric)} by split", *(_split_name(split, splits) for split in splits), "seconds")
    for model in dict.fromkeys(result.model for result in results):
        of_model = {(result.split, result.seed): result for result in results if result.model == model}
        seconds = sum(result.fit_seconds for result in of_model.values()) / len(of_model)
        table.add_row(model, *(_figure(of_model[split].metrics.get(metric)) for split in splits), f"{seconds:.1f}")
    return table


def _split_name(split: tuple[str, int], splits: list[tuple[str, int]]) -> str:
    name, seed = split
    return name if [other for other, _ in splits].count(name) == 1 else f"{name}, seed {seed}"


def _ordered(metrics: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(metrics))
    return sorted(found, key=lambda metric: _FIRST.index(metric) if metric in _FIRST else len(_FIRST))


def _title(metric: str) -> str:
    if metric in _TITLES:
        return _TITLES[metric]
    return metric.capitalize() if metric.startswith(("recall", "coverage", "gini")) else metric.upper()


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def stream_table(made: StreamTable) -> Table:
    """A line an arm, and what incremental learning keeps below."""
    table = Table("arm", "RMSE", "NDCG@10", "RMSE, old ratings", "seconds")
    for arm in made.arms:
        table.add_row(arm.name, _figure(arm.rmse), _figure(arm.ndcg), _figure(arm.old_rmse), f"{arm.seconds:.1f}")
    table.title = f"{made.preset}, seed {made.seed}: {made.late:,} ratings after {made.train:,}"
    table.caption = (
        f"incremental keeps {_share(made.gain_kept('frozen'))} of the gain of retraining over frozen weights "
        f"({_share(made.gain_kept('fold-in'))} of that over fold-in) in {made.time_share:.1%} of its time; "
        f"old ratings {made.forgotten:+.4f} "
        f"({made.forgotten_over_fold_in:+.4f} over fold-in, whose histories are the same)"
    )
    return table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def diversity_tables(points: Sequence[Point]) -> Iterator[Table]:
    """A table a method, a line a strength; the price is the share of NDCG@5 that is lost."""
    for method, of_method in groupby(points, lambda point: point.method):
        table = Table("strength", "ILD@5", "genres@5", "KL", "α-NDCG@5", "NDCG@5", "price", title=method)
        lines = list(of_method)
        for point in lines:
            price = 1 - point.ndcg / lines[0].ndcg if lines[0].ndcg else 0.0
            figures = (point.ild, point.kl, point.alpha_ndcg, point.ndcg)
            ild, kl, alpha_ndcg, ndcg = map(_figure, figures)
            table.add_row(f"{point.strength:.1f}", ild, f"{point.genres:.2f}", kl, alpha_ndcg, ndcg, f"{price:.1%}")
        yield table
