"""How much there is to read, found out before the first byte is."""

from __future__ import annotations

from engine.errors import ImportFailed
from engine.importing.detect import Found
from engine.importing.formats import FILES, OPTIONAL_FILES, RATINGS
from engine.importing.limits import MAX_CATALOGUE_FILE, MAX_RATINGS, MAX_RATINGS_FILE
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
    _refuse_over(MAX_RATINGS, total, "the files hold")
    return total


def _refuse_over(most: int, size: int, what: str) -> None:
    if size > most:
        raise ImportFailed(f"{what} {size:,} bytes, {most:,} at most can be read: import a part of it")
