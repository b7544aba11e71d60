"""`matinee replay`: session scripts played without a screen, or on one."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from engine import config, paths
from engine.cli.options import as_json
from engine.cli.output import console, say_json, warn
from engine.cli.replay_output import BrokenScript, ReplayPrinter
from engine.cli.replay_play import ReplayOptions, play_all, preset_and_seed
from engine.cli.replay_targets import check_targets
from engine.errors import ReplayFailed, ScriptBroken
from engine.replay.reader import load
from engine.replay.report import Report, metrics_text
from engine.replay.script import Script
from engine.replay.transcript import TOLERANCE
from engine.replay.values import MAX_SEED
from engine.service import logs
from engine.service.settings import Settings

_SIZE = "120x36"
_SHOW = "tui.replay.travel"
"""Named, not imported: the engine draws no screens."""


def _size(_ctx: click.Context, _param: click.Parameter, text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (
        cross and width.isdecimal() and height.isdecimal() and 60 <= int(width) <= 400 and 16 <= int(height) <= 150
    ):
        raise click.BadParameter("write columns x lines, from 60x16 to 400x150, such as 120x36")
    return int(width), int(height)


_PATH = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--headless/--show", default=True, help="Without a screen (default), or in the app with a scrubber."),
    click.option("--speed", type=click.FloatRange(0.1, 100), default=1.0, help="How fast --show and --cast go."),
    click.option("--list", "listing", is_flag=True, help="Show what the scripts tell; by default those that ship."),
    click.option("--db", metavar="URL", help="Play on this database; without it each script gets a fresh one."),
    click.option("--preset", metavar="NAME", help="The model; the script's by default."),
    click.option("--seed", type=click.IntRange(0, MAX_SEED), help="Seeds the model; the script's by default."),
    click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", help="Where to train."),
    click.option("--keep", is_flag=True, help="Keep the fresh databases, and say where."),
    click.option("--transcript", "transcript_", type=_PATH, metavar="PATH",
                 help="Write what the replay gave as JSON lines: to a file, or for several scripts into a folder."),
    click.option("--verify", type=_PATH, metavar="PATH",
                 help="Compare with an earlier transcript or a folder of them: every bit on the same device and "
                      f"versions, elsewhere figures within {TOLERANCE}."),
    click.option("--metrics", type=_PATH, metavar="FILE", help="Write a row a step, as FILE.csv or FILE.json."),
    click.option("--cast", type=_PATH, metavar="FILE", help="Write the screens as an asciicast v2."),
    click.option("--svg", type=_PATH, metavar="DIR", help="Write the screen after each step as a picture."),
    click.option("--size", default=_SIZE, callback=_size, help="Of the screen, in columns x lines."),
    as_json,
)  # fmt: skip


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.command("replay")
@click.argument("scripts", nargs=-1, type=_PATH, metavar="SCRIPT...")
@_with_options
def command(
    scripts: tuple[Path, ...], *, headless: bool, listing: bool, db: str | None, device: str, metrics: Path | None,
    transcript_: Path | None, as_json: bool, **others: Any,
) -> None:  # fmt: skip
    """Play session scripts and see that everything they expect comes true.

    A SCRIPT is a file, a folder of files, or the name of one that ships (see --list). Exit code 1: something expected
    did not come true; 2: a script is broken.
    """
    paths = _paths(scripts, listing=listing)
    if listing:
        _list(paths, as_json=as_json)
        return
    if not headless:
        _check_show({"--db": db, "--transcript": transcript_, "--metrics": metrics, "--json": as_json, **{
            f"--{name}": others[name] for name in ("verify", "keep", "cast", "svg")
        }})  # fmt: skip
    if metrics and metrics.suffix not in (".csv", ".json"):
        raise click.UsageError("--metrics takes a file that ends in .csv or .json")
    if others["cast"] and len(paths) != 1:
        raise click.UsageError("--cast takes one script")
    if others["preset"]:
        config.preset(others["preset"])
    options = ReplayOptions(Settings(database=db, device=device), transcript=transcript_, **others)
    loaded, broken = _load(paths)
    check_targets(loaded, options, metrics)
    if not headless:
        _show(loaded, broken, options)
        return
    printer = ReplayPrinter(as_json=as_json, narrate=len(paths) == 1)
    for problem in broken:
        printer.broken(problem)
    reports = [*play_all(loaded, options, printer)]
    if metrics:
        rows = [row for report in reports for row in report.metrics]
        metrics.write_text(metrics_text(rows, metrics.suffix), encoding="utf-8")
    _end(broken or printer.refused, reports)


def _end(broken: list[BrokenScript], reports: list[Report]) -> None:
    if broken:
        sys.exit(ScriptBroken.exit_code)
    if not all(report.passed for report in reports):
        sys.exit(ReplayFailed.exit_code)


# ------------------------------------------------------------------------------------------------------------- scripts


def _paths(scripts: tuple[Path, ...], *, listing: bool) -> list[Path]:
    if not scripts and not listing:
        raise click.UsageError("name a script, or see those that ship with --list")
    found: list[Path] = []
    for script in scripts or (shipped(),):
        if script.is_dir():
            inside = sorted(script.glob("*.yaml"))
            if not inside:
                raise click.UsageError(f"no scripts in {script}: their names end in .yaml")
            found += inside
        elif not script.exists() and script == Path(script.name) and (shipped() / f"{script.name}.yaml").exists():
            found.append(shipped() / f"{script.name}.yaml")
        else:
            found.append(script)
    return found


def shipped() -> Path:
    """The folder of the scripts that ship."""
    return paths.fixtures() / "sessions"


def _load(paths: list[Path]) -> tuple[list[Script], list[BrokenScript]]:
    scripts, broken = [], []
    for path in paths:
        try:
            scripts.append(load(path))
        except ScriptBroken as error:
            broken.append(BrokenScript(path, error))
    return scripts, broken


def _list(paths: list[Path], *, as_json: bool) -> None:
    scripts, broken = _load(paths)
    out = console()
    for script in scripts:
        about = {"script": str(script.path), "title": script.about.title, "story": script.about.story.strip()}
        if as_json:
            say_json(about)
        else:
            out.print(Text(f"{script.name:<22}", style="bold") + Text(script.about.title))
            story = Text(" ".join(script.about.story.split()), style="dim")
            out.print(*[Text(" " * 22) + line for line in story.wrap(out, out.width - 24)], sep="\n")
    for problem in broken:
        warn(str(problem.error))
    _end(broken, [])


def _check_show(given: dict[str, object]) -> None:
    """Refuse what only a headless replay can do, rather than leave it undone."""
    for option, value in given.items():
        if value:
            raise click.UsageError(
                f"--show takes no {option}: it plays on a fresh database, writes and compares nothing"
            )


def _show(scripts: list[Script], broken: list[BrokenScript], options: ReplayOptions) -> None:
    if broken:
        raise broken[0].error
    if len(scripts) != 1:
        raise click.UsageError("--show takes one script")
    if not sys.stdout.isatty():
        raise click.UsageError("--show needs a terminal")
    logs.set_up(logs.LogFile(options.settings.log_path), debug=logs.is_debugging())  # the screen owns the terminal
    preset, seed = preset_and_seed(scripts[0], options)
    sys.exit(importlib.import_module(_SHOW).show(scripts[0], options.settings, preset, seed, options.speed))
