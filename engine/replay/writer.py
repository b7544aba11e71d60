"""From a step to its line in a script. One line a step, so that a file stays valid while it is appended to."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from engine.replay.lines import as_plain
from engine.text import HOSTILE

if TYPE_CHECKING:
    from engine.replay.steps import Step

_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LAST_OF_FOUR = 0xFFFF
"""The last character that YAML writes with four digits."""


def to_line(step: Step) -> str:
    r"""The step as an item of a YAML list, with its line end.

    >>> from engine.replay.steps import Login, Rate
    >>> to_line(Login("Ana", new=True)) + to_line(Rate({"Alien (1979)": 4.5}))
    '- login: {name: "Ana", new: true}\n- rate: {"Alien (1979)": 4.5}\n'
    """
    ((word, values),) = as_plain(step).items()
    short = getattr(step, "SHORT", None)
    if short and set(values) == {short} and not isinstance(values[short], dict):
        values = values[short]
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
