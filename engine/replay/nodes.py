"""YAML as far as a script needs it: a list, read item by item from the parser's events, each node with its line.

The parser's events are used in place of PyYAML's loader, for three reasons: every error can name a line; a script of
any size is refused at the first item too many, without building the rest; and there are no anchors, aliases, tags or
merge keys, so a small file can't unfold into a large one or make objects. Scalars stay texts: the type that a field
wants decides whether `1917` is a number or a title.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from engine.errors import ScriptBroken

MAX_BYTES = 4_000_000
MAX_ITEMS = 10_000
MAX_DEPTH = 8
MAX_MAPPING = 10_000
_SHOWN = 40
"""Characters of a wrong word or value that a message repeats."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, ten times as fast, where PyYAML was built with it."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its line. Exactly one of the three contents is filled."""

    kind: Literal["text", "list", "mapping"]
    line: int
    """From 1."""
    text: str = ""
    plain: bool = True
    """Whether a text stands without quotes, so that it may be a number, a truth value or nothing."""
    items: tuple[Node, ...] = ()
    pairs: tuple[tuple[Node, Node], ...] = ()


def read_items(content: bytes, file: str) -> Iterator[Node]:
    """The items of the list that `content` is. ScriptBroken at the first fault, naming `file` and the line."""
    events = _Events(_decoded(content, file), file)
    first = events.next()
    if isinstance(first, yaml.StreamEndEvent):
        raise ScriptBroken(f"{file}:1: the script is empty; write a list of steps, such as `- login: Ana`")
    begin = events.next()
    if not isinstance(begin, yaml.SequenceStartEvent):
        raise events.fault(begin, "a script is a list of steps; begin each with `- `, as in `- login: Ana`")
    events.refuse_anchor(begin)
    n = 0
    while not isinstance(event := events.next(), yaml.SequenceEndEvent):
        n += 1
        if n > MAX_ITEMS:
            raise events.fault(event, f"a script has at most {MAX_ITEMS:,} steps; split it into several")
        events.step = n
        yield _node(events, event, 1)
        events.step = 0
    if not n:
        raise events.fault(begin, "the script is empty; write a list of steps, such as `- login: Ana`")
    events.next()  # the end of the document
    if not isinstance(more := events.next(), yaml.StreamEndEvent):
        raise events.fault(more, "a file holds one script; take out the line `---`")


class _Events:
    """The parser's events, its errors turned into ScriptBroken."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self.step = 0
        """The number of the step that is read; 0 between two."""
        self._lines = text.splitlines()
        try:
            self._events = iter(yaml.parse(text, Loader=_Loader))
            next(self._events)  # the start of the stream
        except yaml.YAMLError as error:
            raise self._broken(error) from error

    def next(self) -> Any:
        """The next event."""
        try:
            return next(self._events)
        except yaml.YAMLError as error:
            raise self._broken(error) from error

    def fault(self, event: Any, text: str) -> ScriptBroken:
        """An error that names the line of an event."""
        return self._at(event.start_mark.line + 1, text)

    def _at(self, line: int, text: str) -> ScriptBroken:
        step = f"step {self.step}: " if self.step else ""
        return ScriptBroken(f"{self._file}:{line}: {step}{text}")

    def refuse_anchor(self, event: Any) -> None:
        """No anchors and no tags."""
        if getattr(event, "anchor", None):
            raise self.fault(event, f"anchors such as `&{short(event.anchor)}` are not allowed; write the value out")
        if getattr(event, "tag", None) and event.tag != "!":
            raise self.fault(event, f"tags such as `{short(event.tag)}` are not allowed")

    def _broken(self, error: yaml.YAMLError) -> ScriptBroken:
        mark = getattr(error, "problem_mark", None)
        if mark is None:
            return self._at(1, f"this is no YAML: {' '.join(str(error).split())}")
        line = self._lines[mark.line] if mark.line < len(self._lines) else ""
        indent = line[: len(line) - len(line.lstrip())]
        problem = "a tab indents this line; YAML wants spaces" if "\t" in indent else getattr(error, "problem", "")
        return self._at(mark.line + 1, f"this is no YAML: {problem}")


def _decoded(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise ScriptBroken(f"{file}:1: the script is larger than {MAX_BYTES // 1_000_000} MB; split it into several")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ScriptBroken(f"{file}:{line}: this is not UTF-8; save the script in that encoding") from error
    for number, line_text in enumerate(text.split("\n"), start=1):
        odd = next((c for c in line_text if not (c.isprintable() or c.isspace())), None)
        if odd is not None and (ord(odd) < 32 or ord(odd) == 127):
            raise ScriptBroken(f"{file}:{number}: the character U+{ord(odd):04X} can't stand in a script")
    return text


def _node(events: _Events, event: Any, depth: int) -> Node:
    """The node that begins with `event`."""
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent):
        raise events.fault(event, f"aliases such as `*{event.anchor}` are not allowed; write the value out")
    events.refuse_anchor(event)
    if depth > MAX_DEPTH:
        raise events.fault(event, f"nothing in a script is nested more than {MAX_DEPTH} deep")
    if isinstance(event, yaml.ScalarEvent):
        return Node("text", line, text=event.value, plain=event.style in (None, ""))
    if isinstance(event, yaml.SequenceStartEvent):
        return Node("list", line, items=tuple(_items(events, depth)))
    return Node("mapping", line, pairs=tuple(_pairs(events, depth)))


def _items(events: _Events, depth: int) -> Iterator[Node]:
    n = 0
    while not isinstance(event := events.next(), yaml.SequenceEndEvent):
        n += 1
        if n > MAX_MAPPING:
            raise events.fault(event, f"a list holds at most {MAX_MAPPING:,} values")
        yield _node(events, event, depth + 1)


def _pairs(events: _Events, depth: int) -> Iterator[tuple[Node, Node]]:
    seen: set[str] = set()
    while not isinstance(event := events.next(), yaml.MappingEndEvent):
        key = _node(events, event, depth + 1)
        if key.kind != "text":
            raise events.fault(event, "a key is a word or a title, not a list or a mapping")
        if key.text in seen:
            raise events.fault(event, f"`{short(key.text)}` stands here twice; keep one")
        if len(seen) >= MAX_MAPPING:
            raise events.fault(event, f"a mapping holds at most {MAX_MAPPING:,} values")
        seen.add(key.text)
        yield key, _node(events, events.next(), depth + 1)


def short(text: str) -> str:
    """A word or a value of a script as a message repeats it."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
