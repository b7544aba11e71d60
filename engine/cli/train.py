"""`matinee train`: one full training, with the live metrics as JSON lines or a progress bar."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from engine.cli.headless import draw_run, running
from engine.cli.options import as_json, service_options
from engine.cli.output import console, say_json

if TYPE_CHECKING:
    from engine.service.settings import Settings
    from engine.types import TrainingRecord


@click.command("train")
@service_options
@click.option("--epochs", type=click.IntRange(1, 100_000), help="Passes over the viewers; the preset's by default.")
@click.option("--take-over", is_flag=True, help="Serve the new model even if it is worse than the one that serves.")
@as_json
def command(settings: Settings, epochs: int | None, take_over: bool, as_json: bool) -> None:
    """Train a model on all ratings of the database, from scratch, and keep it as the checkpoint.

    Where the database has a model already, one that is worse on held-out ratings is dropped, unless --take-over.
    """
    with running(settings, auto_train=False) as (service, feed):
        service.engine.train("full", epochs, take_over=take_over)
        if as_json:
            for record in feed.run():
                say_json(line(record))
        else:
            last = draw_run(feed.run(), quiet=False)
            if last:
                _print_summary(last)
        feed.rest()


def line(record: TrainingRecord) -> dict[str, Any]:
    """A record as the JSON line shows it; in the last one `epochs` are those that were run."""
    fields = {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(record).items()}
    fields["seconds"] = fields.pop("elapsed_s")
    if record.event == "done":
        fields["planned_epochs"], fields["epochs"] = record.epochs, record.epoch
    return fields


def _print_summary(done: TrainingRecord) -> None:
    table = Table("preset", "device", "epochs", "validation RMSE", "NDCG@10", "seconds")
    figures = (done.val_rmse, done.val_ndcg10)
    rmse, ndcg = (f"{value:.4f}" if value is not None else "-" for value in figures)
    table.add_row(done.preset, done.device, str(done.epoch), rmse, ndcg, f"{done.elapsed_s:.1f}")
    console().print(table)
