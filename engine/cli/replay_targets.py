"""Where `matinee replay` writes: checked before anything is played, which may take minutes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from engine.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.cli.replay_play import ReplayOptions
    from engine.replay.script import Script


def check_targets(scripts: Sequence[Script], options: ReplayOptions, metrics: Path | None) -> None:
    """UsageError where a file that was asked for can't be written, or two scripts would have the same one."""
    if options.transcript or options.verify or options.svg:
        _check_names(scripts)
    for option, file in (("--metrics", metrics), ("--cast", options.cast)):
        if file:
            _check_file(option, file)
    if options.transcript and (len(scripts) > 1 or options.transcript.is_dir()):
        _check_folder("--transcript", options.transcript)
    elif options.transcript:
        _check_folder("--transcript", options.transcript.parent)
        _check_existing("--transcript", options.transcript)
    if options.svg:
        _check_folder("--svg", options.svg)


def _check_names(scripts: Sequence[Script]) -> None:
    known: dict[str, Path] = {}
    for script in scripts:
        if script.name in known:
            raise UsageError(
                f"{known[script.name]} and {script.path} have the same name, and --transcript, --verify and --svg tell "
                "scripts apart by it: rename one, or play them one at a time"
            )
        known[script.name] = script.path


def _check_file(option: str, path: Path) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"{option} {path} can't be written: there is no folder {path.parent}")
    if not path.exists() and not os.access(path.parent, os.W_OK):
        raise UsageError(f"{option} {path} can't be written: the folder {path.parent} is not yours to write in")
    _check_existing(option, path)


def _check_existing(option: str, path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"{option} {path} can't be written: it is a folder; name a file")
    if path.exists() and not os.access(path, os.W_OK):
        raise UsageError(f"{option} {path} can't be written: the file is not yours to write")


def _check_folder(option: str, folder: Path) -> None:
    """A folder that is there, or can be made."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        raise UsageError(f"{option} {folder} can't be written: {there} is a file, not a folder")
    if not os.access(there, os.W_OK):
        raise UsageError(f"{option} {folder} can't be written: the folder {there} is not yours to write in")
