"""A session script in memory, and how it is written. Nothing here reads a file or knows YAML's parser."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from engine.errors import UsageError
from engine.replay.steps import About, Engine, Expect, Part, Step, fields_of
from engine.text import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LAST_OF_FOUR = 0xFFFF
"""The last character that YAML writes with four digits."""


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A step and where it stands."""

    step: Step
    number: int
    """Of the step, from 1."""
    line: int
    """In the file, from 1."""
    line_of: Mapping[str, int] = field(default_factory=dict)
    """The lines of those texts of the step that stand on other ones."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script that can be played."""

    path: Path
    lines: tuple[ScriptLine, ...]
    about: About
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

    def fault(self, line: ScriptLine, text: str, name: str = "") -> str:
        """A message about a step, or about a name in it, with file and line."""
        return f"{self.path}:{line.line_of.get(name, line.line)}: step {line.number}: {text}"


def title_of(path: Path) -> str:
    """A title for a script that has none, made of its file's name."""
    return path.stem.replace("-", " ").replace("_", " ")


# ------------------------------------------------------------------------------------------------------------- writing


def as_plain(step: Step) -> dict[str, Any]:
    """A step as YAML and JSON would have it, in its long form, without what was left at its default."""
    values = _given(step)
    return {step.WORD: values[step.WHOLE] if step.WHOLE else values}


def _given(part: Part) -> dict[str, Any]:
    """The fields of a step, or of a part of one, that say something else than their defaults."""
    values = {name: (getattr(part, name), field.default) for name, field in fields_of(type(part)).items()}
    return {name: _plain(value) for name, (value, default) in values.items() if value != default}


def _plain(value: Any) -> Any:
    if isinstance(value, Step):
        return as_plain(value)
    if isinstance(value, Part):
        return _given(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def to_line(step: Step) -> str:
    r"""The step as an item of a YAML list, with its line end: one line, so that a file stays valid as it grows.

    >>> from engine.replay.steps import Login, Rate
    >>> to_line(Login("Ana", new=True)) + to_line(Rate({"Alien (1979)": 4.5}))
    '- login: {name: "Ana", new: true}\n- rate: {"Alien (1979)": 4.5}\n'
    """
    ((word, values),) = as_plain(step).items()
    if step.SHORT and set(values) == {step.SHORT} and not isinstance(values[step.SHORT], dict):
        values = values[step.SHORT]
    return f"- {word}: {_flow(values)}\n" if values != {} else f"- {word}:\n"


def _flow(value: Any) -> str:
    """A value in YAML's flow style, which is JSON but for bare keys."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    if isinstance(value, str):
        return HOSTILE.sub(_escaped, json.dumps(value, ensure_ascii=False))
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def _key(key: str) -> str:
    return key if _BARE_WORD.fullmatch(key) else _flow(key)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR else f"\\U{code:08x}"


class ScriptFile:
    """A script that grows. The file holds whole steps only, also after the process was killed."""

    def __init__(self, path: Path) -> None:
        """Make the file. UsageError when it can't be made, or holds something."""
        self._lock = threading.Lock()
        try:
            self._file: IO[bytes] = path.open("ab", buffering=0)
        except OSError as error:
            raise UsageError(f"the session can't be recorded in {path}: {error.strerror}") from error
        if self._file.tell():
            self._file.close()
            raise UsageError(f"{path} holds something already; record into a new file")

    def append(self, step: Step) -> None:
        """Append a step; on return it is on the disk. One write call a step: a kill leaves all of it or nothing."""
        line = to_line(step).encode()
        with self._lock:
            self._file.write(line)
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()
