"""`matinee import`: a data set into the database, with a bar while it runs and a report at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from engine.cli.options import as_json
from engine.cli.output import console, say_json
from engine.importing.formats import FORMATS

if TYPE_CHECKING:
    from engine.importing.load import ImportResult
    from engine.importing.load import Progress as OnProgress

_BYTES = ("checking", "reading")
"""Stages that go through the files."""


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", metavar="F", help=f"What the files are: {', '.join(FORMATS)}. Told from them by default."
)
@click.option("--db", metavar="URL", help="sqlite:///file or mysql://user@host:port/name.")
@click.option("--merge", is_flag=True, help="Add to a database that holds other data.")
@click.option("--keep-going", is_flag=True, help="Import the good lines of files with more than 1 % of bad ones.")
@as_json
def command(path: Path, format_: str | None, db: str | None, *, merge: bool, keep_going: bool, as_json: bool) -> None:
    """Import a data set: a MovieLens zip or folder, other `::` files, or what `matinee export` wrote.

    A database that does not exist is made and holds the data set alone. An imported viewer is called by the id in the
    file. With --merge, movies of different data sets stay apart (ids, never titles, say what is the same), and a viewer
    whose name is taken gets the data set behind it: `1 (ml-1m)`. Stopped half-way, the same command completes it; run
    twice, it adds nothing.
    """
    from engine.importing.load import import_dataset  # brings pandas

    with _bar(quiet=as_json) as on_progress:
        result = import_dataset(path, format_, db, merge=merge, keep_going=keep_going, on_progress=on_progress)
    if as_json:
        say_json(as_plain(result))
    else:
        _print_report(result)


def as_plain(result: ImportResult) -> dict[str, Any]:
    """The report as JSON has it."""
    reading = result.reading
    return {
        "format": reading.format,
        "users": reading.users,
        "movies": reading.movies,
        "ratings": reading.ratings,
        "skipped": reading.skipped,
        "seconds": round(result.seconds, 3),
        "earlier_ratings": reading.earlier,
        "scale": reading.scale,
        "skipped_lines": [asdict(line) for line in reading.skipped_lines],
        "source": result.source,
        "written": result.written,
        "already_there": result.already,
    }


class _Rate(ProgressColumn):
    """Megabytes or rows a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if speed is None:
            return Text("")
        return Text(f"{speed / 1e6:.1f} MB/s" if task.description in _BYTES else f"{speed:,.0f}/s")


@contextmanager
def _bar(*, quiet: bool) -> Iterator[OnProgress | None]:
    """A line for each stage, on stderr."""
    if quiet:
        yield None
        return
    columns = (
        TextColumn("{task.description:>8}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        _Rate(),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console(err=True)) as bar:

        def on_progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield on_progress


def _print_report(result: ImportResult) -> None:
    reading = result.reading
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _report(result):
        table.add_row(name, Text(value))
    out = console()
    out.print(table)
    for line in reading.skipped_lines:
        out.print(Text(f"  {line}", style="yellow"), soft_wrap=True)
    if reading.skipped > len(reading.skipped_lines):
        out.print(f"  and {reading.skipped - len(reading.skipped_lines):,} more")


def _report(result: ImportResult) -> Iterator[tuple[str, str]]:
    reading = result.reading
    yield "data set", f"{reading.format}, in the database as {result.source}"
    yield "database", str(result.url)
    yield "read", f"{reading.users:,} viewers, {reading.movies:,} movies, {reading.ratings:,} ratings"
    if reading.earlier:
        yield "history", f"{reading.earlier:,} earlier ratings, which a later one replaced"
    yield "mapped", reading.scale
    yield "written", _written(result)
    yield "skipped", f"{reading.skipped:,} lines" if reading.skipped else "nothing"


def _written(result: ImportResult) -> str:
    if result.already:
        return "nothing: the database has it already"
    rate = f", {result.written / result.seconds:,.0f}/s" if result.seconds else ""
    rest = result.reading.events - result.written
    before = f" ({rest:,} were there from a run before)" if rest else ""
    return f"{result.written:,} ratings{before} in {result.seconds:.1f} s{rate}"
