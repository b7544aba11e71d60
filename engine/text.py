r"""Text for people: safe to show, short enough for a message, and what a mistyped word probably meant.

Titles, names, file names and messages come from data, and whoever shows data to a terminal shows it whatever escape
sequences are in it. Every border cleans with the functions of this module: `plain` where texts leave the store and
where a message is printed, `tidy` where they enter the store, `dotted` where an id becomes a name, `shown` where a line
of the screen is laid out already, `quoted` and its like inside a message, `json_line` where a program reads.

Accents, combining marks, CJK, emoji and their variation selectors stay as they are. The joiners U+200C and U+200D stay
between two characters of scripts that use them (Persian and Indian words, emoji of several people) and go elsewhere:
in a Latin word they only make two names look the same.
"""

from __future__ import annotations

import io
import json
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_INTRODUCERS = r"\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]"
_SEQUENCE = re.compile(
    rf"(?:{_INTRODUCERS})[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC with what they hold
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, the cursor
    r"|\x1b[ -/]*[0-~]"  # the short ones, and the beginning of one that never ends
)
_SPACE = re.compile(r"\r\n|[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
_HOSTILE_CLASS = (
    r"\x00-\x1f\x7f-\x9f"  # C0, delete, C1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction: marks, embeddings, overrides, isolates
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"  # no width, no ink
    r"\u2028\u2029\ufff0-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff"  # line ends, and what is no character
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # formats, tags
)
HOSTILE = re.compile(f"[{_HOSTILE_CLASS}]")
"""A character that no terminal should be given."""
_LOST = re.compile("[\ud800-\udfff]")
_JOINS = r"[\u0590-\u1fff\u2100-\U0010ffff]"
_STRAY_JOINER = re.compile(rf"(?<!{_JOINS})[\u200c\u200d]|[\u200c\u200d](?!{_JOINS})")


_QUOTED_ROOM = 40
"""Characters of a quoted piece in a message."""
_PATH_ROOM = 90
"""Characters of a path in a message; of a longer one the end is shown."""


def plain(text: str, *, keep: str = "") -> str:
    r"""The text without escape sequences, controls, changes of direction and invisible characters, on one line.

    What breaks a line becomes a space; with `keep="\n"` lines stay lines. Half a character (a byte of a file's name
    that is not UTF-8) becomes U+FFFD. A clean text comes back as it is, and what comes back is clean.

    >>> plain("\x1b]0;mine\x07Al\u202eien\n\x1b[31mred\x1b[0m")
    'Alien red'
    """
    if text.isascii() and text.isprintable():
        return text
    text = _SPACE.sub(lambda found: "\n" if "\n" in found[0] and keep else " ", _SEQUENCE.sub("", text))
    text = HOSTILE.sub(lambda found: found[0] if found[0] == keep else "", _LOST.sub("\ufffd", text))
    return _STRAY_JOINER.sub("", text)


def tidy(text: str) -> str:
    """The text as it is stored: plain, one space between words, without the bytes that are no text."""
    return " ".join(plain(text.encode("utf-8", "ignore").decode("utf-8")).split())


def dotted(text: str) -> str:
    """The text with a dot for each character that can't be shown: two ids that differ are still two names."""
    return _STRAY_JOINER.sub("·", HOSTILE.sub("·", text))


def shown(text: str, width_of: Any) -> str:
    """The text with hostile characters gone and every other at its place: `width_of` says how many cells one took."""
    if text.isascii() and text.isprintable():
        return text
    return HOSTILE.sub(lambda found: " " * width_of(found[0]), text)


def json_line(data: Any) -> str:
    r"""The data as one line of JSON that says all of it and is safe to print: hostile characters become \uXXXX."""
    return HOSTILE.sub(_escaped, json.dumps(data, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


class PlainStream(io.TextIOWrapper):
    """A log that can be shown with `cat`: whatever is written to it is cleaned."""

    def write(self, text: str) -> int:
        """Write the text in its clean form; lines stay lines."""
        super().write(plain(text, keep="\n"))
        return len(text)


def quoted(text: str | bytes, room: int = _QUOTED_ROOM) -> str:
    """The beginning of a text in quotes, with escapes for what can't be shown."""
    start = text[: 4 * room].decode("utf-8", errors="backslashreplace") if isinstance(text, bytes) else text
    whole = repr(start[:room])
    if len(start) > room or len(whole) > room + 2:
        return f"{whole[: room - 1].rstrip(chr(92))}…{whole[0]}"
    return whole


def named(name: str, room: int = _QUOTED_ROOM) -> str:
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


def nearest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The known word most like a mistyped one, whatever its case; None when none is like it.

    >>> nearest("Lgin", ("login", "rate"))
    'login'
    """
    by_key = {name.casefold(): name for name in known}
    near = get_close_matches(word.strip().casefold(), by_key, n=1, cutoff=cutoff)
    return by_key[near[0]] if near else None


def suggest(word: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """The remedy for a mistyped word: what was probably meant, or all that is possible.

    >>> suggest("lgin", ("login", "rate"))
    "did you mean 'login'?"
    >>> suggest("xyz", ("login", "rate"))
    'choose one of login, rate'
    """
    names = list(known)
    near = nearest(word, names, cutoff)
    return f"did you mean {near!r}?" if near else f"choose one of {', '.join(names)}"
