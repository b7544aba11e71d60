"""`matinee doctor`: what this installation consists of and whether its parts are well."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from engine import __version__
from engine.cli.options import as_json, service_options
from engine.cli.output import console, say_json
from engine.errors import CheckpointDamaged, MatineeError
from engine.paths import config_dir
from engine.store import ensure_store, resolve_url
from engine.store.schema import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from engine.service.settings import Settings
    from engine.store import Store

_PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy", "pandas", "scipy", "textual", "rich", "pymysql")
Report = dict[str, Any]


@click.command("doctor")
@service_options
@as_json
def command(settings: Settings, as_json: bool) -> None:
    """Show versions, device, database, caches and checkpoints, and what is wrong with them."""
    report, problems = examine(settings)
    if as_json:
        say_json(report)
    else:
        _print_report(report)
    if problems:
        raise problems[0]


def examine(
    settings: Settings, open_store: Callable[[str | None], Store] = ensure_store
) -> tuple[Report, list[MatineeError]]:
    """Everything as plain data, and what is wrong: its parts then have a key `problem`."""
    problems: list[MatineeError] = []
    report: Report = {
        "matinee": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "device": _device(settings.device, problems),
        "database": {"url": None},
        "cache": _folder(settings.cache_path, problems) | {"bytes": _size(settings.cache_path)},
        "state": _folder(settings.state_path, problems),
        "config": _folder(config_dir(), problems),
        "checkpoints": [],
        "log": str(settings.log_path),
    }
    try:
        report["database"]["url"] = str(resolve_url(settings.database))
        with open_store(settings.database) as store:
            report["database"] |= _database(store)
            report["checkpoints"] = _checkpoints(store, settings, problems)
    except MatineeError as error:
        problems.append(error)
        report["database"]["problem"] = str(error)
    return report, problems


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _device(wanted: str, problems: list[MatineeError]) -> Report:
    from engine.training import device  # brings jax

    try:
        chosen = device.pick(wanted)
    except MatineeError as error:
        problems.append(error)
        return {"wanted": wanted, "problem": str(error)}
    return {"wanted": wanted, "name": device.label(chosen), "platform": chosen.platform}


def _database(store: Store) -> Report:
    return {
        "uuid": store.uuid,
        "schema": VERSION,
        "last_seq": store.last_seq(),
        "counts": asdict(store.counts()),
        "cautions": list(store.cautions()),
    }


def _checkpoints(store: Store, settings: Settings, problems: list[MatineeError]) -> list[Report]:
    from engine.worker.checkpoints import Checkpoints  # brings jax

    files = Checkpoints(store, settings).examine()
    problems += [CheckpointDamaged(file.problem) for file in files if file.problem]
    return [asdict(file) for file in files]


def _folder(folder: Path, problems: list[MatineeError]) -> Report:
    """A folder, and why nothing can be written there: in it, or in the nearest one above that is there."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return {"folder": str(folder)}
    problem = f"{folder} can't be written: {there} is {'read-only' if there.is_dir() else 'no folder'}."
    problems.append(MatineeError(problem))
    return {"folder": str(folder), "problem": problem}


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _print_report(report: Report) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in report.items():
        if isinstance(value, dict):
            for key, part in value.items():
                table.add_row(f"{name}.{key}", _text(part))
        elif isinstance(value, list):
            for part in value:
                table.add_row(name, "  ".join(f"{key}={value}" for key, value in part.items() if value is not None))
        else:
            table.add_row(name, _text(value))
    console().print(table)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{key}={part}" for key, part in value.items())
    if isinstance(value, list):
        return "\n".join(map(str, value)) or "none"
    return "-" if value is None else str(value)
