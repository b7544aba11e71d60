"""The lines of a file in blocks, so that a file of any size takes the memory of one block."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import IO

from engine.errors import ImportFailed
from engine.importing.archive import DataFiles
from engine.importing.encoding import Encoding, decode, decode_latin1, is_latin1
from engine.importing.limits import MAX_LINE, MAX_LINES
from engine.importing.quoting import named

BLOCK = 4 << 20
"""Bytes read at once."""


def blocks(stream: IO[bytes], file: str) -> Iterator[tuple[int, bytes]]:
    """Whole lines, each block ending in a newline whether or not the file does, with the number of its first line.

    A byte order mark is left out. Raises ImportFailed for a line without an end in sight.
    """
    line, rest = 1, b""
    data = stream.read(BLOCK).removeprefix(BOM_UTF8)
    while data:
        end = data.rfind(b"\n") + 1
        if end:
            block = rest + data[:end]
            yield line, block
            line, rest = line + block.count(b"\n"), data[end:]
        else:
            rest += data
        if len(rest) > MAX_LINE:
            raise ImportFailed(
                f"{named(file)}, line {line}: longer than {MAX_LINE:,} bytes: that is no line of a data set, "
                "get the file again"
            )
        data = stream.read(BLOCK)
    if rest:
        yield line, rest + b"\n"


def read_texts(files: DataFiles, name: str, encoding: Encoding) -> Iterator[tuple[int, str]]:
    """The blocks as text. Raises BadEncoding."""
    reading = decode_latin1 if _is_latin1(files, name, encoding) else decode
    with files.open(name) as stream:
        for first, block in blocks(stream, name):
            yield first, reading(block, encoding, name, first)


def _is_latin1(files: DataFiles, name: str, encoding: Encoding) -> bool:
    """Whether a part of the file shows that it is latin-1; on the way the lines are counted."""
    found = False
    with files.open(name) as stream:
        for first, block in blocks(stream, name):
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
