"""A session script as a whole: read from a file and checked as far as it can be without a database."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import ScriptBroken
from engine.replay.expectations import Bounds, Expect
from engine.replay.reader import At, read_step
from engine.replay.steps import Diversify, Engine, Login, Note, Screenshot, Search, Session, Step, Wait, Watch
from engine.replay.yaml_nodes import MAX_BYTES, read_items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NEED_NOBODY = (Session, Login, Note, Search, Screenshot)
"""Steps that can stand before the first login."""
_CANT_FAIL = (Session, Note, Screenshot, Wait, Expect)
"""Steps that make no sense in `when`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A step with its place."""

    step: Step
    number: int
    """Of the step, from 1."""
    line: int
    """In the file, from 1."""


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

    def fault(self, line: Line, text: str) -> str:
        """A message about a step, with its place."""
        return f"{self.path}:{line.line}: step {line.number}: {text}"


def load(path: Path) -> Script:
    """Read a file. ScriptBroken with file and line for whatever is wrong with it; nothing else happens."""
    return parse(_content(path), path)


def parse(content: bytes, path: Path) -> Script:
    """The script that `content` is; `path` names it in messages, and its folder holds the files to import."""
    lines = []
    for number, node in enumerate(read_items(content, str(path)), start=1):
        at = At(str(path), number)
        lines.append(Line(read_step(node, at), number, node.line))
    first = lines[0].step
    about = first if isinstance(first, Session) else Session(title=path.stem.replace("-", " ").replace("_", " "))
    script = Script(path, tuple(lines), about)
    _check(script)
    return script


def as_plain(step: Step) -> dict[str, Any]:
    """A step as YAML and JSON would have it, without what was left at its default; in its long form."""
    values = {}
    for field in dataclasses.fields(step):
        value = getattr(step, field.name)
        if value != field.default or field.default is dataclasses.MISSING:
            values[field.name] = _plain(value)
    whole = getattr(step, "WHOLE", None)
    return {step.WORD: values[whole] if whole else values}


def _plain(value: Any) -> Any:
    if hasattr(value, "WORD"):
        return as_plain(value)
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: _plain(each) for name, each in fields.items() if each is not None}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "it can't be read"
        raise ScriptBroken(f"{path}:1: this script can't be opened: {reason}") from error


# -------------------------------------------------------------------------------------------------------------- checks


def _check(script: Script) -> None:
    somebody = False
    settled = True
    for line in script.lines:
        step = line.step
        problem = next(_problems(step), None)
        if isinstance(step, Session) and line.number > 1:
            problem = "`session` says what the script is about; it stands first"
        elif not somebody and not isinstance(step, _NEED_NOBODY):
            problem = f"nobody is logged in yet; put a `login` before `{step.WORD}`"
        elif isinstance(step, Expect) and not settled:
            problem = "the model still trains, so nothing sure can be expected; put a `wait` before `expect`"
        if problem:
            raise ScriptBroken(script.fault(line, problem))
        somebody = somebody or isinstance(step, Login)
        settled = _settled(step, settled)


def _settled(step: Step, before: bool) -> bool:
    if step.WORD == "train":
        return bool(getattr(step, "wait", True))
    return before or isinstance(step, Wait)


def _problems(step: Step) -> Iterator[str]:
    """What is wrong with a step's values as they stand together."""
    if isinstance(step, Watch):
        if step.seconds is not None and step.until is not None:
            yield "`watch` takes `seconds` or `until`, not both"
        if step.speed < 1:
            yield "`speed` is at least 1"
    elif isinstance(step, Diversify):
        if step.strength is not None and not 0 <= step.strength <= 1:
            yield f"`strength` is a number from 0 to 1, not {step.strength:g}"
        if step == Diversify():
            yield "`diversity` needs `on` or `off`, a `strength` or a `method`"
    elif isinstance(step, Login):
        if not step.name.strip():
            yield "`login` needs a name"
    elif isinstance(step, Expect):
        yield from _expect_problems(step)


def _expect_problems(step: Expect) -> Iterator[str]:
    if step == Expect(since=step.since):
        yield "`expect` expects nothing; say what must be true"
    if (step.error is None) != (step.when is None):
        yield "`error` (part of the message) and `when` (the step that must fail) go together"
    when: object = step.when
    if isinstance(when, _CANT_FAIL):
        yield f"`{when.WORD}` can't stand in `when`"
    for name in (field.name for field in dataclasses.fields(step)):
        for bounds in _all_bounds(getattr(step, name)):
            if bounds == Bounds():
                yield f"`{name}` needs a number, `at_least`, `at_most` or `than_before`"
            if bounds.at_least is not None and bounds.at_most is not None and bounds.at_least > bounds.at_most:
                yield f"`{name}` can't be at least {bounds.at_least:g} and at most {bounds.at_most:g}"


def _all_bounds(value: Any) -> Iterator[Bounds]:
    if isinstance(value, Bounds):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _all_bounds(each)
    elif dataclasses.is_dataclass(value) and not hasattr(value, "WORD"):
        for field in dataclasses.fields(value):
            yield from _all_bounds(getattr(value, field.name))
