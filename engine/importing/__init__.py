"""Importers: data sets of other people, read by the rules of `formats.py` and written into the store as one unit.

`read_dataset` is the whole of the reading, without a database.
"""

from __future__ import annotations

from engine.importing.dataset import Dataset, read_dataset
from engine.importing.formats import FORMATS
from engine.importing.report import BadLine, Reading

__all__ = ["FORMATS", "BadLine", "Dataset", "Reading", "read_dataset"]
