"""Ids of users and movies as the files have them.

An id is a text: `0042` and `42` are two movies. Most files use plain whole numbers, and for those a column of int64 is
smaller and quicker, so a column is numbers exactly when every id in it is written as Python would write the number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.importing.fields import MAX_DIGITS, Column
from engine.importing.limits import MAX_ID
from engine.text import quoted

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


def codes_in(ids: IdArray, catalogue: Sequence[str]) -> NDArray[np.int32]:
    """The position of each id in a catalogue of text ids, -1 where it is not there."""
    if ids.dtype.kind == "i" and all(is_plain(text) for text in catalogue):
        index = pd.Index(np.array([int(text) for text in catalogue], np.int64))
        return index.get_indexer(pd.Index(ids)).astype(np.int32)
    codes, texts = distinct(ids)
    place = pd.Index(list(catalogue), dtype=object).get_indexer(pd.Index(texts, dtype=object))
    return place.astype(np.int32)[codes]


def distinct(ids: IdArray) -> tuple[NDArray[np.int32], list[str]]:
    """Codes into the sorted distinct ids, and those as text: numbers in numeric order, texts in text order.

    A file of unknown encoding can hold one id in two of them: that is one text.
    """
    if ids.dtype.kind == "i":
        codes, values = pd.factorize(ids)  # a table of the distinct ones takes less than sorting all of them
        order = np.argsort(values)
        rank = np.zeros(len(values), np.int32)
        rank[order] = np.arange(len(values), dtype=np.int32)
        return rank[codes], [str(number) for number in values[order].tolist()]
    unique, codes = np.unique(ids, return_inverse=True)
    texts = [_text(key) for key in unique.tolist()]
    place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    return np.array([place[text] for text in texts], np.int32)[codes], list(place)


def _text(key: bytes) -> str:
    try:
        return key.decode()
    except UnicodeDecodeError:
        return key.decode("latin-1")


def are_plain(ids: IdArray) -> NDArray[np.bool_]:
    """Which ids are whole numbers written in the usual way."""
    if ids.dtype.kind == "i":
        return np.ones(len(ids), np.bool_)
    unique, codes = np.unique(ids, return_inverse=True)
    return np.array([is_plain(text.decode("latin-1")) for text in unique.tolist()], np.bool_)[codes]


def mostly_plain(ids: IdArray, stray: float) -> bool:
    """Whether ids are numbers, but for a share of stray ones that can only be errors.

    An id of digits with a leading zero is no error: it shows that the ids of this data set are texts.
    """
    plain = are_plain(ids)
    padded = any(text.isdigit() for text in np.unique(ids[~plain]).tolist())
    return not padded and bool(np.mean(~plain) <= stray)
