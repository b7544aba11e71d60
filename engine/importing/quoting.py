"""Pieces of hostile files inside a message: short, and without a character that a terminal would obey."""

from __future__ import annotations

from pathlib import Path

_ROOM = 40
"""Characters of a quoted piece."""
_PATH_ROOM = 90
"""Characters of a path; of a longer one the end is shown."""


def quoted(text: str | bytes, room: int = _ROOM) -> str:
    """The beginning of a text in quotes, with escapes for what can't be shown."""
    start = text[: 4 * room].decode("utf-8", errors="backslashreplace") if isinstance(text, bytes) else text
    whole = repr(start[:room])
    if len(start) > room or len(whole) > room + 2:
        return f"{whole[: room - 1].rstrip(chr(92))}…{whole[0]}"
    return whole


def named(name: str, room: int = _ROOM) -> str:
    """An id or a file's name: as it stands where it is short and can be shown, else quoted."""
    return name if name.isprintable() and len(name) <= room else quoted(name, room)


def brief(sentence: object, room: int = 80) -> str:
    """What somebody else's message says, in one short line."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(sentence)[: 2 * room])
    line = " ".join(line.split())
    return line if len(line) <= room else f"{line[: room - 1]}…"


def placed(path: Path) -> str:
    """A path with its end in view."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(path))
    return text if len(text) <= _PATH_ROOM else f"…{text[1 - _PATH_ROOM :]}"
