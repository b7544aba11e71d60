"""Genre names, one spelling for all data sets.

The early MovieLens sets say `Children's`, the later ones `Children`: the store says `Children's`. Movies without genres
have none, whatever words the file uses for it (`(no genres listed)`, the flag `unknown` of MovieLens 100K).
"""

from __future__ import annotations

from collections.abc import Iterable

NONE_LISTED = "(no genres listed)"
_SPELLING = {"Children": "Children's"}
_EXPORTED = {ours: theirs for theirs, ours in _SPELLING.items()}


def canonical_genres(names: Iterable[str]) -> tuple[str, ...]:
    """The store's names in alphabetical order, each once."""
    stripped = (name.strip() for name in names)
    return tuple(sorted({_SPELLING.get(name, name) for name in stripped if name and name != NONE_LISTED}))


def exported_genres(names: Iterable[str]) -> str:
    """The genres in the words of the MovieLens CSV files, joined by `|`."""
    return "|".join(sorted(_EXPORTED.get(name, name) for name in names)) or NONE_LISTED
