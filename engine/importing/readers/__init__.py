"""The readers: one for each family of files. Each hands on the good lines, and notes the others."""

from __future__ import annotations

from engine.importing.archive import Progress
from engine.importing.detect import Found
from engine.importing.formats import FORMATS
from engine.importing.join import RawDataset
from engine.importing.readers import matinee, movielens, netflix
from engine.importing.report import LineTally

_READERS = {
    "100k": movielens.read_100k,
    "csv": movielens.read_csv,
    "netflix": netflix.read,
    "matinee": matinee.read,
}


def read_raw(found: Found, tally: LineTally, progress: Progress | None = None) -> RawDataset:
    """Read the files of a data set; bad lines go to the tally."""
    if found.family == "dat":
        return movielens.read_dat(found.files, found.format, tally, progress)
    return _READERS[found.family](found.files, found.format or FORMATS["ml-latest"], tally, progress)
