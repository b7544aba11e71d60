"""From a step to its line in a script. One line a step, so that a file stays valid while it is appended to."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from engine.replay.lines import as_plain

if TYPE_CHECKING:
    from engine.replay.steps import Step

_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


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
        return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)


def _key(key: str) -> str:
    return key if _BARE_WORD.fullmatch(key) else _flow(key)
