"""How `matinee replay` plays its scripts: each on a database, with a screen where one is needed."""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.cli.replay_output import BrokenScript, ReplayPrinter
from engine.errors import ScriptBroken, StoreUnreachable
from engine.replay import transcript
from engine.replay.names import check_names
from engine.replay.report import Report, play
from engine.replay.sandbox import Sandboxes
from engine.service.service import Service
from engine.service.settings import Settings
from engine.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.replay.script import Script
    from engine.service.protocols import PlayerService

_SCREEN = "tui.replay.headless"
"""Named, not imported: the engine draws no screens."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """The options of the command line."""

    settings: Settings
    preset: str | None
    seed: int | None
    keep: bool
    speed: float
    transcript: Path | None
    verify: Path | None
    cast: Path | None
    svg: Path | None
    size: tuple[int, int]

    @property
    def pictures(self) -> bool:
        """Whether a cast or pictures of the screens are to be written."""
        return self.cast is not None or self.svg is not None


def play_all(scripts: list[Script], options: ReplayOptions, printer: ReplayPrinter) -> Iterator[Report]:
    """Play one after the other, and print those that can't be played on this database."""
    with Sandboxes(options.settings, keep=options.keep, tell=printer.working) as sandboxes:
        playable = scripts if options.settings.database else _checked(scripts, sandboxes, printer)
        for script in playable:
            try:
                report = _play(script, options, sandboxes, printer)
            except ScriptBroken as error:
                printer.refused.append(BrokenScript(script.path, error))
                printer.broken(printer.refused[-1])
                continue
            _write_and_verify(report, options, several=len(scripts) > 1)
            printer.report(report)
            yield report


def _checked(scripts: list[Script], sandboxes: Sandboxes, printer: ReplayPrinter) -> list[Script]:
    """The scripts that name only what is in the database; nothing is trained for the others."""
    good = []
    for script in scripts:
        try:
            sandboxes.check([script])
            good.append(script)
        except ScriptBroken as error:
            printer.refused.append(BrokenScript(script.path, error))
            printer.broken(printer.refused[-1])
    return good


def _play(script: Script, options: ReplayOptions, sandboxes: Sandboxes, printer: ReplayPrinter) -> Report:
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(_service(script, options, sandboxes))
        screen = None
        if script.needs_screen or options.pictures:
            headless = importlib.import_module(_SCREEN)
            screen = stack.enter_context(headless.open_screen(service, script, options.size))
            screen.keep(cast=options.cast, svg=options.svg, speed=options.speed)
        return play(
            script, service, screen=screen,
            on_step=lambda outcome: printer.step(outcome, service),
        )  # fmt: skip


def preset_and_seed(script: Script, options: ReplayOptions) -> tuple[str, int]:
    """Preset and seed: the command line's, or the script's, or the usual ones."""
    seeds = (options.seed, script.about.seed, options.settings.seed)
    return options.preset or script.about.preset or options.settings.preset, next(s for s in seeds if s is not None)


@contextlib.contextmanager
def _service(script: Script, options: ReplayOptions, sandboxes: Sandboxes) -> Iterator[PlayerService]:
    preset, seed = preset_and_seed(script, options)
    if options.settings.database is None:
        with sandboxes.service(script.name, preset, seed, kills=script.kills) as service:
            yield service
        return
    if not _is_there(options.settings.database):
        sandboxes.check([script])  # what will be made holds the same, and must not be made for a broken script
    with Service(replace(options.settings, preset=preset, seed=seed), auto_train=False) as service:
        service.open()
        check_names(script, service)
        service.engine.start()
        yield service


def _is_there(database: str) -> bool:
    """Whether a database holds anything; nothing is made."""
    try:
        open_store(database, create=False).close()
    except StoreUnreachable:
        return False  # where it is out of reach, opening it to play will say so
    return True


def _write_and_verify(report: Report, options: ReplayOptions, *, several: bool) -> None:
    if options.transcript:
        target = _one_of(options.transcript, report.script, several=several)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(transcript.to_text(report.transcript), encoding="utf-8")
    if options.verify:
        recorded = transcript.read(_one_of(options.verify, report.script, several=several))
        exact, differences = transcript.compare(recorded, report.transcript)
        how = (
            "the same device and versions" if exact else f"another device or version, tolerance {transcript.TOLERANCE}"
        )
        report.failures += [f"{report.script.path}: not as recorded ({how}): {text}" for text in differences[:10]]


def _one_of(path: Path, script: Script, *, several: bool) -> Path:
    """The transcript of a script: the path itself, or a file in it."""
    return path / f"{script.name}.jsonl" if several or path.is_dir() else path
