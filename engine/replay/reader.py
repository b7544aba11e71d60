"""Reads a script from its file: YAML nodes become typed steps.

The types of `steps.py` drive it, so a new field or step needs no word here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, get_args, get_origin

import msgspec

from engine.errors import ScriptBroken
from engine.replay.nodes import MAX_BYTES, Node, read_items, short
from engine.replay.rules import first_fault
from engine.replay.script import Script, ScriptLine, title_of
from engine.replay.steps import STEPS, About, Part, Step, Wait, fields_of
from engine.replay.values import AnyStep, File, choice
from engine.text import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOTHING = frozenset(("", "~", "null", "none"))
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,15}")
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_WANTED: dict[Any, str] = {
    str: "a text",
    bool: "`on` or `off` (`true` or `false`)",
    float: "a number",
    int: "a whole number from 0",
}


def load(path: Path) -> Script:
    """Read a file. ScriptBroken with file and line for whatever is wrong with it; nothing else happens."""
    return parse(_content(path), path)


def parse(content: bytes, path: Path) -> Script:
    """The script that `content` is; `path` names it in messages, and its folder holds the files to import."""
    lines = []
    for number, node in enumerate(read_items(content, str(path)), start=1):
        step = read_step(node, At(str(path), number))
        lines.append(ScriptLine(step, number, node.line, dict(_lines_of_texts(node, node.line))))
    first = lines[0].step
    about = first if isinstance(first, About) else About(title_of(path))
    script = Script(path, tuple(lines), about)
    if fault := first_fault([line.step for line in lines]):
        raise ScriptBroken(script.fault(lines[fault.at], fault.text, fault.name))
    return script


def _lines_of_texts(node: Node, line: int) -> Iterator[tuple[str, int]]:
    """The texts of a step that stand on another line than its first, each with its own."""
    if node.kind == "text" and node.line != line:
        yield node.text, node.line
    for inner in (*node.items, *(each for pair in node.pairs for each in pair)):
        yield from _lines_of_texts(inner, line)


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe or a device might never end
            raise ScriptBroken(f"{path}:1: this script can't be opened: it is no file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "it can't be read"
        raise ScriptBroken(f"{path}:1: this script can't be opened: {reason}") from error


# -------------------------------------------------------------------------------------------------------------- steps


@dataclass(frozen=True, slots=True)
class At:
    """Where in which script a value stands."""

    file: str
    step: int

    def fault(self, node: Node, text: str) -> ScriptBroken:
        """The error for a value."""
        return ScriptBroken(f"{self.file}:{node.line}: step {self.step}: {text}")


def read_step(node: Node, at: At) -> Step:
    """The step that an item of the list is; ScriptBroken names file, line, step and the nearest valid word."""
    if node.kind == "text" and node.text == Wait.WORD:
        return Wait()
    if node.kind != "mapping" or len(node.pairs) != 1:
        found = "several words" if node.kind == "mapping" and node.pairs else _shown(node)
        raise at.fault(node, f"a step is one word with its values, as in `- login: Ana`; here is {found}")
    word, value = node.pairs[0]
    if word.text not in STEPS:
        raise at.fault(word, f"there is no step `{short(word.text)}`; {choice(word.text, STEPS)}")
    return cast("Step", _part(STEPS[word.text], value, at))


# --------------------------------------------------------------------------------------------------------------- parts


def _part(cls: type[Part], node: Node, at: At) -> Part:
    """A step, or a part of one, from its mapping or its short form."""
    fields, word = fields_of(cls), f"`{getattr(cls, 'WORD', 'this')}`"
    given = _given(cls, node, at, word)
    for key, _value in given:
        if not fields:
            raise at.fault(key, f"{word} takes nothing, not {_shown(node)}")
        if key.text not in fields:
            raise at.fault(key, f"{word} has no field `{short(key.text)}`; {choice(key.text, fields)}")
    values = {key.text: _read(fields[key.text].type, value, at, key.text) for key, value in given}
    for name, field in fields.items():
        if field.required and name not in values:
            raise at.fault(node, f"{word} needs `{name}`")
    return cls(**values)


def _given(cls: type[Part], node: Node, at: At, word: str) -> tuple[tuple[Node, Node], ...]:
    """The fields that are given, with their nodes."""
    if _is_nothing(node):
        return ()
    only = cls.WHOLE or (cls.SHORT if node.kind != "mapping" else "")
    if only:
        return ((Node("text", node.line, text=only), node),)
    if node.kind != "mapping":
        fields = f"fields ({', '.join(fields_of(cls))})" if fields_of(cls) else "nothing"
        raise at.fault(node, f"{word} takes {fields}, not {_shown(node)}")
    return node.pairs


# -------------------------------------------------------------------------------------------------------------- values


def _read(kind: Any, node: Node, at: At, name: str) -> Any:
    """The value of a field of type `kind`."""
    origin, args = get_origin(kind), get_args(kind)
    if type(None) in args:
        return None if _is_nothing(node) else _read(args[0], node, at, name)
    if kind == AnyStep:
        return read_step(node, at)
    if origin is tuple:
        nodes = node.items if node.kind == "list" else (node,)
        if not nodes:
            raise at.fault(node, f"`{name}` takes one text or several, not {_shown(node)}")
        return tuple(_read(args[0], each, at, name) for each in nodes)
    if origin is Mapping:
        if node.kind != "mapping" or not node.pairs:
            raise at.fault(node, f"`{name}` takes a mapping such as `{{Alien (1979): 4.5}}`, not {_shown(node)}")
        return {_read(args[0], key, at, name): _read(args[1], value, at, short(key.text)) for key, value in node.pairs}
    if isinstance(kind, type) and issubclass(kind, Part):
        return _part(kind, node, at)
    return _value(kind, node, at, name)


def _value(kind: Any, node: Node, at: At, name: str) -> Any:
    """A single value. msgspec judges it by its type."""
    if kind == File and node.kind == "text" and (odd := HOSTILE.search(node.text)):
        raise at.fault(node, f"`{name}` is no file's name: it holds the character U+{ord(odd[0]):04X}; take it out")
    try:
        value = msgspec.convert(_scalar(_plain(kind), node), kind)
    except msgspec.ValidationError as error:
        raise at.fault(node, _refused(kind, node, name)) from error
    return value.replace("\\", "/") if kind == File else value


def _plain(kind: Any) -> Any:
    """The type without its `Meta`."""
    return kind.__origin__ if hasattr(kind, "__metadata__") else kind


def _scalar(plain: Any, node: Node) -> object:
    """A text as what is wanted, where it can be read so; None for what is no text."""
    if node.kind != "text" or _is_nothing(node):
        return None
    text = node.text
    if plain is bool and node.plain:
        return _TRUTH.get(text.lower(), text)
    if plain is int and node.plain and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if plain is float and node.plain and _NUMBER.fullmatch(text) and not math.isinf(float(text)):
        return float(text)
    return text


def _refused(kind: Any, node: Node, name: str) -> str:
    """Why a value is refused, and what to write."""
    plain, shown = _plain(kind), _shown(node)
    if get_origin(plain) is Literal:
        return f"`{name}` can't be {shown}; {choice(node.text, get_args(plain))}"
    own = [meta.extra["fault"] for meta in getattr(kind, "__metadata__", ()) if "fault" in (meta.extra or {})]
    if own and node.kind == "text" and not _is_nothing(node):
        return str(own[0]).format(name=name, shown=shown)
    quoted = "; take out the quotes" if plain in (int, float) and node.kind == "text" and not node.plain else ""
    return f"`{name}` takes {_WANTED[plain]}, not {shown}{quoted}"


def _is_nothing(node: Node) -> bool:
    return node.kind == "text" and node.plain and node.text.lower() in _NOTHING


def _shown(node: Node) -> str:
    if node.kind != "text":
        return f"a {node.kind}" if node.items or node.pairs else f"an empty {node.kind}"
    return "nothing" if _is_nothing(node) else f"`{short(node.text)}`"
