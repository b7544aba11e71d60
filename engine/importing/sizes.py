"""How much there is to read, found out before the first byte is."""

from __future__ import annotations

import psutil

from engine.errors import ImportFailed
from engine.importing.detect import Found
from engine.importing.formats import FILES, OPTIONAL_FILES, RATINGS
from engine.importing.limits import (
    MAX_CATALOGUE_FILE,
    MAX_RATINGS,
    MAX_RATINGS_FILE,
    MAX_RATINGS_FILES,
    MEMORY_OF_A_RATING,
)
from engine.importing.quoting import named


def used_files(found: Found) -> list[str]:
    """The files that the reader opens."""
    patterns = (*FILES[found.family], *OPTIONAL_FILES.get(found.family, ()))
    return [name for pattern in patterns for name in found.files.matching(pattern)]


def checked_size(found: Found) -> int:
    """Bytes of all files that the reader opens. Raises ImportFailed for a file too large to be what it is called."""
    ratings = set(found.files.matching(RATINGS[found.family]))
    total = 0
    for name in used_files(found):
        size = found.files.size(name)
        _refuse_over(MAX_RATINGS_FILE if name in ratings else MAX_CATALOGUE_FILE, size, f"{named(name)} holds")
        total += size
    _refuse_over(MAX_RATINGS_FILES, total, "the files hold")
    return total


def free_memory() -> int:
    """Bytes that the machine can give."""
    return int(psutil.virtual_memory().available)


def refuse_beyond_memory(file: str, ratings: float, free: int) -> None:
    """Raise ImportFailed where so many ratings need more memory than is free, before the machine runs out of it."""
    if ratings > MAX_RATINGS:
        raise ImportFailed(f"{file}: more than {MAX_RATINGS:,} ratings: import a part of them")
    if ratings * MEMORY_OF_A_RATING > free:
        need = ratings * MEMORY_OF_A_RATING / 1e9
        raise ImportFailed(
            f"{file}: about {ratings:,.0f} ratings need {need:.1f} GB of memory, and {free / 1e9:.1f} GB are free: "
            "close other programs, or import a part of them"
        )


def _refuse_over(most: int, size: int, what: str) -> None:
    if size > most:
        raise ImportFailed(f"{what} {size:,} bytes, {most:,} at most can be read: import a part of it")
