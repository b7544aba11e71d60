"""What a step's class tells of its fields, and the nearest word to a wrong one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, get_type_hints


@lru_cache
def hints_of(cls: type) -> dict[str, Any]:
    """The types of a class's fields, in order."""
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def required_of(cls: type) -> list[str]:
    """The fields that must be given."""
    missing = dataclasses.MISSING
    return [f.name for f in dataclasses.fields(cls) if f.default is missing and f.default_factory is missing]


def nearest(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    """What was probably meant, or all that is possible.

    >>> nearest("lgin", ("login", "rate"))
    'did you mean `login`?'
    """
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else f"choose one of {', '.join(known)}"
