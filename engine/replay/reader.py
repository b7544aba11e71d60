"""From YAML nodes to typed steps, driven by the types of `steps.py`: a new field or step needs no word here."""

from __future__ import annotations

import dataclasses
import math
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Union, cast, get_args, get_origin

from engine.errors import ScriptBroken
from engine.replay import places
from engine.replay.forms import hints_of, nearest, required_of
from engine.replay.kinds import AnyStep, Epochs, File, Genre, MovieName, Place, Stars
from engine.replay.steps import STEPS, Step, Wait
from engine.replay.yaml_nodes import Node
from engine.text import HOSTILE

_NOTHING = frozenset(("", "~", "null", "none"))
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,15}")
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_SHOWN = 40
"""Characters of a wrong value that a message repeats."""


@dataclass(frozen=True, slots=True)
class At:
    """Where in which script a value stands."""

    file: str
    step: int
    must_fail: bool = False
    """Inside `when`: values that no database takes are read, since the step is there to be refused."""

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
        raise at.fault(word, f"there is no step `{_short(word.text)}`; {nearest(word.text, STEPS)}")
    return cast("Step", _fields(STEPS[word.text], value, at))


# ------------------------------------------------------------------------------------------------------------- classes


def _fields(cls: type, node: Node, at: At) -> object:
    """A step, or a part of one, from its mapping or its short form."""
    hints = hints_of(cls)
    given = _given(cls, node, at)
    for key, _value in given:
        if key.text not in hints:
            word = f"`{cls.WORD}`" if hasattr(cls, "WORD") else "this"
            if not hints:
                raise at.fault(key, f"{word} takes nothing, not {_shown(node)}")
            raise at.fault(key, f"{word} has no field `{_short(key.text)}`; {nearest(key.text, hints)}")
    values = {key.text: _read(hints[key.text], value, at, key.text) for key, value in given}
    missing = [name for name in required_of(cls) if name not in values]
    if missing:
        raise at.fault(node, f"`{getattr(cls, 'WORD', 'this')}` needs `{missing[0]}`")
    return cls(**values)


def _given(cls: type, node: Node, at: At) -> tuple[tuple[Node, Node], ...]:
    whole, short = getattr(cls, "WHOLE", None), getattr(cls, "SHORT", None)
    if _is_nothing(node):
        return ()
    only: str | None = whole or (short if node.kind != "mapping" else None)
    if only:
        return ((Node("text", node.line, text=only), node),)
    if node.kind != "mapping":
        fields = f"fields ({', '.join(hints_of(cls))})" if hints_of(cls) else "nothing"
        raise at.fault(node, f"`{getattr(cls, 'WORD', 'this')}` takes {fields}, not {_shown(node)}")
    return node.pairs


# -------------------------------------------------------------------------------------------------------------- values


def _read(hint: Any, node: Node, at: At, name: str) -> Any:
    """The value of a field of type `hint`."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        wanted = next(arg for arg in args if arg is not type(None))
        return None if _is_nothing(node) else _read(wanted, node, at, name)
    if origin is Literal:
        return _choice(args, node, at, name)
    if origin is tuple:
        nodes = node.items if node.kind == "list" else (node,)
        if not nodes:
            raise at.fault(node, f"`{name}` takes one text or several, not {_shown(node)}")
        return tuple(_read(args[0], each, at, name) for each in nodes)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(args, node, at, name)
    if dataclasses.is_dataclass(hint):
        return _fields(cast("type", hint), node, at)
    return _READERS[hint](node, at, name)


def _mapping(args: tuple[Any, ...], node: Node, at: At, name: str) -> dict[Any, Any]:
    if node.kind != "mapping" or not node.pairs:
        raise at.fault(node, f"`{name}` takes a mapping such as `{{Alien (1979): 4.5}}`, not {_shown(node)}")
    return {_read(args[0], key, at, name): _read(args[1], value, at, key.text) for key, value in node.pairs}


def _choice(choices: tuple[str, ...], node: Node, at: At, name: str) -> str:
    if node.kind != "text" or node.text not in choices:
        hint = nearest(node.text, choices) if node.kind == "text" else f"choose one of {', '.join(choices)}"
        raise at.fault(node, f"`{name}` can't be {_shown(node)}; {hint}")
    return node.text


def _text(node: Node, at: At, name: str) -> str:
    if node.kind != "text" or _is_nothing(node):
        raise at.fault(node, f"`{name}` takes a text, not {_shown(node)}")
    return node.text


def _truth(node: Node, at: At, name: str) -> bool:
    if node.kind != "text" or not node.plain or node.text.lower() not in _TRUTH:
        raise at.fault(node, f"`{name}` takes `on` or `off` (`true` or `false`), not {_shown(node)}")
    return _TRUTH[node.text.lower()]


def _number(node: Node, at: At, name: str) -> float:
    if node.kind != "text" or not node.plain or not _NUMBER.fullmatch(node.text) or math.isinf(float(node.text)):
        quoted = "; take out the quotes" if node.kind == "text" and not node.plain else ""
        raise at.fault(node, f"`{name}` takes a number, not {_shown(node)}{quoted}")
    return float(node.text)


def _count(node: Node, at: At, name: str) -> int:
    if node.kind != "text" or not node.plain or not _WHOLE_NUMBER.fullmatch(node.text) or int(node.text) < 0:
        raise at.fault(node, f"`{name}` takes a whole number from 0, not {_shown(node)}")
    return int(node.text)


def _stars(node: Node, at: At, name: str) -> float:
    stars = _number(node, at, name)
    if not at.must_fail and stars * 2 not in range(1, 11):
        raise at.fault(node, f"`{name}` takes 0.5 to 5 stars in half steps, not {_shown(node)}")
    return stars


def _file(node: Node, at: At, name: str) -> str:
    text = _text(node, at, name)
    if odd := HOSTILE.search(text):
        raise at.fault(node, f"`{name}` is no file's name: it holds the character U+{ord(odd[0]):04X}; take it out")
    parts = text.replace("\\", "/").split("/")
    if ".." in parts or text.startswith(("/", "\\", "~")) or ":" in parts[0] or not any(parts):
        raise at.fault(node, f"`{name}` leads out of the script's folder: {_shown(node)}; name a file inside it")
    return "/".join(parts)


def _place(node: Node, at: At, name: str) -> str:
    text = _text(node, at, name)
    if not places.is_place(text):
        raise at.fault(
            node, f"{_shown(node)} is no place in a movie; write `start`, `end`, `40%`, `25 min` or `1:05:00`"
        )
    return text


def _any_step(node: Node, at: At, _name: str) -> Step:
    return read_step(node, replace(at, must_fail=True))


_READERS: dict[Any, Callable[[Node, At, str], Any]] = {
    str: _text,
    bool: _truth,
    float: _number,
    int: _count,
    Stars: _stars,
    Epochs: _count,
    MovieName: _text,
    Genre: _text,
    File: _file,
    Place: _place,
    AnyStep: _any_step,
}


def _is_nothing(node: Node) -> bool:
    return node.kind == "text" and node.plain and node.text.lower() in _NOTHING


def _shown(node: Node) -> str:
    if node.kind != "text":
        return f"a {node.kind}" if node.items or node.pairs else f"an empty {node.kind}"
    return "nothing" if _is_nothing(node) else f"`{_short(node.text)}`"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
