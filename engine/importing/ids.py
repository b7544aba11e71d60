"""Ids of users and movies as the files have them.

An id is a text: `0042` and `42` are two movies. Most files use plain whole numbers, and for those a column of int64 is
smaller and quicker, so a column is numbers exactly when every id in it is written as Python would write the number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.errors import ImportFailed
from engine.importing.fields import MAX_DIGITS, Column
from engine.importing.limits import MAX_ID, MAX_IDS
from engine.text import named, quoted

_ZERO, _SPACE, _CONTROLS = 48, 32, 31
IdArray = NDArray[np.int64] | NDArray[np.bytes_] | NDArray[np.object_]


def are_ids(column: Column, *, plain: bool) -> NDArray[np.bool_]:
    """Which fields can be ids: plain whole numbers, or any text that is not empty, not too long, without controls.

    More blanks at an edge than are taken off make no id either: a server takes `1 ` and `1` for the same.
    """
    if plain:
        return _plain(column)[1]
    lengths = column.lengths()
    good: NDArray[np.bool_] = (
        (lengths > 0) & (lengths <= MAX_ID) & (column.byte(0) != _SPACE) & (column.last_byte() != _SPACE)
    )
    letters = column.take(good).texts()
    bytes_ = letters.view(np.uint8).reshape(-1, letters.dtype.itemsize)
    good[good] = (bytes_ > _CONTROLS).sum(axis=1) == lengths[good]
    return good


def why_no_id(text: bytes, *, plain: bool) -> str | None:
    """What `are_ids` has against a text, for people."""
    if not text or len(text) > MAX_ID:
        return f"is longer than {MAX_ID} bytes" if text else "is empty"
    if plain and not is_plain(text.decode("latin-1")):
        return f"{quoted(text)} is not a whole number"
    if min(text) <= _CONTROLS:
        return f"{quoted(text)} holds a control character"
    return f"{quoted(text)} has blanks at an edge" if text != text.strip(b" ") else None


def read_ids(column: Column) -> IdArray:
    """The ids of a block of lines: numbers where all of them are, bytes otherwise."""
    values, plain = _plain(column)
    return values if plain.all() else column.texts()


def _plain(column: Column) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    values, digits = column.whole_numbers()
    return values, digits & ((column.byte(0) != _ZERO) | (column.lengths() == 1))


def join_ids(parts: Sequence[IdArray]) -> IdArray:
    """The blocks of one column as one array: numbers where every block is numbers, bytes otherwise."""
    if all(part.dtype.kind == "i" for part in parts):
        return np.concatenate([np.zeros(0, np.int64), *parts])
    return np.concatenate([part.astype(np.bytes_) if part.dtype.kind == "i" else part for part in parts])


def ids_of_texts(texts: Sequence[str]) -> pd.Index:
    """A catalogue's ids as an index of int64 where all are plain numbers, of text otherwise."""
    if all(is_plain(text) for text in texts):
        return pd.Index(np.array([int(text) for text in texts], np.int64))
    ids: pd.Index = pd.Index(np.array(texts, dtype=object), dtype="str")
    return ids


def is_plain(text: str) -> bool:
    """Whether an id is a whole number written in the usual way."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and (text[0] != "0" or len(text) == 1)


class IdNumbers:
    """The ids of one column, numbered 0, 1, 2 … in the order in which they are met.

    A file of unknown encoding can hold one id in two of them: that is one text, and has one number.
    """

    def __init__(self, file: str, what: str, most: int = MAX_IDS) -> None:
        """`what` the ids are of, and how many there may be: more make ImportFailed, since each takes memory."""
        self._refusal = f"{named(file)} names more than {most:,} {what}: import a part of it"
        self._most = most
        self._known: dict[int | bytes, int] = {}
        self._keys: list[int | bytes] = []
        """By number; one spelling of each."""
        self._by_text: dict[str, int] = {}
        """Only of those that are no ASCII, the only ones that two spellings in bytes can share."""

    def __len__(self) -> int:
        return len(self._keys)

    def of(self, ids: IdArray) -> NDArray[np.int32]:
        """The number of each id, a new one for those that were not met before."""
        keys, places = _distinct(ids)
        numbers = [self._known.get(key, -1) for key in keys]
        if -1 in numbers:
            numbers = [self._number(key) for key in keys]
        return np.array(numbers, np.int32)[places]

    def text(self, number: int) -> str:
        """The id as a text."""
        key = self._keys[number]
        return str(key) if isinstance(key, int) else _text(key)

    def plain(self) -> NDArray[np.bool_]:
        """Which ids, by number, are whole numbers written in the usual way."""
        return np.fromiter((isinstance(key, int) for key in self._keys), np.bool_, len(self))

    def padded(self) -> bool:
        """Whether an id is digits with a leading zero: no error, it shows that the ids of this data set are texts."""
        return any(isinstance(key, bytes) and key.isdigit() for key in self._known)

    def in_order(self) -> NDArray[np.int64]:
        """All numbers in the order of their ids: numeric where all are plain, that of their bytes otherwise."""
        if self.plain().all():
            return np.argsort(np.array(self._keys, np.int64), kind="stable")
        least = [_raw(key) for key in self._keys]
        for key, number in self._known.items():
            if (raw := _raw(key)) < least[number]:
                least[number] = raw
        return np.array(sorted(range(len(least)), key=least.__getitem__), np.int64)

    def places_in(self, catalogue: Sequence[str]) -> NDArray[np.int32]:
        """For each number, the position of its id in a catalogue of texts, -1 where it is not there."""
        place = {text: position for position, text in enumerate(catalogue)}
        return np.fromiter((place.get(self.text(number), -1) for number in range(len(self))), np.int32, len(self))

    def _number(self, key: int | bytes) -> int:
        number = self._known.get(key)
        if number is not None:
            return number
        text = "" if isinstance(key, int) or key.isascii() else _text(key)
        number = self._by_text.get(text, len(self._keys))
        if number == len(self._keys):
            if number == self._most:
                raise ImportFailed(self._refusal)
            self._keys.append(key)
            if text:
                self._by_text[text] = number
        self._known[key] = number
        return number


def _raw(key: int | bytes) -> bytes:
    return str(key).encode() if isinstance(key, int) else key


def _distinct(ids: IdArray) -> tuple[list[int | bytes], NDArray[np.int64]]:
    """The different ids of a block, plain ones as numbers, and which of them each id is."""
    if ids.dtype.kind == "i":
        places, values = pd.factorize(ids)  # takes less than sorting
        return values.tolist(), places
    unique, places = np.unique(ids, return_inverse=True)
    return [int(key) if is_plain(_text(key)) else key for key in unique.tolist()], places


def _text(key: bytes) -> str:
    try:
        return key.decode()
    except UnicodeDecodeError:
        return key.decode("latin-1")
