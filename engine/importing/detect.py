"""Which data set lies in an archive, by the names of its files and of the folder that holds them; and what marks it."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from engine.errors import ImportFailed, UnknownFormat
from engine.importing.archive import Archive, DataFiles, Progress, folders
from engine.importing.formats import FILES, FORMATS, OPTIONAL_FILES, RATINGS, Family, Format
from engine.importing.limits import MAX_CATALOGUE_FILE, MAX_RATINGS_FILE, MAX_RATINGS_FILES
from engine.text import named, placed, quoted, suggest

_SHOWN = 2
"""Folders that a message names."""
_RULES = "1"
"""Raised when the same files would be read in another way, so that an import started before does not go on mixed."""


class Found(NamedTuple):
    """A data set in an archive."""

    files: DataFiles
    family: Family
    format: Format | None
    """None where only the content of the files can tell."""


def find_dataset(archive: Archive, name: str | None = None) -> Found:
    """The data set nearest the top; `name` overrides what the files look like.

    Raises UnknownFormat where there is none, where there are several side by side, or where `name` is no format.
    """
    wanted = named_format(name) if name else None
    found = [(folder, family) for folder in folders(archive) if (family := _family(DataFiles(archive, folder), wanted))]
    if not found:
        raise UnknownFormat(f"{placed(archive.path)} holds no data set: {_missing(wanted)}")
    depth = min(_depth(folder) for folder, _ in found)
    nearest_top = [(folder, family) for folder, family in found if _depth(folder) == depth]
    if len(nearest_top) > 1:
        first = ", ".join(named(folder) for folder, _ in nearest_top[:_SHOWN])
        names = f"{first} and {len(nearest_top) - _SHOWN:,} more" if len(nearest_top) > _SHOWN else first
        raise UnknownFormat(f"{placed(archive.path)} holds several data sets ({names}): import one folder at a time")
    folder, family = nearest_top[0]
    files = DataFiles(archive, folder)
    return Found(files, family, wanted or _by_label(files, family))


def named_format(name: str) -> Format:
    """A format by its name; UnknownFormat tells the nearest one."""
    if name not in FORMATS:
        raise UnknownFormat(f"no format is called {quoted(name)}: {suggest(name, FORMATS)}")
    return FORMATS[name]


def _family(files: DataFiles, wanted: Format | None) -> Family | None:
    families = [wanted.family] if wanted else list(FILES)
    return next((family for family in families if all(map(files.matching, FILES[family]))), None)


def _missing(wanted: Format | None) -> str:
    if wanted:
        return f"{wanted.name} needs {_named(wanted.family)}"
    return f"looked for {', or '.join(_named(family) for family in FILES if family != 'matinee')}"


def _named(family: Family) -> str:
    return " and ".join(pattern.partition("|")[0] for pattern in FILES[family])


def _depth(folder: str) -> int:
    return len(folder.split("/")) if folder else 0


def _by_label(files: DataFiles, family: Family) -> Format | None:
    """MovieLens' CSV sets differ in nothing but their size, so their name on disk tells which one it is."""
    if family == "dat":
        return None
    of_family = [known for known in FORMATS.values() if known.family == family]
    if len(of_family) == 1:
        return of_family[0]
    for label in (re.sub(r"[^a-z0-9]+", "-", label.lower()) for label in files.labels):
        matching = [known for known in of_family if known.name in label]
        if matching:
            return max(matching, key=lambda known: len(known.name))
    return FORMATS["ml-latest"]


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


def fingerprint(found: Found, progress: Progress | None = None) -> str:
    """SHA-256 over the rules of reading and each file's name and bytes; a renamed copy has the same one.

    What has been read for its lines is not read again. `progress` is told the bytes of what is.
    """
    how = f"{found.format.encoding} {found.format.scale}" if found.format else "told from the files"
    digest = hashlib.sha256(f"{_RULES} {found.family} {how}\n".encode())
    files = found.files
    names = used_files(found)
    total, done = sum(map(files.size, names)), 0

    def noted(size: int) -> None:
        nonlocal done
        done += size
        if progress:
            progress(min(done, total), total)

    for name in names:
        digest.update(f"{name} {files.digest(name, noted)}\n".encode())
    return digest.hexdigest()


def _refuse_over(most: int, size: int, what: str) -> None:
    if size > most:
        raise ImportFailed(f"{what} {size:,} bytes, {most:,} at most can be read: import a part of it")
