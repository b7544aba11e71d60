"""Words for people: what was probably meant by a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


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
