"""A session script in memory: its steps with their places. Nothing here reads a file or knows YAML."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.replay.expectations import Expect
from engine.replay.steps import Engine, Session, Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """A step with its place."""

    step: Step
    number: int
    """Of the step, from 1."""
    line: int
    """In the file, from 1."""
    places: Mapping[str, int] = field(default_factory=dict)
    """The lines of its texts that stand on others."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script that can be played."""

    path: Path
    lines: tuple[Line, ...]
    about: Session
    """Its first step, or what stands for it."""

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def digest(self) -> str:
        """SHA-256 of the steps: comments and blank lines aside, two scripts with the same one do the same."""
        plain = json.dumps([as_plain(line.step) for line in self.lines], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()

    @property
    def needs_screen(self) -> bool:
        """Whether something is expected of the screen."""
        return any(isinstance(line.step, Expect) and line.step.screen for line in self.lines)

    @property
    def kills(self) -> bool:
        """Whether a step ends the engine's process."""
        return any(isinstance(line.step, Engine) for line in self.lines)

    def fault(self, line: Line, text: str, name: str = "") -> str:
        """A message about a step, or about a name in it, with the place."""
        return f"{self.path}:{line.places.get(name, line.line)}: step {line.number}: {text}"


def as_plain(step: Step) -> dict[str, Any]:
    """A step as YAML and JSON would have it, without what was left at its default; in its long form."""
    values = {}
    for each in dataclasses.fields(step):
        value = getattr(step, each.name)
        if value != each.default or each.default is dataclasses.MISSING:
            values[each.name] = _plain(value)
    whole = getattr(step, "WHOLE", None)
    return {step.WORD: values[whole] if whole else values}


def _plain(value: Any) -> Any:
    if hasattr(value, "WORD"):
        return as_plain(value)
    if dataclasses.is_dataclass(value):
        fields = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
        return {name: _plain(each) for name, each in fields.items() if each is not None}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return list(value) if isinstance(value, tuple) else value
