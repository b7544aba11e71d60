"""A disk that keeps what is synced and may lose or tear all else when the power goes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.recorded import Step

_SECTOR = 512


@dataclass
class _File:
    kept: bytearray = field(default_factory=bytearray)
    """What the last sync made safe."""
    pending: list[Step] = field(default_factory=list)
    """Writes since then, in order."""
    end: int = 0
    """Where the next write goes that names no place."""


class Disk:
    """One folder on it. Names are kept by a sync of the folder; until then the newest of them may be lost."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._names: dict[str, _File] = {}
        """As programs see them."""
        self._kept: dict[str, _File] = {}
        self._pending: list[tuple[Step, _File]] = []
        """Changes of names since the last sync of the folder, with the file that each made."""

    def take(self, step: Step) -> None:
        """Do what a program did."""
        if step.kind in ("create", "rename", "unlink"):
            if step.kind != "create" or step.path not in self._names:
                self._pending.append((step, _File()))
                _rename(self._names, *self._pending[-1])
        elif step.kind == "sync" and step.path == self._folder:
            self._kept, self._pending = dict(self._names), []
        elif step.kind == "sync":
            file = self._names[step.path]
            for write in file.pending:
                _apply(file.kept, write)
            file.pending.clear()
        elif step.kind in ("write", "truncate"):
            self._write(self._names[step.path], step)

    def after_power_loss(self, folder: Path, chance: random.Random) -> None:
        """Write into a folder what might be found there."""
        names = dict(self._kept)
        for step, made in self._pending[: chance.randint(0, len(self._pending))]:  # file systems keep their order
            _rename(names, step, made)
        habit = chance.choice(("all", "none", "some", "some", "torn", "torn"))
        for path, file in names.items():
            content = bytearray(file.kept)
            for write in file.pending:
                _perhaps(content, write, habit, chance)
            (folder / Path(path).name).write_bytes(content)

    def _write(self, file: _File, step: Step) -> None:
        if step.number < 0:
            step = step._replace(number=file.end)
            file.end += len(step.data)
        file.pending.append(step)


def _rename(names: dict[str, _File], step: Step, made: _File) -> None:
    """Make, rename or delete."""
    if step.kind == "create":
        names[step.path] = made
    elif step.path in names:
        file = names.pop(step.path)
        if step.kind == "rename":
            names[step.to] = file


def _apply(content: bytearray, write: Step) -> None:
    if write.kind == "truncate":
        del content[write.number :]
        content.extend(bytes(write.number - len(content)))
        return
    content.extend(bytes(max(0, write.number - len(content))))
    content[write.number : write.number + len(write.data)] = write.data


def _perhaps(content: bytearray, write: Step, habit: str, chance: random.Random) -> None:
    """Let a write that was not synced reach the disk, or not, or some of its sectors."""
    if habit == "torn" and write.kind == "write":
        for at in range(0, len(write.data), _SECTOR):
            if chance.random() < 0.5:
                part = write._replace(data=write.data[at : at + _SECTOR], number=write.number + at)
                _apply(content, part)
    elif habit == "all" or (habit in ("some", "torn") and chance.random() < 0.5):
        _apply(content, write)
