"""`matinee bench`: speed and cost, side by side with what people use today."""

from __future__ import annotations

import importlib
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.table import Table

from engine.bench.data import SCALES, Options
from engine.cli.options import as_json
from engine.cli.output import console, say_json

if TYPE_CHECKING:
    from engine.bench.machine import Machine
    from engine.bench.result import BenchResult, Figure, Goal

BENCHES = {
    "epoch": "an epoch of the study's network with a masked loss, against PyTorch",
    "converge": "time to a validation RMSE of .90, against Cornac's VAECF",
    "foldin": "a rating to the viewer's new five best, against implicit",
    "batch": "the five best for every viewer, against implicit",
    "scaling": "an epoch's time and memory at 1, 5 and 25 million ratings",
    "startup": "process start to the first frame and the first list",
    "update": "one rating into the weights",
    "diversity": "a scored list re-ranked by each method",
}
"""Name (a module of `engine.bench`) and what it measures."""


_HELP = """Measure speed and cost. Without BENCH all of them, one after the other.

\b
{}

Rivals run in the same process, in turns. PyTorch, implicit and Cornac come with the dependency group `bench`; what is
not installed is skipped.
""".format("\n".join(f"{name:9} {what}" for name, what in BENCHES.items()))


@click.command("bench", help=_HELP)
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHES)), metavar="[BENCH]...")
@click.option(
    "--data", metavar="PATH", help="A data set's zip or folder; made-up ratings of MovieLens 1M's size without."
)
@click.option("--rounds", type=click.IntRange(1), help="Runs that are measured; each bench's own number by default.")
@click.option("--epochs", type=click.IntRange(1), help="Passes of the trainings that are measured (also the rivals').")
@click.option("--scales", type=click.IntRange(1, len(SCALES)), default=len(SCALES), show_default=True,
              help="How many sizes of `scaling`, the smallest first.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True)
@as_json
def command(
    names: tuple[str, ...], data: str | None, rounds: int | None, epochs: int | None, scales: int, seed: int,
    device: str, as_json: bool,
) -> None:  # fmt: skip
    """Run the benches and print."""
    from engine.bench.machine import machine

    options = Options(data, seed, rounds, device, epochs=epochs, scales=SCALES[:scales])
    on, results = machine(), []
    for name in names or BENCHES:
        with console(err=True).status(f"{name}: {BENCHES[name]}"):
            result = measure(name, options)
        results.append(result)
        if not as_json:
            _print_result(result)
    if as_json:
        say_json({"machine": asdict(on), "benches": [result.facts() for result in results]})
    else:
        _print_machine(on)


def measure(name: str, options: Options) -> BenchResult:
    """Run one bench: the function `run` of its module."""
    result: BenchResult = importlib.import_module(f"engine.bench.{name}").run(options)
    return result


def _print_result(result: BenchResult) -> None:
    columns = list(dict.fromkeys(column for line in result.lines for column in line.figures))
    table = Table("", *columns, title=f"{result.bench}: {result.data}", caption=result.how)
    for line in result.lines:
        table.add_row(line.name, *(shown(line.figures.get(column, "")) for column in columns))
    out = console()
    out.print(table)
    for goal in result.goals:
        out.print(f"  {'met' if goal.met else 'not met'}: {_goal(goal)}")
    for skipped in result.skipped:
        out.print(f"  skipped: {skipped.what}: {skipped.reason}")


def _goal(goal: Goal) -> str:
    return f"{goal.what} {shown(goal.value)} (goal: {'≤' if goal.side == 'most' else '≥'} {shown(goal.bound)})"


def shown(figure: Figure) -> str:
    """Four digits that matter, thousands with commas.

    >>> shown(0.0123456), shown(1234567.8), shown(37)
    ('0.01235', '1,234,568', '37')
    """
    if isinstance(figure, str):
        return figure
    if isinstance(figure, int) or abs(figure) >= 1000:
        return f"{figure:,.0f}"
    return f"{figure:.4g}"


def _print_machine(on: Machine) -> None:
    out = console()
    hardware = f"{on.cpu}, {on.cores} cores, {on.vectors}, {on.memory_gb:g} GB; {on.system}; jax on {on.device}"
    versions = ", ".join(f"{name} {version}" for name, version in on.versions.items())
    out.print(f"{hardware}; load {on.load:g} at the start\nPython {on.python}; {versions}")
    if on.load > on.cores / 2:
        out.print("The machine was busy: trust the ratios of rivals, not the times.", style="bold")
