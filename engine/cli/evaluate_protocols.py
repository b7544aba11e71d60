"""What `matinee evaluate` does for each protocol: data to splits to results, and how they are shown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import jax
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from engine.cli.evaluate_tables import split_table, stream_table, summary_table
from engine.cli.output import console, say_json
from engine.config import preset
from engine.errors import UsageError
from engine.evaluation import folds, holdout, random_split, stream, strong
from engine.evaluation.compare import summarise
from engine.evaluation.measure import Metrics, run
from engine.evaluation.models import BASELINES, makers
from engine.evaluation.protocol import Maker, ModelResult, On, Split
from engine.recommender import Recommender
from engine.training.device import pick

if TYPE_CHECKING:
    import pandas as pd

    from engine.evaluation.data import RatingData
    from engine.evaluation.stream_table import StreamTable

Name = Literal["holdout", "folds", "random", "strong", "stream", "exposure", "truth", "taste"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one evaluation."""

    protocol: Name
    presets: tuple[str, ...]
    baselines: tuple[str, ...] | None
    """None for the protocol's own."""
    orders: tuple[str, ...] | None
    """Further orders of each preset's list; None for the protocol's own."""
    seeds: tuple[int, ...] | None
    """None for the protocol's own."""
    on: On
    against: str | None
    device: str
    stream: stream.StreamConfig
    as_json: bool


def evaluate(data: RatingData, asked: Asked) -> None:
    """Run the protocol and print."""
    with jax.default_device(pick(asked.device)):
        if asked.protocol == "stream":
            _stream(data, asked)
        else:
            _compare(data, asked)


def _compare(data: RatingData, asked: Asked) -> None:
    models = makers(asked.presets, _baselines(asked), data.movies, asked.device, asked.orders or ())
    against = reference(models, asked)
    splits, metrics = _splits(data, asked)
    with progress(quiet=asked.as_json) as show:
        results = run(splits, models, metrics, lambda split, model: show(f"{split}: {model}"))
    if asked.as_json:
        _print_json(data, asked, results=facts(results), summary=summary_facts(results, against))
    else:
        _print_tables(data, asked, results, against)


def reference(models: Mapping[str, Maker], asked: Asked) -> str:
    """The model that the others are compared with. Raises UsageError where it is none of them."""
    against = asked.against or next(iter(models), None)
    if against is None or against not in models:
        raise UsageError(f"{against or 'nothing'} is not among the models: {', '.join(models) or 'name a preset'}")
    return against


def _baselines(asked: Asked) -> Iterable[str]:
    if asked.baselines is not None:
        return asked.baselines
    return holdout.BASELINES if asked.protocol == "holdout" else BASELINES


def _splits(data: RatingData, asked: Asked) -> tuple[Iterator[Split], Metrics]:
    if asked.protocol == "strong":
        return strong.strong_splits(data.ratings, asked.seeds or strong.SEEDS, asked.on), strong.METRICS
    if asked.protocol == "holdout":
        seeds = asked.seeds or holdout.SEEDS
        return holdout.holdout_splits(data.ratings, data.movie_ids, seeds, asked.on), holdout.METRICS
    if asked.protocol == "random":
        seeds = asked.seeds or random_split.SEEDS
        return random_split.random_splits(data.ratings, data.movie_ids, seeds, asked.on), random_split.METRICS
    if not data.folds:
        raise UsageError(
            f"{data.name} brings no folds (pairs of files NAME.base and NAME.test, as MovieLens 100K has them): "
            "use --data with a set that has them, or --protocol random"
        )
    return folds.fold_splits(data.folds, data.movie_ids, asked.seeds or folds.SEEDS, asked.on), Metrics()


def facts(results: Iterable[ModelResult]) -> list[dict[str, Any]]:
    """Results as JSON tells them: without the persons."""
    names = [field.name for field in fields(ModelResult) if field.name != "figures"]
    return [{name: getattr(result, name) for name in names} for result in results]


def summary_facts(results: Sequence[ModelResult], against: str) -> list[dict[str, Any]]:
    """The summary as JSON tells it, with all intervals."""
    return [asdict(summary) for summary in summarise(results, against)]


def _print_tables(data: RatingData, asked: Asked, results: tuple[ModelResult, ...], against: str) -> None:
    out = console()
    caption = (
        f"{data.name}, {asked.protocol}, measured on {asked.on}; mean and spread over the splits, difference by split"
    )
    out.print(summary_table(summarise(results, against), against, caption))
    out.print(split_table(results))


def _stream(data: RatingData, asked: Asked) -> None:
    if asked.baselines:
        raise UsageError("the stream measures how a preset learns: it takes no --baselines")
    if asked.orders:
        raise UsageError("the stream measures how a preset learns: it takes no --orders")
    if asked.on == "validation":
        raise UsageError("the stream predicts each rating before it is learned: it has no validation part")
    with progress(quiet=asked.as_json) as show:
        tables = [
            _one_stream(data, preset(name).name, seed, asked.device, asked.stream, show)
            for name in asked.presets
            for seed in asked.seeds or stream.SEEDS
        ]
    if asked.as_json:
        _print_json(data, asked, streams=[_stream_facts(table) for table in tables])
    for table in () if asked.as_json else tables:
        console().print(stream_table(table))


def _one_stream(
    data: RatingData, name: str, seed: int, device: str, config: stream.StreamConfig, show: Callable[[str], None]
) -> StreamTable:
    def train(ratings: pd.DataFrame) -> Recommender:
        show(f"{name}: training on {len(ratings):,} ratings")
        return Recommender.fit(ratings, data.movies, name, seed, device)

    def on_progress(arm: str, done: int, total: int) -> None:
        show(f"{name}: {arm}, {done:,} of {total:,}")

    return stream.run_stream(stream.divide(data.ratings, config, seed), train, name, seed, config, on_progress)


def _stream_facts(table: StreamTable) -> dict[str, Any]:
    return asdict(table) | {
        "gain_kept_over_frozen": table.gain_kept("frozen"),
        "gain_kept_over_fold_in": table.gain_kept("fold-in"),
        "time_share": table.time_share,
        "forgotten": table.forgotten,
        "forgotten_over_fold_in": table.forgotten_over_fold_in,
    }


def _print_json(data: RatingData, asked: Asked, **parts: Any) -> None:
    say_json({"protocol": asked.protocol, "data": data.name, "on": asked.on} | parts)


@contextlib.contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line on standard error that tells what is being done."""
    out = console(err=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True, disable=quiet or not out.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda words: bar.update(task, description=words)
