"""The lines of a file as text, in blocks, so that a file of any size takes the memory of one block.

Bytes become text by the encoding of the data set and never by guesswork that could lose a letter. A decoded file that
holds U+FFFD, the mark of a letter that was lost, is refused: either the bytes are in another encoding, or an earlier
program has damaged them, and titles with holes can't be repaired afterwards.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from enum import Enum

from engine.errors import BadEncoding, ImportFailed
from engine.importing.archive import DataFiles
from engine.importing.limits import MAX_LINE, MAX_LINES
from engine.text import named

_LOST = "\N{REPLACEMENT CHARACTER}"


class Encoding(Enum):
    """How the text files of a data set are written."""

    UTF8 = "UTF-8"
    LATIN1 = "latin-1"
    """Also accepted: a copy that was saved again as UTF-8, which latin-1 text matches by accident practically never."""
    EITHER = "UTF-8 or latin-1"
    """Files whose maker is unknown: UTF-8 where the bytes allow it."""
    OURS = "UTF-8 of ours"
    """Files that Matinée wrote: a U+FFFD in them is what somebody typed."""


_LATIN1 = (Encoding.LATIN1, Encoding.EITHER)


def decode(data: bytes, encoding: Encoding, file: str, first_line: int = 1) -> str:
    """The text of a file, or of its lines from `first_line` on, without byte order mark.

    Raises BadEncoding, which names the file and the line of the first letter that can't be read.
    """
    text = data.decode("utf-8-sig", errors="replace")
    if _LOST not in text or (encoding is Encoding.OURS and text.encode() == data.removeprefix(BOM_UTF8)):
        return text
    if encoding in _LATIN1:
        return decode_latin1(data, encoding, file, first_line)
    line = first_line + text.count("\n", 0, text.index(_LOST))
    raise BadEncoding(_message(file, line, encoding))


def decode_latin1(data: bytes, encoding: Encoding, file: str, first_line: int = 1) -> str:
    """The same where another part of the file has shown that it is latin-1."""
    damage = data.find(_LOST.encode())
    if damage < 0:
        return data.decode("latin-1")
    raise BadEncoding(_message(file, first_line + data.count(b"\n", 0, damage), encoding))


def is_latin1(data: bytes, encoding: Encoding) -> bool:
    """Whether lines of a file that may be latin-1 show that it is: they are no UTF-8."""
    return encoding in _LATIN1 and not data.isascii() and _LOST in data.decode("utf-8", errors="replace")


def blocks(files: DataFiles, name: str) -> Iterator[tuple[int, bytes]]:
    """Whole lines, each block ending in a newline whether or not the file does, with the number of its first line.

    A byte order mark is left out. Raises ImportFailed for a line without an end in sight.
    """
    line, rest = 1, b""
    for data in files.pieces(name):
        whole, end, begun = data.rpartition(b"\n")
        if end:
            block = rest + whole + end
            yield line, block
            line, rest = line + block.count(b"\n"), begun
        else:
            rest += data
        if len(rest) > MAX_LINE:
            raise ImportFailed(
                f"{named(name)}, line {line}: longer than {MAX_LINE:,} bytes: that is no line of a data set, "
                "get the file again"
            )
    if rest:
        yield line, rest + b"\n"


def read_texts(files: DataFiles, name: str, encoding: Encoding) -> Iterator[tuple[int, str]]:
    """The blocks as text. Raises BadEncoding."""
    reading = decode_latin1 if _is_latin1(files, name, encoding) else decode
    for first, block in blocks(files, name):
        yield first, reading(block, encoding, name, first)


def _is_latin1(files: DataFiles, name: str, encoding: Encoding) -> bool:
    """Whether a part of the file shows that it is latin-1; on the way the lines are counted."""
    found = False
    for first, block in blocks(files, name):
        if first > MAX_LINES:
            raise ImportFailed(f"{named(name)} has more than {MAX_LINES:,} lines: import a part of it")
        found = found or is_latin1(block, encoding)
    return found


def read_lines(files: DataFiles, name: str, encoding: Encoding) -> Iterator[tuple[int, str]]:
    """Numbered lines without their ends; those without text are left out."""
    for first, text in read_texts(files, name, encoding):
        for number, line in enumerate(text.split("\n"), first):
            if line := line.rstrip("\r"):
                yield number, line


def _message(file: str, line: int, encoding: Encoding) -> str:
    return (
        f"{file}, line {line}: a letter that can't be read as {encoding.value} (U+FFFD): "
        "get the file again from where it came from, or convert it from its true encoding"
    )
