"""`matinee runs`: the training runs of the database, what two of them differ in, their curves as CSV."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.table import Table

from engine.cli.options import as_json, service_options
from engine.cli.output import console, say, say_json
from engine.runs import KeptRun, differences
from engine.service.kept_runs import run_folder
from engine.store import open_store

if TYPE_CHECKING:
    from engine.runs import RunFolder
    from engine.service.settings import Settings

_FIGURES = ("step", "epoch", "loss", "val_rmse", "val_ndcg10")


@click.command("runs")
@service_options
@click.argument("run_ids", nargs=-1, metavar="[RUN]...")
@click.option("--incremental", is_flag=True, help="The incremental runs too.")
@click.option("--csv", "as_csv", is_flag=True, help="The curves of the runs as CSV.")
@as_json
def command(settings: Settings, run_ids: tuple[str, ...], *, incremental: bool, as_csv: bool, as_json: bool) -> None:
    """Show the training runs that were kept.

    Without RUN a table of all full runs; of one its settings and figures; of two also what they differ in.
    """
    with open_store(settings.database, create=False) as store:
        folder = run_folder(store.url, store.uuid)
    runs = [folder.run(each) for each in run_ids] if run_ids else _all(folder, incremental=incremental)
    if as_csv:
        say(_as_csv(runs).rstrip("\n"), keep="\n")
    elif as_json:
        for run in runs:
            say_json(asdict(run))
    elif not run_ids:
        _print_table(runs)
    else:
        _print_some(runs)


def _all(folder: RunFolder, *, incremental: bool) -> list[KeptRun]:
    return [run for run in folder.runs() if incremental or run.kind == "full"]


def _as_csv(runs: list[KeptRun]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("run", "kind", *_FIGURES))
    for run in runs:
        rows = [asdict(point) for point in run.curve] or [asdict(run) | {"step": run.trained_seq, "epoch": run.epochs}]
        writer.writerows((run.run_id, run.kind, *(row[name] for name in _FIGURES)) for row in rows)
    return out.getvalue()


def _print_table(runs: list[KeptRun]) -> None:
    if not runs:
        say("No run was kept yet; matinee train makes one.")
        return
    table = Table("run", "began", "preset", "seed", "ratings", "epochs", "loss", "validation RMSE", "NDCG@10", "seconds",
                  "outcome")  # fmt: skip
    for run in runs:
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.began_at))
        figures = (_figure(each) for each in (run.loss, run.val_rmse, run.val_ndcg10))
        table.add_row(run.run_id, began, run.preset, str(run.seed), f"{run.n_ratings:,}", str(run.epochs), *figures,
                      f"{run.seconds:.1f}", run.outcome)  # fmt: skip
    console().print(table)


def _print_some(runs: list[KeptRun]) -> None:
    for run in runs:
        say(f"Run {run.run_id}: {run.kind}, preset {run.preset}, seed {run.seed}, {run.outcome}"
            + (f" ({run.why})" if run.why else ""))  # fmt: skip
        say(f"  {run.n_ratings:,} ratings of {run.n_users:,} viewers and {run.n_movies:,} movies, {run.epochs} epochs,"
            f" {run.seconds:.1f} s on {run.device}, Matinée {run.version}")  # fmt: skip
        say(f"  loss {_figure(run.loss)}, validation RMSE {_figure(run.val_rmse)}, NDCG@10 {_figure(run.val_ndcg10)}")
    for other in runs[1:]:
        table = Table("differs", f"run {runs[0].run_id}", f"run {other.run_id}")
        for row in differences(runs[0], other):
            table.add_row(*row)
        console().print(table)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
