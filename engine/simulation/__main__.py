"""`python -m engine.simulation`: write the fixtures again, or compare their shape with real data."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from engine.paths import fixtures
from engine.simulation.config import SimulationConfig
from engine.simulation.write import write_fixtures


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=None, help="Where the CSVs lie.")
@click.option("--compare", type=click.Path(path_type=Path, exists=True), default=None, help="A MovieLens archive.")
def main(folder: Path | None, compare: Path | None) -> None:
    """Write viewers.csv and ratings.csv.xz from movies.csv and traits.csv; or compare them with real ratings."""
    folder = folder or fixtures()
    if compare is None:
        ratings = write_fixtures(folder, SimulationConfig())
        click.echo(f"{len(ratings.user_id):,} ratings of {SimulationConfig().n_users:,} viewers in {folder}")
        return
    from engine.simulation.compare import compare_with

    Console().print(compare_with(folder, compare))


if __name__ == "__main__":
    main()
