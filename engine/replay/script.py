"""Reading a session script from a file, and checking it as far as that can be done without a database."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from engine.config import PRESETS
from engine.errors import ScriptBroken
from engine.replay.expectations import Bounds, Expect
from engine.replay.forms import nearest
from engine.replay.kinds import MAX_SEED
from engine.replay.lines import Line, Script
from engine.replay.reader import At, read_step
from engine.replay.steps import Diversify, Login, Note, Screenshot, Search, Session, Step, Train, Wait, Watch
from engine.replay.yaml_nodes import MAX_BYTES, read_items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from engine.replay.yaml_nodes import Node

_NEED_NOBODY = (Session, Login, Note, Search, Screenshot)
"""Steps that can stand before the first login."""
_CANT_FAIL = (Session, Note, Screenshot, Wait, Expect)
"""Steps that make no sense in `when`."""


def load(path: Path) -> Script:
    """Read a file. ScriptBroken with file and line for whatever is wrong with it; nothing else happens."""
    return parse(_content(path), path)


def parse(content: bytes, path: Path) -> Script:
    """The script that `content` is; `path` names it in messages, and its folder holds the files to import."""
    lines = []
    for number, node in enumerate(read_items(content, str(path)), start=1):
        at = At(str(path), number)
        lines.append(Line(read_step(node, at), number, node.line, dict(_places(node, node.line))))
    first = lines[0].step
    about = first if isinstance(first, Session) else Session(title=path.stem.replace("-", " ").replace("_", " "))
    script = Script(path, tuple(lines), about)
    _check(script)
    return script


def _places(node: Node, line: int) -> Iterator[tuple[str, int]]:
    """The texts of a step that stand on another line than its first, each with its own."""
    if node.kind == "text" and node.line != line:
        yield node.text, node.line
    for inner in (*node.items, *(each for pair in node.pairs for each in pair)):
        yield from _places(inner, line)


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe or a device might never end
            raise ScriptBroken(f"{path}:1: this script can't be opened: it is no file")
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
        if step.strength_fault:
            yield step.strength_fault
        if step == Diversify():
            yield "`diversity` needs `on` or `off`, a `strength` or a `method`"
    elif isinstance(step, Train):
        if step.epochs_fault:
            yield step.epochs_fault
    elif isinstance(step, Session):
        yield from _session_problems(step)
    elif isinstance(step, Login):
        if not step.name.strip():
            yield "`login` needs a name"
    elif isinstance(step, Expect):
        yield from _expect_problems(step)


def _session_problems(step: Session) -> Iterator[str]:
    if step.preset is not None and step.preset not in PRESETS:
        yield f"`preset` can't be `{step.preset}`; {nearest(step.preset, PRESETS)}"
    if step.seed is not None and step.seed > MAX_SEED:
        yield f"`seed` is a whole number from 0 to {MAX_SEED:,}, not {step.seed:,}"


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
