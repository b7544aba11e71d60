"""`matinee evaluate`: the hold-out table of a preset against popularity and shrunk offsets."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich import table
from rich.console import Console

from engine.cli.headless import progress_bar
from engine.cli.options import as_json, service_options
from engine.store import ensure_store

if TYPE_CHECKING:
    from engine.evaluation.holdout import Table
    from engine.service.settings import Settings
    from engine.types import TrainingRecord


@click.command("evaluate")
@service_options
@as_json
def command(settings: Settings, as_json: bool) -> None:
    """Train on four fifths of the ratings and measure RMSE and NDCG@10 on the rest."""
    made = measure(settings, quiet=as_json)
    if as_json:
        click.echo(json.dumps(asdict(made)))
    else:
        _print_table(made)


def measure(settings: Settings, *, quiet: bool) -> Table:
    """The comparison on the ratings of the store as they stand."""
    from engine.evaluation.holdout import evaluate  # brings jax
    from engine.worker.checkpoints import folder_of
    from engine.worker.data import RatingsLog, current, frame, movie_frame

    with ensure_store(settings.database) as store:
        log = RatingsLog(store, folder_of(settings.cache_path, store.uuid))
        ratings, movies = frame(current(log.columns)), movie_frame(store.movies())
    with progress_bar(quiet=quiet) as bar:
        task = bar.add_task(f"training {settings.preset}", total=None, figures="")

        def draw(record: TrainingRecord) -> None:
            bar.update(task, completed=record.step, total=record.steps or None)

        return evaluate(ratings, movies, settings.preset, settings.seed, settings.device, draw)


def _print_table(made: Table) -> None:
    drawn = table.Table("model", "RMSE", "NDCG@10", "seconds")
    for row in made.rows:
        drawn.add_row(row.model, _figure(row.rmse), _figure(row.ndcg10), f"{row.seconds:.1f}" if row.seconds else "-")
    drawn.caption = f"{made.test_ratings:,} of {made.ratings:,} ratings held out, seed {made.seed}"
    Console().print(drawn)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
