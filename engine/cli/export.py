"""`matinee export`: the ratings, with their history, and the movies as CSV."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import click
from rich.progress import Progress

from engine.cli.options import as_json
from engine.cli.output import console, say, say_json


@click.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--db", metavar="URL", help="sqlite:///file or mysql://user@host:port/name.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@as_json
def command(path: Path, db: str | None, *, force: bool, as_json: bool) -> None:
    """Write the ratings and movies to PATH, a folder or (ending in .zip) a zip file.

    The layout is that of MovieLens latest, and `matinee import` reads it back exactly. A movie that was rated again has
    several lines, of which the last counts; a line without a rating took it back. viewers.csv names the viewers, and
    details.csv has the movies as Matinée knows them.
    """
    from engine.importing.export import export_store

    began = time.monotonic()
    with Progress(console=console(err=True), disable=as_json) as bar:
        task = bar.add_task("ratings", total=None)
        result = export_store(
            path, db, force=force, on_progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    seconds = time.monotonic() - began
    if as_json:
        plain = asdict(result) | {"path": str(result.path), "seconds": round(seconds, 3)}
        say_json(plain)
    else:
        say(
            f"{result.path}: {result.users:,} viewers, {result.movies:,} movies, {result.events:,} lines of ratings "
            f"in {seconds:.1f} s"
        )
