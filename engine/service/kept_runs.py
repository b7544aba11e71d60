"""Where the training runs of a store are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import paths
from engine.runs import RunFolder

if TYPE_CHECKING:
    from engine.store.url import DatabaseUrl

_FOLDER = "runs"


def run_folder(url: DatabaseUrl, store_uuid: str) -> RunFolder:
    """Beside an SQLite file; for a server in the user's data folder."""
    parent = url.path.parent if url.engine == "sqlite" else paths.data_dir()
    return RunFolder(parent / _FOLDER / store_uuid)
